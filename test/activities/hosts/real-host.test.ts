import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createHostActivities } from '../../../activities/hosts/host-activities.ts';
import type { Router } from '../../../activities/hosts/ports.ts';
import { createDossierFiles, type DossierFiles } from '../../../adapters/dossiers/dossier-files.ts';
import { sha256 } from '../../../config/hash.ts';
import { judgeCanary } from '../../../domain/canary.ts';
import { comparisonsBetween } from '../../../domain/canary-figures.ts';
import type { DeployableComponent, Deployment } from '../../../domain/deployment.ts';
import { routerMeasurement } from '../../../domain/gates/router-metric.ts';
import type { Publication, RunSpec } from '../../../domain/pipeline.ts';
import { hostPlans } from '../../../domain/plan.ts';
import { type Load, startLoad } from '../../../lab/load.ts';
import { until } from '../../../lab/until.ts';
import { CANARY } from '../../domain/arbitraries.ts';
import { type HostLab, routerOf, startHostLab } from '../../support/host-lab.ts';
import { RUN } from '../../support/services.ts';
import { deploymentOf, releaseOf } from './deployments.ts';

/** What a version of the application does differently; equal settings have equal hashes. */
type Settings = Readonly<Record<string, string>>;

let lab: HostLab;
let router: Router;
let activities: ReturnType<typeof createHostActivities>;
const loads: Load[] = [];
let applications = 0;
let folder: string;
let dossiers: DossierFiles;

beforeAll(async () => {
  lab = await startHostLab('switch');
  router = routerOf(lab);
  folder = await mkdtemp(join(tmpdir(), 'tidegate-dossiers-'));
  dossiers = createDossierFiles(folder);
  activities = createHostActivities({
    hosts: (name) => ({ name, labels: {}, engine: lab.hostEngine, router }),
    dossiers,
    installation: 'lab',
    hash: sha256,
  });
});

afterEach(async () => {
  await Promise.all(loads.splice(0).map((load) => load.stop()));
});

afterAll(async () => {
  await lab?.stop();
  await rm(folder, { recursive: true, force: true });
});

function run<Result>(work: () => Promise<Result>): Promise<Result> {
  return new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run(work) as Promise<Result>;
}

/** An application of the test's own, whose deployments follow each other. */
function newApplication() {
  applications += 1;
  const application = `shop-${applications}`;
  const publish: Publication = { port: 8080, host: '{application}.example', path: '/', identityPath: '/identity' };
  const health = { kind: 'http', path: '/health', intervalMs: 100, timeoutMs: 1_000, threshold: 2, deadlineMs: 20_000 } as const;
  const component = (name: string, settings: Settings, more: Partial<RunSpec>): DeployableComponent => {
    const spec = { ...RUN, ...more, environment: settings };
    return { name, image: lab.node, run: spec, specHash: JSON.stringify(spec) };
  };
  const web = (settings: Settings, more: Partial<RunSpec> = {}) => component('web', settings, { publish, health, ...more });
  const worker = (settings: Settings) =>
    component('worker', settings, {
      command: ['node', '-e', 'setInterval(() => undefined, 1000)'],
      health: { ...RUN.health, stableMs: 300 } as RunSpec['health'],
    });
  const deployment = (
    components: readonly DeployableComponent[],
    previous: Deployment | null,
    more: Partial<Deployment> = {},
  ): Deployment => {
    const release = { ...releaseOf((previous?.generation ?? 0) + 1, components), application };
    const made = deploymentOf(release, previous);
    return { ...made, application, id: `deployment/${application}/production/${made.generation}`, ...more };
  };
  return { host: `${application}.example`, application, web, worker, deployment };
}

async function prepareAndSwitch(deployment: Deployment) {
  await run(() => activities.prepareHost({ deployment, host: 'one' }));
  return run(() => activities.switchHost({ deployment, host: 'one' }));
}

function restore(deployment: Deployment) {
  return run(() => activities.restoreHost({ deployment, host: 'one' }));
}

function loadOn(host: string): Load[] {
  const common = { url: `http://${lab.router.reachAt}/?ms=2`, headers: { host }, connections: 3, ratePerSecond: 60 };
  const started = [startLoad({ ...common, keepAlive: true }), startLoad({ ...common, keepAlive: false, connections: 2 })];
  loads.push(...started);
  return started;
}

async function expectNoLoss(started: readonly Load[]): Promise<string[]> {
  const reports = await Promise.all(started.map((load) => load.stop()));
  for (const { lost, errors, sent } of reports) {
    expect({ lost, errors }).toEqual({ lost: 0, errors: [] });
    expect(sent).toBeGreaterThan(10);
  }
  return [...new Set(reports.flatMap(({ byIdentity }) => Object.keys(byIdentity)))].sort();
}

/** Prepares and starts the release, and gives it so much of the requests. */
async function weighed(deployment: Deployment, weight: number) {
  await run(() => activities.prepareHost({ deployment, host: 'one' }));
  await run(() => activities.startHost({ deployment, host: 'one' }));
  return run(() => activities.weighHost({ deployment, host: 'one', weight }));
}

/** What the host's router has counted of an application. */
async function countIn(application: string, second: number) {
  const hosts = await run(() => activities.countRequests({ application, environment: 'production', hosts: ['one'] }));
  return { at: new Date(second * 1_000).toISOString(), hosts };
}

/** Resolves when each load has asked so many times more. */
async function asksOf(started: readonly Load[], more: number): Promise<void> {
  const wanted = started.map(({ sent }) => sent + more);
  await until('the load to go on', 60_000, async () => started.every(({ sent }, index) => sent >= (wanted[index] ?? 0)));
}

/** Who answers users. */
async function answering(host: string): Promise<string> {
  const route = { application: '', environment: '', component: '', host, path: '/' };
  const answer = await router.probe(route, '/', undefined, 5_000, { signal: AbortSignal.timeout(60_000) });
  return answer.headers['x-tidegate-deployment'] ?? 'nobody';
}

async function namesOf(application: string): Promise<string[]> {
  const found = await lab.docker.listContainers({ all: true, filters: { label: [`io.tidegate.application=${application}`] } });
  return found.map(({ Names, State }) => `${Names[0]?.replace('/tidegate-', '')} ${State}`).sort();
}

describe('a real host', () => {
  it('is switched and restored under load without losing a request', async () => {
    const { host, application, web, worker, deployment } = newApplication();
    const first = deployment([web({ VERSION: '1' }, { replicas: 2 }), worker({ VERSION: '1' })], null);
    expect(await prepareAndSwitch(first)).toMatchObject({
      host: 'one',
      outcome: 'switched',
      digests: { web: lab.node.digest, worker: lab.node.digest },
    });
    const load = loadOn(host);
    const second = deployment([web({ VERSION: '2' }, { replicas: 2 }), worker({ VERSION: '2' })], first);
    await prepareAndSwitch(second);
    expect(await answering(host)).toBe(second.id);
    const { outcome, detail } = await restore(second);
    expect({ outcome, detail }).toMatchObject({ outcome: 'restored', detail: expect.stringContaining('release 1 serves again') });
    expect(await answering(host)).toBe(first.id);
    expect(await expectNoLoss(load)).toEqual([first.id, second.id]);
    expect(await namesOf(application)).toEqual(
      ['web.g1.1', 'web.g1.2', 'worker.g1.1'].map((name) => `${application}.production.${name} running`),
    );
  });

  it('goes through release, rollback and retirement under load, taking back what is warm', async () => {
    const { host, application, web, deployment } = newApplication();
    const first = deployment([web({ VERSION: '1' })], null);
    await prepareAndSwitch(first);
    const load = loadOn(host);
    const second = deployment([web({ VERSION: '2' })], first);
    await prepareAndSwitch(second);
    const back = { ...deployment(first.release.components, second), kind: 'rollback', release: first.release } as const;
    expect(await prepareAndSwitch(back)).toMatchObject({ detail: 'web taken back' });
    expect(await answering(host)).toBe(first.id);
    await run(() =>
      activities.retireHost({ application, environment: 'production', host: 'one', keepGeneration: 3, previousGeneration: 2 }),
    );
    expect(await expectNoLoss(load)).toEqual([first.id, second.id]);
    expect(await namesOf(application)).toEqual([`${application}.production.web.g1.1 running`, `${application}.production.web.g2.1 exited`]);
  });

  it.each<[string, Settings, RegExp, object]>([
    ['is not healthy', { BROKEN: 'yes' }, /\/health answers 500 through the router/, { response: { path: '/health', status: 500 } }],
    ['answers as someone else', { FALSE_IDENTITY: 'deployment/other/production/9' }, /does not hold it/, { response: { status: 200 } }],
    ['exits at once', { EXIT: '7' }, /exit code 7.*cannot go on/s, { log: expect.stringContaining('cannot go on') }],
  ])('keeps the old version for a new one that %s, and what is known of that one', async (_, settings, reason, left) => {
    const { host, application, web, deployment } = newApplication();
    const first = deployment([web({ VERSION: '1' })], null);
    await prepareAndSwitch(first);
    const load = loadOn(host);
    const health = { kind: 'http', path: '/health', intervalMs: 100, timeoutMs: 1_000, threshold: 2, deadlineMs: 4_000 } as const;
    const second = deployment([web(settings, { health })], first);
    await expect(prepareAndSwitch(second)).rejects.toMatchObject({ name: 'HostFailed', message: expect.stringMatching(reason) });
    const report = await restore(second);
    expect(report).toMatchObject({ host: 'one', digests: { web: lab.node.digest } });
    expect(await expectNoLoss(load)).toEqual([first.id]);
    expect(await namesOf(application)).toEqual([`${application}.production.web.g1.1 running`]);
    const kept = await dossiers.read(report.dossier ?? '');
    expect(kept).toMatchObject({ host: 'one', release: 2, containers: [left] });
  });

  it('stops the old version before the new one starts where two must never run, there and back, and measures the gap', async () => {
    const { host, application, web, deployment } = newApplication();
    const strategy = { kind: 'recreate', batch: 1 } as const;
    const first = deployment([web({ VERSION: '1' })], null, { strategy });
    await prepareAndSwitch(first);
    const second = deployment([web({ VERSION: '2' })], first, { strategy });
    const { gaps, detail } = await prepareAndSwitch(second);
    expect(gaps?.web).toBeGreaterThan(0);
    expect(detail).toMatch(/^web replaced with a gap of at most \d+ ms$/);
    expect(await answering(host)).toBe(second.id);
    expect(await namesOf(application)).toEqual([`${application}.production.web.g1.1 exited`, `${application}.production.web.g2.1 running`]);
    await restore(second);
    expect(await answering(host)).toBe(first.id);
    expect(await namesOf(application)).toEqual([`${application}.production.web.g1.1 running`]);
  });

  it('proves a new version beside the old under load, moves nothing, and then moves without losing a request', async () => {
    const { host, web, deployment } = newApplication();
    const first = deployment([web({ VERSION: '1' })], null);
    await prepareAndSwitch(first);
    const load = loadOn(host);
    const second = deployment([web({ VERSION: '2' })], first, { strategy: { kind: 'blue-green' } });
    await run(() => activities.prepareHost({ deployment: second, host: 'one' }));
    await run(() => activities.startHost({ deployment: second, host: 'one' }));
    expect(await answering(host)).toBe(first.id);
    await run(() => activities.switchHost({ deployment: second, host: 'one' }));
    expect(await answering(host)).toBe(second.id);
    expect(await expectNoLoss(load)).toEqual([first.id, second.id]);
  });

  it('shares requests with a new version by weight, tells what both have done, and finishes without losing one', async () => {
    const { host, web, deployment } = newApplication();
    const first = deployment([web({ VERSION: '1' })], null);
    await prepareAndSwitch(first);
    const load = loadOn(host);
    const second = deployment([web({ VERSION: '2' })], first, { strategy: { kind: 'canary', ...CANARY } });
    const before = await weighed(second, 50);
    await asksOf(load, 200);
    const [comparison] = comparisonsBetween([before], [await run(() => activities.measureHost({ deployment: second, host: 'one' }))]);
    expect(comparison).toMatchObject({ component: 'web', newer: { failed: 0 }, older: { failed: 0 }, troubles: [] });
    expect(comparison?.newer.requests).toBeGreaterThan(50);
    expect(comparison?.older.requests).toBeGreaterThan(50);
    expect(
      comparison && judgeCanary([comparison], { ...CANARY.judgement, requests: 50, latency: { moreMs: 5_000, times: 1.5 } }).kind,
    ).toBe('better-or-equal');
    await run(() => activities.switchHost({ deployment: second, host: 'one' }));
    expect(await answering(host)).toBe(second.id);
    expect(await expectNoLoss(load)).toEqual([first.id, second.id]);
  });

  it('knows a new version that fails only its users, and takes its requests away from it', async () => {
    const { host, application, web, deployment } = newApplication();
    const first = deployment([web({ VERSION: '1' })], null);
    await prepareAndSwitch(first);
    const load = loadOn(host);
    const second = deployment([web({ FAILING: '50' })], first, { strategy: { kind: 'canary', ...CANARY } });
    const before = await weighed(second, 25);
    const counted = await countIn(application, 0);
    await asksOf(load, 200);
    const source = { kind: 'router', environment: 'production', figure: 'failedShare', overMs: 1, minRequests: 200 } as const;
    const figure = routerMeasurement({ ...source, component: 'web' }, [counted, await countIn(application, 1)]);
    // A quarter of the requests went to a version that fails half of them.
    expect(figure).toMatchObject({ kind: 'known', value: { basis: expect.stringMatching(/^of \d+ requests to web in production/) } });
    if (figure.kind === 'known') expect(Math.abs(figure.value.value - 0.125)).toBeLessThan(0.08);
    const measured = await run(() => activities.measureHost({ deployment: second, host: 'one' }));
    expect(judgeCanary(comparisonsBetween([before], [measured]), CANARY.judgement)).toMatchObject({
      kind: 'worse',
      reasons: [
        expect.stringMatching(/^web: [\d.]+% of \d+ requests failed of the new version, and 0% of \d+ requests failed of the old one$/),
      ],
    });
    await restore(second);
    expect(await answering(host)).toBe(first.id);
    await Promise.all(load.map((one) => one.stop()));
    const since = loadOn(host);
    await asksOf(since, 30);
    expect(await expectNoLoss(since)).toEqual([first.id]);
    expect(await namesOf(application)).toEqual([`${application}.production.web.g1.1 running`]);
  });

  it('keeps an unchanged component as it is while another is replaced, and plans just that', async () => {
    const { application, web, worker, deployment } = newApplication();
    const first = deployment([web({ VERSION: '1' }), worker({ VERSION: '1' })], null);
    await prepareAndSwitch(first);
    const second = deployment([web({ VERSION: '1' }), worker({ VERSION: '2' })], first);
    const question = {
      application,
      environment: 'production',
      hosts: [{ name: 'one', site: 'here' }],
      release: second.release,
      strategy: second.strategy,
    };
    const [plan] = hostPlans(await run(() => activities.planSite(question)));
    expect(plan?.components.map(({ component, action }) => `${component} ${action}`)).toEqual(['web keep', 'worker replace']);
    // Read from the labels of the container that runs; the value of a variable is in no plan.
    expect(plan?.components[1]).toMatchObject({ changes: [{ what: 'environment VERSION' }], back: 'ready' });
    expect(await prepareAndSwitch(second)).toMatchObject({ detail: 'web kept, worker replaced' });
    const states = ['web.g1.1 running', 'worker.g1.1 exited', 'worker.g2.1 running'];
    expect(await namesOf(application)).toEqual(states.map((state) => `${application}.production.${state}`));
  });

  it('is left with nothing by the failure of its first release', async () => {
    const { host, application, web, deployment } = newApplication();
    const first = deployment([web({ EXIT: '1' })], null);
    await expect(prepareAndSwitch(first)).rejects.toMatchObject({ name: 'HostFailed' });
    await restore(first);
    expect(await namesOf(application)).toEqual([]);
    expect(await answering(host)).toBe('nobody');
  });

  it('refuses a deployment that was overtaken', async () => {
    const { host, web, deployment } = newApplication();
    const first = deployment([web({ VERSION: '1' })], null);
    await prepareAndSwitch(first);
    const second = deployment([web({ VERSION: '2' })], first);
    await prepareAndSwitch(second);
    for (const act of [prepareAndSwitch, restore]) await expect(act(first)).rejects.toMatchObject({ name: 'Superseded' });
    expect(await answering(host)).toBe(second.id);
  });
});
