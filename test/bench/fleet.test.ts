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
  // As the build does it, so that the server's start need not.
  execFileSync(process.execPath, [join(compiled.folder, 'worker/bundle.js')], { stdio: 'ignore' });
});
afterAll(() => compiled.remove());

const folders = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('tidegate-bench-fleet-'));

it('deploys to simulated engines, tells what it cost, and leaves nothing behind', async () => {
  const before = await folders();
  const temporal = process.env.TIDEGATE_TEMPORAL_CLI;
  const env = { ...process.env, NODE_OPTIONS: '', ...(temporal !== undefined && { TEMPORAL_CLI: temporal }) };
  const child = spawn(process.execPath, [join(compiled.folder, 'bench/main.js'), 'fleet', '--quick', '--json'], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  expect([code, stderr.split('\n').filter((line) => line.startsWith('Expected'))]).toEqual([0, []]);

  const { name, rows, facts } = JSON.parse(stdout) as Report;
  expect(name).toBe('fleet');
  const figure = (words: string, unit: string) => rows.find((row) => row.case === words && row.unit === unit)?.ours ?? 0;
  for (const step of ['first release', 'second release', 'rollback']) {
    expect(figure(`3 hosts, ${step}: time`, 's')).toBeGreaterThan(0);
    expect(figure(`3 hosts, ${step}: deployment`, 'events')).toBeGreaterThan(10);
    expect(figure(`3 hosts, ${step}: deployment`, 'runs')).toBe(1);
  }
  expect(facts['requests to engines']).toMatchObject({ 3: expect.any(Number) });
  expect(await folders()).toEqual(before);
});
