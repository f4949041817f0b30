import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CheckpointSettings } from '../../../adapters/ledger/checkpoint-keeper.ts';
import { LateOpening } from '../../../adapters/ledger/late-opening.ts';
import { openLedger } from '../../../adapters/ledger/open-ledger.ts';
import { createWorkerLedger, type WorkerLedger } from '../../../adapters/ledger/worker-ledger.ts';
import type { LedgerEntry } from '../../../domain/ledger.ts';
import { until } from '../../../lab/until.ts';

let folder: string;
let lines: string[];
let opened: WorkerLedger[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-late-'));
  lines = [];
  opened = [];
});

afterEach(() => {
  for (const ledger of opened) ledger.close();
  rmSync(folder, { recursive: true });
});

function entry(key: string): LedgerEntry {
  return { key, action: 'vote', actor: 'rita', application: 'shop', reason: 'good', at: '2026-01-01T00:00:00.000Z' };
}

const data = () => join(folder, 'data');
const checkpoints = (): CheckpointSettings => ({
  origin: 'tidegate/test',
  keyFile: join(folder, 'ledger.key'),
  markFile: join(folder, 'ledger.checkpoint'),
  every: 1_000,
  afterMs: 3_600_000,
  places: [],
  warn: () => undefined,
});
const open = (name = 'ledger.db') => openLedger({ file: join(data(), name), deadlineMs: 60_000, checkpoints: checkpoints() });

function late(opening: () => ReturnType<typeof openLedger> = open): WorkerLedger {
  const place = join(data(), 'ledger.db');
  const ledger = createWorkerLedger(new LateOpening({ place, open: opening, log: (line) => lines.push(line), pauseMs: 20 }));
  opened.push(ledger);
  return ledger;
}

const isOpen = (ledger: WorkerLedger) => () =>
  ledger.registeredReleases().then(
    () => true,
    () => false,
  );

describe('a ledger that is opened in the background', () => {
  it('is there for the first call where nothing is wrong, and nothing is told', async () => {
    const ledger = late();
    await ledger.append(entry('first'));
    expect(await ledger.entriesUnder('first')).toHaveLength(1);
    expect(lines).toEqual([]);
  });

  it('fails what needs it in a way that is tried again while it is away, tells so once, and is there when it is back', async () => {
    writeFileSync(data(), 'a file where the folder should be');
    let attempts = 0;
    const ledger = late(() => {
      attempts += 1;
      return open();
    });
    await until('a third attempt', 60_000, async () => attempts >= 3);
    await expect(ledger.append(entry('first'))).rejects.toMatchObject({ name: 'LedgerUnavailable' });
    await expect(ledger.decisions.standing('shop', 'production')).rejects.toMatchObject({ name: 'LedgerUnavailable' });
    expect(lines).toEqual([expect.stringContaining('its folder cannot be made')]);
    rmSync(data());
    await until('an open ledger', 60_000, isOpen(ledger));
    await ledger.append(entry('first'));
    expect(lines.at(-1)).toContain('is open, and as its checkpoints say');
  });

  it('stays closed while it contradicts a checkpoint, tells why at each attempt, and writes nothing', async () => {
    const before = await open();
    await before.append(entry('first'));
    await before.audit.checkpoint();
    before.close();
    let name = 'emptied.db';
    const ledger = late(() => open(name));
    await until('told twice', 60_000, async () => lines.length >= 2);
    expect(lines.every((line) => line.includes('has 0 records, and had 1 when'))).toBe(true);
    await expect(ledger.append(entry('second'))).rejects.toMatchObject({
      name: 'LedgerUnavailable',
      message: expect.stringContaining('Restore a backup'),
    });
    name = 'ledger.db';
    await until('an open ledger', 60_000, isOpen(ledger));
    expect(await ledger.entriesUnder('')).toHaveLength(1);
  });

  it('waits no longer than a moment for an attempt that hangs, and is closed when it opens after all', async () => {
    let release: (() => void) | undefined;
    const hanging = new Promise<void>((resolve) => {
      release = resolve;
    });
    let isClosed = false;
    const ledger = late(async () => {
      await hanging;
      const store = await open();
      const close = store.close.bind(store);
      return Object.assign(store, {
        close: () => {
          isClosed = true;
          close();
        },
      });
    });
    await expect(ledger.append(entry('first'))).rejects.toThrow('it is still being opened and compared');
    ledger.close();
    release?.();
    await until('closed', 60_000, async () => isClosed);
  });
});
