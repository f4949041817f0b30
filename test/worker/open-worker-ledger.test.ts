import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { parseInstallation } from '../../config/installation-file.ts';
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
