import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createClient } from '@libsql/client/sqlite3';
import { parseInstallation } from '../../config/installation-file.ts';
import { keptEntry } from '../../domain/standing-record.ts';
import { until } from '../../lab/until.ts';
import { openWorkerLedger } from '../../worker/open-worker-ledger.ts';
import { SMALL_INSTALLATION } from '../config/documents.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tidegate-worker-ledger-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function opened(sites: readonly string[]) {
  const installation = { ...parseInstallation(SMALL_INSTALLATION, join(directory, 'tidegate.yaml')), data: join(directory, 'data') };
  const lines: string[] = [];
  const settings = { variables: {}, docker: { configDirectory: directory } };
  return { ledger: openWorkerLedger(installation, settings, { sites, log: (line) => lines.push(line) }), lines };
}

it('a worker of other sites opens no ledger and makes no key, and says why it has none', async () => {
  const { ledger, lines } = opened(['madrid', 'paris']);
  await expect(ledger.release('shop', 1)).rejects.toThrow('ledger.db cannot be used: this worker works for madrid, paris alone');
  ledger.close();
  expect(existsSync(join(directory, 'data'))).toBe(false);
  expect(lines).toEqual([]);
});

it('a worker of the home site opens it', async () => {
  const { ledger, lines } = opened(['madrid', 'default']);
  expect(await ledger.release('shop', 1)).toBeUndefined();
  ledger.close();
  expect(existsSync(join(directory, 'data', 'ledger.db'))).toBe(true);
  expect(lines).toEqual([]);
});

it('tells at a start what somebody changed beside the records, and works on with what counts', async () => {
  const before = opened(['default']).ledger;
  const freeze = { kind: 'freeze', id: 'freeze-1', scope: {}, owner: 'olga', by: 'olga', reason: 'the sale' } as const;
  const times = { at: '2026-01-01T00:00:00.000Z', from: '2026-01-01T00:00:00.000Z', until: '2999-01-01T00:00:00.000Z' };
  await before.decisions.keep({ ...freeze, ...times }, keptEntry({ ...freeze, ...times }));
  before.close();
  const client = createClient({ url: pathToFileURL(join(directory, 'data', 'ledger.db')).href });
  await client.execute('DROP TRIGGER standing_refuse_delete');
  await client.execute('DELETE FROM standing');
  client.close();
  const { ledger, lines } = opened(['default']);
  expect((await ledger.decisions.standing('shop', 'production')).freezes).toMatchObject([{ id: 'freeze-1', by: 'olga' }]);
  const line = await until('the log to tell of it', 60_000, async () => lines[0]);
  expect(line).toMatch(
    /^In the database of the ledger somebody changed the freeze freeze-1: its row is not as it was recorded, so nothing goes/,
  );
  ledger.close();
});
