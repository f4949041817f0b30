import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Report } from '../../bench/report.ts';
import { isInstalled } from '../../lab/command.ts';
import { CompiledCli } from '../support/compiled-cli.ts';

let compiled: CompiledCli;

beforeAll(async () => {
  compiled = await CompiledCli.compile(['lab', 'bench']);
  // As the build does it, so that the server's start need not.
  execFileSync(process.execPath, [join(compiled.folder, 'worker/bundle.js')], { stdio: 'ignore' });
});
afterAll(() => compiled.remove());

const folders = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('tidegate-bench-cli-'));

it('measures what people wait for, in one document, and leaves nothing behind', async () => {
  const before = await folders();
  const temporal = process.env.TIDEGATE_TEMPORAL_CLI;
  const env = { ...process.env, NODE_OPTIONS: '', ...(temporal !== undefined && { TEMPORAL_CLI: temporal }) };
  const child = spawn(process.execPath, [join(compiled.folder, 'bench/main.js'), 'cli', '--quick', '--json'], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  expect([code, stderr.split('\n').filter((line) => line.startsWith('Expected'))]).toEqual([0, []]);

  const { name, rows, facts } = JSON.parse(stdout) as Report;
  expect(name).toBe('cli');
  expect(rows.map((row) => [row.case, row.unit])).toEqual(['--help', '--version', 'status', 'release list'].map((words) => [words, 'ms']));
  for (const row of rows) expect(row.ours).toBeGreaterThan(0);
  const peers = (await Promise.all(['docker', 'gh', 'temporal'].map(async (peer) => ((await isInstalled(peer)) ? [peer] : [])))).flat();
  expect(rows.map((row) => Object.keys(row.peers))).toEqual([peers, peers, [], []]);
  expect(facts['releases in status']).toBe(5);
  expect(await folders()).toEqual(before);
});
