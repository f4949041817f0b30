import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { ReleaseStatus, StageState } from '../../domain/release.ts';
import { until } from '../support/temporal.ts';
import { TidegateLab } from '../support/tidegate-lab.ts';

let lab: TidegateLab;

beforeAll(async () => {
  lab = await TidegateLab.start();
  await lab.startProcess('server');
  await lab.startProcess('worker');
}, 240_000);
afterAll(async () => {
  await lab?.stop();
}, 120_000);

const stageOf = (status: ReleaseStatus, name: string): StageState | undefined => status.stages.find((stage) => stage.name === name)?.state;
const reached = (release: number, stage: string, ...kinds: StageState['kind'][]): Promise<ReleaseStatus> =>
  until(
    () => lab.status(release),
    (status) => kinds.includes(stageOf(status, stage)?.kind ?? 'pending'),
    120_000,
  );

async function killWorkerDuring(release: number, stage: string): Promise<void> {
  const seen = await reached(release, stage, 'running', 'passed');
  // Otherwise the stage was over before anything could be killed, and the test would prove nothing.
  expect(stageOf(seen, stage)?.kind).toBe('running');
  await lab.killProcess('worker');
  await lab.startProcess('worker');
}

it('finishes with one digest although its worker is killed during every stage and everything restarts at the gate', async () => {
  const created = await lab.run('dev', 'release', 'create', 'shop', '--commit', lab.commits['1'] ?? '');
  expect(created).toMatchObject({ code: 0 });

  await killWorkerDuring(1, 'build');
  await killWorkerDuring(1, 'test');
  await killWorkerDuring(1, 'staging');

  const waiting = await reached(1, 'production', 'waiting');
  await lab.killProcess('worker');
  await lab.killProcess('server');
  await lab.stopTemporal();
  await lab.startTemporal();
  await lab.startProcess('server');
  await lab.startProcess('worker');
  expect(stageOf(await reached(1, 'production', 'waiting'), 'production')).toEqual(stageOf(waiting, 'production'));

  expect(await lab.run('dev', 'approve', 'shop#1', '--stage', 'production')).toMatchObject({ code: 4 });
  expect(await lab.run('rita', 'approve', 'shop#1', '--stage', 'production')).toMatchObject({ code: 0 });
  await killWorkerDuring(1, 'production');

  const status = await reached(1, 'production', 'passed', 'failed', 'rolled-back');
  const digests = status.stages.map(({ state }) => (state.kind === 'passed' ? state.images.web?.digest : `${state.kind}`));
  expect(digests).toEqual(Array(4).fill(digests[0]));
  expect(digests[0]).toMatch(/^sha256:/);
  // GitHub is told of the end behind the release's back, and now by a worker that has just begun.
  const contexts = () =>
    lab.github
      .statuses('acme', 'shop', lab.commits['1'] ?? '')
      .filter((status) => status.state === 'success')
      .map((status) => status.context);
  const told = await until(
    async () => new Set(contexts()),
    (seen) => seen.has('tidegate/production'),
  );
  expect(told).toEqual(new Set(['tidegate/build', 'tidegate/test', 'tidegate/staging', 'tidegate/production']));
}, 400_000);

it('says which host is down while the old version goes on serving, and goes through when the host is back', async () => {
  const production = lab.engines['production-1'];
  await production?.kill();
  expect(await lab.run('dev', 'release', 'create', 'shop', '--commit', lab.commits['2'] ?? '')).toMatchObject({ code: 0 });
  const failed = stageOf(await reached(2, 'production', 'failed'), 'production');
  expect(failed).toMatchObject({ kind: 'failed', reason: expect.stringContaining('production-1') });
  expect((await lab.ask('production-1')).identity).toBe('deployment/shop/production/1');
  const watched = await lab.run('dev', 'watch', 'shop#2');
  expect(watched.code).toBe(1);
  expect(`${watched.out}${watched.err}`).not.toMatch(/\n\s+at .*\.js/);

  await production?.restart();
  await lab.run('dev', 'promote', 'shop#2', '--to', 'production', '--no-wait');
  await reached(2, 'production', 'waiting');
  expect(await lab.run('rita', 'approve', 'shop#2', '--stage', 'production')).toMatchObject({ code: 0 });
  await reached(2, 'production', 'passed');
  expect((await lab.ask('production-1')).identity).toBe('deployment/shop/production/2');
}, 300_000);
