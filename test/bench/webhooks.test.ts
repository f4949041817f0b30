import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Report } from '../../bench/report.ts';
import { CompiledCli } from '../support/compiled-cli.ts';

let compiled: CompiledCli;

beforeAll(async () => {
  compiled = await CompiledCli.compile(['lab', 'bench']);
  execFileSync(process.execPath, [join(compiled.folder, 'worker/bundle.js')], { stdio: 'ignore' });
});
afterAll(() => compiled.remove());

const folders = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('tidegate-bench-webhooks-'));

it('makes each commit one release, though deliveries come twice, are forged, or meet a server that was killed', async () => {
  const before = await folders();
  const temporal = process.env.TIDEGATE_TEMPORAL_CLI;
  const env = { ...process.env, NODE_OPTIONS: '', ...(temporal !== undefined && { TEMPORAL_CLI: temporal }) };
  const child = spawn(process.execPath, [join(compiled.folder, 'bench/main.js'), 'webhooks', '--quick', '--json'], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  expect([code, stderr.split('\n').filter((line) => line.includes('commits are no release'))]).toEqual([0, []]);
  const { name, facts } = JSON.parse(stdout) as Report;
  expect(name).toBe('webhooks');
  expect(facts).toMatchObject({ deliveries: 60, 'commits, each one release': 51, 'kills of the server': 2 });
  expect(Number(facts['forged, refused'])).toBeGreaterThan(0);
  expect(await folders()).toEqual(before);
});
