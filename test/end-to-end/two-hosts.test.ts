import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { ReleaseStatus, StageState } from '../../domain/release.ts';
import { runCommand } from '../../lab/command.ts';
import { ROUTER_PORT } from '../../lab/installation.ts';
import { type LoadReport, startLoad } from '../../lab/load.ts';
import { KIOSK } from '../support/kiosk.ts';
import { until } from '../support/temporal.ts';
import { TidegateLab } from '../support/tidegate-lab.ts';

const HOSTS = ['production-1', 'production-2'] as const;

let lab: TidegateLab;

beforeAll(async () => {
  lab = await TidegateLab.start(KIOSK);
  await Promise.all([lab.startProcess('server'), lab.startProcess('worker')]);
  // The first release has nothing to be weighed against.
  expect(await release(1, '1')).toMatchObject({ kind: 'passed' });
}, 240_000);
afterAll(async () => {
  await lab?.stop();
}, 120_000);

/** Takes a commit to production, with the approval that it needs, and returns how that ended. */
async function release(number: number, commit: '1' | '2' | 'worse'): Promise<StageState> {
  const what = ['--commit', lab.commits[commit] ?? '', '--image', `web=${lab.registry}/tidegate/node:lab`];
  const created = await lab.run('dev', 'release', 'create', 'kiosk', ...what);
  expect([created.code, created.code === 0 ? '' : created.err]).toEqual([0, '']);
  await reached(number, 'waiting');
  expect(await lab.run('rita', 'approve', `kiosk#${number}`, '--stage', 'production')).toMatchObject({ code: 0 });
  return reached(number, 'passed', 'failed', 'rolled-back');
}

async function reached(number: number, ...kinds: StageState['kind'][]): Promise<StageState> {
  const stateIn = ({ stages: [production] }: ReleaseStatus): StageState => production?.state ?? { kind: 'pending' };
  const status = await until(
    () => lab.status(number),
    (seen) => kinds.includes(stateIn(seen).kind),
    120_000,
  );
  return stateIn(status);
}

/** Users ask both hosts for work while something goes on. */
async function whileUsersAsk<T>(act: () => Promise<T>): Promise<readonly [T, readonly LoadReport[]]> {
  const loads = HOSTS.map((host) =>
    startLoad({
      url: `http://${lab.engines[host]?.address}:${ROUTER_PORT}/work`,
      headers: { host: 'kiosk.production.localhost' },
      connections: 2,
      keepAlive: true,
      ratePerSecond: 100,
    }),
  );
  try {
    const result = await act();
    return [result, await Promise.all(loads.map((load) => load.stop()))];
  } finally {
    await Promise.all(loads.map((load) => load.stop()));
  }
}

const identities = () => Promise.all(HOSTS.map(async (host) => (await lab.ask(host)).identity));
const deployment = (generation: number) => `deployment/kiosk/production/${generation}`;

it('a canary shares the requests of every host with the version before, is judged by them, and is promoted without a lost one', async () => {
  const [state, reports] = await whileUsersAsk(() => release(2, '2'));
  expect(state).toMatchObject({ kind: 'passed' });
  expect(reports.map(({ lost, errors }) => [lost, errors])).toEqual(HOSTS.map(() => [0, []]));
  for (const { byIdentity } of reports) expect(Object.keys(byIdentity).sort()).toEqual([deployment(1), deployment(2)]);
  expect(await identities()).toEqual([deployment(2), deployment(2)]);
}, 120_000);

it('a canary that is worse goes back on every host by itself, and says by which figures', async () => {
  const [state, reports] = await whileUsersAsk(() => release(3, 'worse'));
  expect(state).toMatchObject({
    kind: 'rolled-back',
    to: 2,
    reason: expect.stringMatching(
      /^The canary is worse at 50% of the requests: web: 100% of \d+ requests failed of the new version, and 0% of /,
    ),
    hosts: HOSTS.map((host) => ({ host, outcome: 'restored' })),
  });
  // The others were answered by the version before.
  for (const { byIdentity, byStatus } of reports) expect(byStatus['500']).toBe(byIdentity[deployment(3)]);
  expect(await identities()).toEqual([deployment(2), deployment(2)]);
}, 120_000);

it('a host that was rebuilt from nothing is brought to what the others run, and no user of theirs sees anything of it', async () => {
  const [rebuilt] = [lab.engines['production-2']?.docker ?? ''];
  const containers = (await runCommand('docker', ['-H', rebuilt, 'ps', '--all', '--quiet'])).trim().split('\n');
  await runCommand('docker', ['-H', rebuilt, 'rm', '--force', '--volumes', ...containers]);
  await runCommand('docker', ['-H', rebuilt, 'system', 'prune', '--all', '--volumes', '--force']);
  await expect(lab.ask('production-2')).rejects.toThrow();

  const words = ['deploy', 'kiosk', '--environment', 'production', '--host', 'production-2', '--reason', 'a new machine'];
  const [told, before] = [await lab.run('dev', ...words, '--plan-only', '--json'), await lab.ask('production-1')];
  expect(JSON.parse(told.out)).toMatchObject({ kind: 'planned', release: 2, plan: { effects: [{ component: 'web', action: 'create' }] } });
  const ran = await lab.run('dev', ...words);
  expect([ran.code, ran.err]).toEqual([0, '']);
  expect(ran.out.trimEnd().split('\n').at(-1)).toBe('production-2 runs #2');
  expect(before.identity).toBe(deployment(2));
  expect(await identities()).toEqual([deployment(2), deployment(4)]);
}, 120_000);
