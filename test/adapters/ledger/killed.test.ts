import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { EXPORT_FORMAT, printLine } from '../../../domain/audit/export-lines.ts';
import { ExportVerifier } from '../../../domain/audit/verify-export.ts';
import { LEDGER_LABS, OpenLedgers } from '../../support/ledger-labs.ts';
import { BY_ITS_OWN_KEY } from '../../support/made-ledger.ts';

const HERE = 'test/adapters/ledger';
const ROUNDS = 6;

const open = new OpenLedgers();
let folder: string;
let child: ChildProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-killed-'));
});
afterEach(async () => {
  if (child?.exitCode === null && child.signalCode === null && child.kill('SIGKILL')) await once(child, 'exit');
  open.closeAll();
  rmSync(folder, { recursive: true });
});

/** Lets a process decide from a number on, and kills it at the line that `isEnd` names, or soon after it. Returns what it said. */
async function decideUntil(settings: object, from: number, isEnd: (line: string, count: number) => boolean): Promise<string[]> {
  const loader = pathToFileURL(`${HERE}/typescript-loader.mjs`).href;
  const process_ = spawn(process.execPath, ['--import', loader, `${HERE}/deciding-process.ts`, JSON.stringify(settings), String(from)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child = process_;
  const said: string[] = [];
  for await (const line of createInterface({ input: process_.stdout })) {
    said.push(line);
    if (isEnd(line, said.length)) process_.kill('SIGKILL');
  }
  return said;
}

describe.each(LEDGER_LABS)('a process that is killed between decision, record and telling, in $kind', (lab) => {
  beforeAll(() => lab.start());
  afterAll(() => lab.stop());

  it('loses nothing that it told, doubles nothing that it recorded, and leaves a ledger that proves itself', async () => {
    const checkpoints = {
      origin: 'tidegate/killed',
      keyFile: join(folder, 'ledger.key'),
      markFile: join(folder, 'ledger.checkpoint'),
      every: 2,
      afterMs: 3_600_000,
    };
    const place = await lab.newPlace();
    let told = -1;
    for (let round = 0; round < ROUNDS; round++) {
      // Right after a decision, right after telling, and in between.
      const word = round % 2 === 0 ? 'decided' : 'told';
      const said = await decideUntil({ ...place, checkpoints }, told + 1, (line, count) => line.startsWith(word) && count > 2 + round);
      told = Math.max(told, ...said.filter((line) => line.startsWith('told')).map((line) => Number(line.split(' ')[1])));
    }
    const ledger = await open.open(place, { checkpoints: { ...checkpoints, places: [], warn: () => undefined } });
    const entries = await ledger.entries({ limit: 10_000 });
    const decisions = entries.flatMap(({ entry: { key } }) => (key.startsWith('decision/') ? [Number(key.slice('decision/'.length))] : []));
    expect(decisions.slice(0, told + 1)).toEqual(Array.from({ length: told + 1 }, (_, index) => index));
    expect(decisions.length - (told + 1)).toBeLessThanOrEqual(1);
    // A freeze stands exactly where its record is there, and has ended exactly where that one is.
    for (let index = 1; index <= decisions.length; index += 4) {
      const kept = await ledger.decisions.find(`freeze-${index}`);
      expect([index, kept !== undefined, kept?.ended !== undefined]).toEqual([
        index,
        decisions.includes(index),
        decisions.includes(index + 1),
      ]);
    }
    expect(entries.map(({ sequence }) => sequence)).toEqual(entries.map((_, index) => index + 1));
    const { releases } = await ledger.listReleases({ application: 'shop', limit: 10_000 });
    expect(releases.map(({ number }) => number)).toEqual(releases.map((_, index) => releases.length - index));
    const { checkpoint, key, size, checkpoints: count } = await ledger.audit.checkpoint();
    const verifier = new ExportVerifier(BY_ITS_OWN_KEY);
    const signed = new Map((await ledger.audit.checkpoints(0, size)).map((one) => [one.size, one.checkpoint]));
    verifier.take(printLine({ format: EXPORT_FORMAT, checkpoint, key, checkpoints: count }).trimEnd());
    for (const record of await ledger.audit.records({ limit: 10_000 })) {
      verifier.take(printLine(record).trimEnd());
      const note = record.sequence === size ? undefined : signed.get(record.sequence);
      if (note !== undefined) verifier.take(printLine({ checkpoint: note }).trimEnd());
    }
    expect(verifier.finish(true)).toMatchObject({ kind: 'whole', checkpoint: { size } });
  });
});
