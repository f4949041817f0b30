import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Report } from '../../bench/report.ts';
import { CompiledCli } from '../support/compiled-cli.ts';

let compiled: CompiledCli;
let child: ChildProcess | undefined;

beforeAll(async () => {
  compiled = await CompiledCli.compile(['lab', 'bench']);
  // As the build does it, so that each start of a worker need not.
  execFileSync(process.execPath, [join(compiled.folder, 'worker/bundle.js')], { stdio: 'ignore' });
});
afterAll(async () => {
  // A measurement that did not come to its end ends what it started.
  if (child?.exitCode === null && child.signalCode === null) {
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  }
  await compiled.remove();
}, 60_000);

const folders = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('tidegate-bench-site-'));

/** Every day other activities: `npm run bench -- kills` is for all of them, and for every strategy. */
it('a deployment survives that worker, server and an engine are killed at activities of it, and no user sees anything of that', async () => {
  const before = await folders();
  const temporal = process.env.TIDEGATE_TEMPORAL_CLI;
  const env = { ...process.env, NODE_OPTIONS: '', ...(temporal !== undefined && { TEMPORAL_CLI: temporal }) };
  const words = [join(compiled.folder, 'bench/main.js'), 'kills', '--quick', '--only', 'rolling', '--json'];
  const bench = spawn(process.execPath, words, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  child = bench;
  const [stdout, stderr, [code]] = await Promise.all([text(bench.stdout), text(bench.stderr), once(bench, 'close')]);
  expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);

  const { rows, facts } = JSON.parse(stdout) as Report;
  const { rolling = [] } = facts.activities as Readonly<Record<string, readonly string[]>>;
  // What was enumerated, and what of it was tried today.
  console.log(`${rolling.length} activities: ${rolling.join(', ')}\n${stderr}`);
  for (const step of ['prepareHost', 'switchHost'])
    for (const host of [1, 2]) expect(rolling).toContain(`deployment: ${step} production-${host}`);
  const lost = rows.filter((row) => row.unit === 'requests' && !row.case.includes('engine killed'));
  expect(lost.map(({ ours }) => ours)).toEqual([0, 0, 0]);
  expect(await folders()).toEqual(before);
}, 600_000);
