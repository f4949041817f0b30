import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createClient } from '@libsql/client/sqlite3';
import type { LedgerStore } from '../../../adapters/ledger/ledger-store.ts';
import { openLedger } from '../../../adapters/ledger/open-ledger.ts';
import { parseDigest } from '../../../domain/digest.ts';
import type { Block, BreakGlass, Freeze, Hold } from '../../../domain/standing.ts';
import { endedEntry, keptEntry, ratifiedEntry } from '../../../domain/standing-record.ts';

const NOON = '2026-03-02T12:00:00.000Z';
const ONE = '2026-03-02T13:00:00.000Z';
const decided = { reason: 'the sale', by: 'olga', at: NOON };
const freeze: Freeze = {
  kind: 'freeze',
  id: 'f',
  scope: { environment: 'production' },
  owner: 'sales',
  from: NOON,
  until: ONE,
  ...decided,
};
const block: Block = { kind: 'block', id: 'b', digest: parseDigest(`sha256:${'a'.repeat(64)}`), ...decided };
const hold: Hold = { kind: 'hold', id: 'h', application: 'shop', environment: 'production', release: 6, ...decided };
const glass: BreakGlass = {
  kind: 'break-glass',
  id: 'g',
  ...{ application: 'shop', environment: 'production', release: 7, digests: [], skips: ['freeze'], incident: 'INC-1' },
  ...{ expiresAt: ONE, ratifyBy: ONE, consequence: 'freeze' },
  ...decided,
};

const OVER = { by: 'olga', at: NOON, reason: 'over' };

let folder: string;
let ledger: LedgerStore;
let now: string;

const open = () => openLedger({ file: join(folder, 'ledger.db'), now: () => new Date(now) });

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-decisions-'));
  now = NOON;
  ledger = await open();
});

afterEach(() => {
  ledger.close();
  rmSync(folder, { recursive: true });
});

const keysOf = async () => (await ledger.entries({ limit: 10 })).map(({ entry: { key } }) => key);

async function keepAll(): Promise<void> {
  for (const decision of [freeze, block, hold, glass]) await ledger.decisions.keep(decision, keptEntry(decision));
}

it('keeps a decision with its record, once for its id, through a restart', async () => {
  await ledger.decisions.keep(freeze, keptEntry(freeze));
  await ledger.decisions.keep({ ...freeze, reason: 'another' }, keptEntry({ ...freeze, reason: 'another' }));
  ledger.close();
  ledger = await open();
  expect(await ledger.decisions.find('f')).toEqual({ decision: freeze });
  expect(await keysOf()).toEqual(['standing/f/kept']);
  expect(await ledger.decisions.find('other')).toBeUndefined();
});

it('finds what concerns an application in an environment, and nothing else', async () => {
  await keepAll();
  const all = { freezes: [freeze], blocks: [block], holds: [hold], breakGlass: [glass] };
  expect(await ledger.decisions.standing('shop', 'production')).toEqual(all);
  expect(await ledger.decisions.standing('shop', 'staging')).toEqual({ freezes: [], blocks: [block], holds: [], breakGlass: [] });
  expect(await ledger.decisions.standing('bank', 'production')).toEqual({ ...all, holds: [], breakGlass: [] });
  expect(await ledger.decisions.all()).toEqual([freeze, block, hold, glass]);
});

it('leaves out what has ended by itself, and what somebody ended', async () => {
  await keepAll();
  await ledger.decisions.end('h', OVER, endedEntry(hold, OVER));
  expect(await ledger.decisions.all()).toEqual([freeze, block, glass]);
  now = ONE;
  expect(await ledger.decisions.all()).toEqual([block]);
  expect((await ledger.decisions.standing('shop', 'production')).freezes).toEqual([]);
});

it('holds an environment at one release alone, however many ask at once and from wherever', async () => {
  const others = await Promise.all([open(), open()]);
  const wanted = [6, 7, 6, 8, 7].map((release, index) => ({ ...hold, id: `h${index}`, release }));
  const stores = [ledger, ...others];
  const answers = await Promise.all(wanted.map((one, index) => stores[index % 3]?.decisions.hold(one, keptEntry(one))));
  const { holds } = await ledger.decisions.standing('shop', 'production');
  const [first] = holds;
  expect(holds.length).toBeGreaterThan(0);
  for (const { release } of holds) expect(release).toBe(first?.release);
  // Whoever is refused is told of one that stands, and nothing is written of them.
  const refused = answers.filter((answer) => answer !== undefined);
  expect(refused.length + holds.length).toBe(wanted.length);
  for (const answer of refused) expect(holds).toContainEqual(answer);
  expect((await keysOf()).sort()).toEqual(holds.map(({ id }) => `standing/${id}/kept`).sort());
  for (const other of others) other.close();
});

it('lets the first of two ends and ratifications stand, with one record each', async () => {
  await keepAll();
  for (const by of ['olga', 'ron']) {
    await ledger.decisions.end('f', { ...OVER, by }, endedEntry(freeze, { ...OVER, by }));
    await ledger.decisions.ratify('g', { by, at: NOON }, ratifiedEntry(glass, { by, at: NOON }, ''));
  }
  expect((await ledger.decisions.find('f'))?.ended).toEqual({ by: 'olga', at: NOON, reason: 'over' });
  expect((await ledger.decisions.standing('shop', 'production')).breakGlass).toEqual([{ ...glass, ratified: { by: 'olga', at: NOON } }]);
  expect(await keysOf()).toEqual([...['f', 'b', 'h', 'g'].map((id) => `standing/${id}/kept`), 'standing/f/ended', 'standing/g/ratified']);
});

it('keeps nothing of which no record can be written', async () => {
  const beside = createClient({ url: pathToFileURL(join(folder, 'ledger.db')).href });
  await beside.execute("CREATE TRIGGER no_records BEFORE INSERT ON records BEGIN SELECT RAISE(ABORT, 'no') ; END");
  beside.close();
  await expect(ledger.decisions.keep(freeze, keptEntry(freeze))).rejects.toThrow();
  expect(await ledger.decisions.find('f')).toBeUndefined();
});

it('changes and removes no decision that was kept', async () => {
  await keepAll();
  const beside = createClient({ url: pathToFileURL(join(folder, 'ledger.db')).href });
  await expect(beside.execute("UPDATE standing SET ends = '0'")).rejects.toThrow('never changed');
  await expect(beside.execute('DELETE FROM standing')).rejects.toThrow('never changed');
  await ledger.decisions.end('f', OVER, endedEntry(freeze, OVER));
  await expect(beside.execute('DELETE FROM standing_changes')).rejects.toThrow('never changed');
  beside.close();
});
