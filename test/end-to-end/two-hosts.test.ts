import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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
  for (const { byIdentity } of reports) expect(new Set(Object.keys(byIdentity))).toEqual(new Set([deployment(1), deployment(2)]));
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

it('its ledger is read, exported, proved and verified by those who were not there, and says so when something in a copy is changed', async () => {
  const audit = (...words: string[]) => lab.run('rita', 'audit', ...words);
  const file = (name: string) => join(lab.directory, name);
  const started = await audit('log', 'kiosk', '--action', 'deployment-started', '--limit', '2', '--json');
  const { records, next } = JSON.parse(started.out) as { records: { sequence: number }[]; next: number };
  const [newest, before] = records.map(({ sequence }) => sequence);
  expect(records).toMatchObject([
    { personal: { actor: 'dev', reason: 'host production-2: a new machine' } },
    { personal: { actor: 'dev' } },
  ]);
  expect(await audit('log', 'kiosk', '--limit', '1', '--before', String(newest))).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^\d+ +\S+Z +[a-z-]+ /),
    err: expect.stringContaining('There are older ones: add --before '),
  });
  expect(next).toBeLessThan(before ?? 0);
  expect(await audit('log', 'bank')).toEqual({ code: 0, out: 'The ledger has no record that fits\n', err: '' });
  expect((await audit('show', String(newest))).out).toMatch(/action +deployment-started\n[\s\S]*\nactor +dev\n/);
  expect(await audit('show', '100000')).toMatchObject({ code: 2, out: '', err: expect.stringContaining('has no record 100000') });

  // What went forward was in a signed checkpoint before any host was touched.
  const mark = await readFile(file('.tidegate/ledger.checkpoint'), 'utf8');
  expect(Number(mark.split('\n')[1])).toBeGreaterThanOrEqual(newest ?? 0);
  await writeFile(file('kept'), mark);
  expect((await audit('key', '--output', file('ledger.pub'))).code).toBe(0);
  for (const [name, ...words] of [
    ['ledger.jsonl', 'export'],
    ['ledger.csv', 'export', 'kiosk', '--format', 'csv'],
    ['ledger.cef', 'export', '--actor', 'rita', '--format', 'cef'],
    ['proof.json', 'prove', String(newest)],
    ['growth.json', 'prove', '--since', file('kept'), '--key', file('ledger.pub')],
  ] as const)
    expect(await audit(...words, '--output', file(name))).toMatchObject({ code: 0, out: '' });
  const verified = (name: string) => audit('verify', file(name), '--key', file('ledger.pub'), '--checkpoint', file('kept'));
  expect(await verified('ledger.jsonl')).toMatchObject({ code: 0, out: expect.stringMatching(/^All \d+ records of tidegate\/e2e are/) });
  expect(await audit('verify', file('proof.json'), '--key', file('ledger.pub'))).toMatchObject({
    code: 0,
    out: expect.stringContaining(`Record ${newest} is in the ledger`),
  });
  expect(await verified('growth.json')).toMatchObject({ code: 0, out: expect.stringContaining('has only grown') });
  expect((await readFile(file('ledger.csv'), 'utf8')).split('\r\n')[1]).toContain('"release-created"');
  expect(await readFile(file('ledger.cef'), 'utf8')).toMatch(/^CEF:0\|Tidegate\|Tidegate\|[^|]+\|vote\|/m);

  // The server's own, and what is kept beside its records.
  const live = await audit('verify', '--key', file('ledger.pub'), '--checkpoint', file('kept'), '--json');
  expect([live.code, JSON.parse(live.out)]).toMatchObject([0, { whole: true, erased: 0, differences: [] }]);
  expect((await audit('erase', String(newest), '--reason', 'asked for', '--yes')).out).toBe('Erased who and why of 1 record\n');
  expect((await audit('show', String(newest))).out).toMatch(/actor +\(erased\)\n/);
  expect(await audit('verify', '--key', file('ledger.pub'))).toMatchObject({
    code: 0,
    out: expect.stringContaining('; of 1 of them it was erased who did it and why, as later records say'),
  });

  await writeFile(file('ledger.jsonl'), (await readFile(file('ledger.jsonl'), 'utf8')).replace('a new machine', 'an old machine'));
  expect(await verified('ledger.jsonl')).toMatchObject({
    code: 1,
    out: expect.stringContaining(`Not as it was written: record ${newest}, `),
  });
}, 60_000);
