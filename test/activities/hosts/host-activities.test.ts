import { describe, expect, it } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createHostActivities } from '../../../activities/hosts/host-activities.ts';
import { routeOf } from '../../../activities/hosts/host-work.ts';
import { sha256 } from '../../../config/hash.ts';
import { hostPlans } from '../../../domain/plan.ts';
import { FakeHost, fakeClock } from '../../support/fake-host.ts';
import type { Behaviour } from '../../support/host/fake-container.ts';
import { activitiesOn, component, deploymentOf, digestOf, PLACE, PUBLISH, releaseOf } from './deployments.ts';

const ROUTE = routeOf(PLACE, 'web', PUBLISH);
const web = (version: string) => component('web', version, { publish: PUBLISH });
const worker = (version: string) => component('worker', version);
const first = deploymentOf(releaseOf(1, [web('1'), worker('1')]), null);
const second = deploymentOf(releaseOf(2, [web('2'), worker('2')]), first);
const [WEB_1, WEB_2] = ['tidegate-shop.production.web.g1.1', 'tidegate-shop.production.web.g2.1'];
const [WORKER_1, WORKER_2] = ['tidegate-shop.production.worker.g1.1', 'tidegate-shop.production.worker.g2.1'];

async function hostWith(...deployments: readonly (typeof first)[]): Promise<FakeHost> {
  const fake = new FakeHost();
  for (const deployment of deployments) {
    await activitiesOn(fake).prepare(deployment);
    await activitiesOn(fake).switch(deployment);
  }
  fake.calls.length = 0;
  return fake;
}

describe('prepareHost', () => {
  it('has every image and container there, and starts and stops nothing', async () => {
    const fake = await hostWith(first);
    await activitiesOn(fake).prepare(second);
    expect(fake.containers.get(WEB_2)?.status).toBe('created');
    expect(fake.containers.get(WORKER_2)?.status).toBe('created');
    expect(fake.calls.filter((call) => /^(?:start|stop|remove|shift|admit|dismiss) /.test(call))).toEqual([]);
    expect(fake.answersFor(ROUTE)).toEqual([first.id]);
  });

  it('pulls all images before it creates the first container', async () => {
    const fake = await hostWith(first);
    await activitiesOn(fake).prepare(second);
    const lastPull = fake.calls.findLastIndex((call) => call.startsWith('ensureImage'));
    expect(fake.calls.findIndex((call) => call.startsWith('ensureContainer'))).toBeGreaterThan(lastPull);
  });

  it('makes nothing for a component whose image, settings and replicas are unchanged', async () => {
    const fake = await hostWith(first);
    await activitiesOn(fake).prepare(deploymentOf(releaseOf(2, [web('1'), worker('2')]), first));
    expect([...fake.containers.keys()]).toEqual([WEB_1, WORKER_1, WORKER_2]);
  });

  it('tells a container who it is and keeps that in labels', async () => {
    const fake = await hostWith(first);
    expect(fake.containers.get(WEB_1)?.spec.environment).toEqual({
      TIDEGATE_APPLICATION: 'shop',
      TIDEGATE_ENVIRONMENT: 'production',
      TIDEGATE_COMPONENT: 'web',
      TIDEGATE_RELEASE: '1',
      TIDEGATE_DEPLOYMENT: first.id,
      TIDEGATE_DIGEST: digestOf('web-1'),
    });
    const labels = fake.containers.get(WEB_1)?.spec.labels;
    expect(labels).toMatchObject({ 'io.tidegate.deployment': first.id, 'io.tidegate.generation': '1', 'io.tidegate.role': 'component' });
  });
});

describe('a component that asks for more than its image', () => {
  const bound = (folder: string) => {
    const { run, ...rest } = web('1');
    return deploymentOf(releaseOf(1, [{ ...rest, run: { ...run, volumes: [{ bind: folder, path: '/srv' }] } }]), null);
  };

  it('is not made where the owners of the environment do not, or no longer, allow what it asks of the host', async () => {
    const fake = new FakeHost();
    await expect(activitiesOn(fake).prepare(bound('/etc'))).rejects.toMatchObject({
      name: 'NotAllowed',
      message: expect.stringMatching(/web.*production.*\/etc.*environments\[\]\.binds/),
    });
    expect(fake.containers.size).toBe(0);
  });

  it('is made where they allow it', async () => {
    const fake = new FakeHost();
    const allows = (environment: string) => ({
      binds: environment === PLACE.environment ? ['/srv/shop'] : [],
      capabilities: [],
      networks: [],
    });
    await activitiesOn(fake, 1, allows).prepare(bound('/srv/shop'));
    expect(fake.containers.get(WEB_1)?.spec.volumes).toEqual([{ bind: '/srv/shop', path: '/srv' }]);
  });

  it('runs on the hosts that have its labels, and is stopped where it no longer belongs', async () => {
    const fake = await hostWith(first);
    const elsewhere = deploymentOf(releaseOf(2, [web('1'), { ...worker('1'), hosts: { role: 'jobs' } }]), first);
    expect(
      hostPlans(await activitiesOn(fake).plan(elsewhere.release))[0]?.components.map(({ component, action }) => [component, action]),
    ).toEqual([
      ['web', 'keep'],
      ['worker', 'remove'],
    ]);
    await activitiesOn(fake).prepare(elsewhere);
    await activitiesOn(fake).switch(elsewhere);
    expect(fake.runningNames('worker')).toEqual([]);
    const other = new FakeHost();
    other.labels = { role: 'jobs' };
    await activitiesOn(other).prepare(elsewhere);
    await activitiesOn(other).switch(elsewhere);
    expect(other.runningNames('worker')).toEqual([WORKER_2]);
  });

  it('is asked over TCP from the router, published or not, and never passes for well while nobody listens', async () => {
    const { run, ...rest } = worker('1');
    const health = { kind: 'tcp', port: 5432, intervalMs: 100, timeoutMs: 1_000, threshold: 2, deadlineMs: 2_000 } as const;
    const database = deploymentOf(releaseOf(1, [{ ...rest, run: { ...run, health } }]), null);
    const fake = await hostWith(database);
    expect(fake.isRouterUp).toBe(true);
    expect(fake.runningNames('worker')).toEqual([WORKER_1]);
    const deaf = new FakeHost();
    deaf.behaviours.set(digestOf('worker-1'), 'silent');
    await activitiesOn(deaf).prepare(database);
    await expect(activitiesOn(deaf).switch(database)).rejects.toThrow('it takes no connection at port 5432');
  });
});

describe('a host on which the old version stops first', () => {
  const recreating = { ...second, strategy: { kind: 'recreate', batch: 1 } } as const;

  it('runs the old version no more when the new one starts, and tells how long nobody answered', async () => {
    const fake = await hostWith(first);
    await activitiesOn(fake).prepare(recreating);
    expect(fake.answersFor(ROUTE)).toEqual([first.id]);
    const report = await activitiesOn(fake).switch(recreating);
    const at = (call: string): number => fake.calls.indexOf(call);
    expect(at(`stop ${WEB_1}`)).toBeGreaterThan(at('shift web 2 '));
    expect(at(`start ${WEB_2}`)).toBeGreaterThan(at(`stop ${WEB_1}`));
    expect(at(`start ${WORKER_2}`)).toBeGreaterThan(at(`stop ${WORKER_1}`));
    expect(fake.runningNames('web')).toEqual([WEB_2]);
    expect(fake.answersFor(ROUTE)).toEqual([second.id]);
    expect(report.gaps).toEqual({ web: expect.any(Number), worker: expect.any(Number) });
    expect(report.gaps?.worker).toBeGreaterThanOrEqual(500);
    expect(report.detail).toMatch(/^web replaced with a gap of at most \d+ ms, worker replaced with a gap of at most \d+ ms$/);
  });

  it('claims no whole gap when another process began it', async () => {
    const fake = await hostWith(first);
    await activitiesOn(fake).prepare(recreating);
    expect((await activitiesOn(fake, 2).switch(recreating)).detail).toContain('web replaced with a gap of at least');
  });

  it('has no gap where nothing changes', async () => {
    const fake = await hostWith(first);
    const kept = { ...deploymentOf(releaseOf(2, [web('1'), worker('1')]), first), strategy: recreating.strategy };
    await activitiesOn(fake).prepare(kept);
    const report = await activitiesOn(fake).switch(kept);
    expect(report).not.toHaveProperty('gaps');
    expect(fake.calls.filter((call) => call.startsWith('stop '))).toEqual([]);
  });

  it('returns to the old version by stopping the new one first', async () => {
    const fake = await hostWith(first);
    fake.behaviours.set(digestOf('web-2'), 'unhealthy');
    await activitiesOn(fake).prepare(recreating);
    await expect(activitiesOn(fake).switch(recreating)).rejects.toThrow('/health answers 500');
    const report = await activitiesOn(fake).restore(recreating);
    expect(report).toMatchObject({ outcome: 'restored', digests: { web: digestOf('web-1') } });
    expect(fake.calls.lastIndexOf(`start ${WEB_1}`)).toBeGreaterThan(fake.calls.indexOf(`stop ${WEB_2}`));
    expect(fake.answersFor(ROUTE)).toEqual([first.id]);
    expect([...fake.containers.keys()]).toEqual([WEB_1, WORKER_1]);
  });

  it('runs the old version again when it comes so late that the new one is gone', async () => {
    const fake = await hostWith(first);
    await activitiesOn(fake).prepare(recreating);
    fake.containers.delete(WEB_2);
    await expect(activitiesOn(fake).switch(recreating)).rejects.toThrow(`Expected container ${WEB_2} on host one to be started`);
    expect(fake.runningNames('web')).toEqual([WEB_1]);
  });
});

describe('the dossier of a deployment that failed', () => {
  const ID = 'shop/production/2/one';
  async function failedHost(deployment = second): Promise<FakeHost> {
    const fake = await hostWith(first);
    fake.behaviours.set(digestOf('web-2'), 'unhealthy');
    await activitiesOn(fake).prepare(deployment);
    await expect(activitiesOn(fake).switch(deployment)).rejects.toThrow('/health answers 500');
    return fake;
  }

  it.each([
    ['rolling', second],
    ['recreate', { ...second, strategy: { kind: 'recreate', batch: 1 } }],
  ] as const)('is kept before its containers are stopped and removed, and named by the report (%s)', async (_kind, deployment) => {
    const fake = await failedHost(deployment);
    const report = await activitiesOn(fake).restore(deployment);
    expect(report.dossier).toBe(ID);
    const [container, ...others] = fake.dossiers.get(ID)?.containers ?? [];
    expect(container).toMatchObject({
      container: WEB_2,
      component: 'web',
      status: 'running',
      log: `said by ${WEB_2}`,
      response: { path: '/health', status: 500 },
    });
    // The worker was made and never started.
    expect(others).toEqual([]);
    expect(fake.calls.indexOf(`keep ${ID}`)).toBeLessThan(fake.calls.indexOf(`stop ${WEB_2}`));
    expect(fake.calls).toContain(`remove ${WEB_2}`);
  });

  it('waits until the old version has its requests back', async () => {
    const fake = await failedHost();
    await activitiesOn(fake).restore(second);
    expect(fake.calls.indexOf(`keep ${ID}`)).toBeGreaterThan(fake.calls.findIndex((call) => call.startsWith('shift web 2.5')));
  });

  it('is left to stand by a second attempt, which finds the containers stopped', async () => {
    const fake = await failedHost();
    fake.killAt = fake.calls.length + 1 + [...(await callsOfRestore())].indexOf(`stop ${WEB_2}`);
    await expect(activitiesOn(fake).restore(second)).rejects.toThrow();
    fake.killAt = Number.POSITIVE_INFINITY;
    expect((await activitiesOn(fake, 2).restore(second)).dossier).toBe(ID);
    expect(fake.dossiers.get(ID)?.containers).toMatchObject([{ status: 'running' }]);
  });

  async function callsOfRestore(): Promise<readonly string[]> {
    const fake = await failedHost();
    const before = fake.calls.length;
    await activitiesOn(fake).restore(second);
    return fake.calls.slice(before);
  }

  it('holds up no way back where it cannot be kept, and says so', async () => {
    const fake = await failedHost();
    fake.shelf.keep = () => Promise.reject(new Error('no space left on device'));
    const report = await activitiesOn(fake).restore(second);
    expect(report).toMatchObject({ outcome: 'restored', detail: expect.stringContaining('could not be kept: no space left on device') });
    expect(report).not.toHaveProperty('dossier');
    expect(fake.answersFor(ROUTE)).toEqual([first.id]);
  });
});

describe('startHost', () => {
  it('proves the new web beside the old and moves no request; a worker waits for the switch', async () => {
    const fake = await hostWith(first);
    await activitiesOn(fake).prepare(second);
    await activitiesOn(fake).start(second);
    expect(fake.runningNames('web')).toEqual([WEB_1, WEB_2]);
    expect(fake.runningNames('worker')).toEqual([WORKER_1]);
    expect(fake.calls.filter((call) => call.startsWith('shift '))).toEqual([]);
    expect(fake.calls).toContain(`probe web ${WEB_2}`);
    expect(fake.answersFor(ROUTE)).toEqual([first.id]);
  });

  it('fails on a new version that is not healthy, while the old one has all requests', async () => {
    const fake = await hostWith(first);
    fake.behaviours.set(digestOf('web-2'), 'unhealthy');
    await activitiesOn(fake).prepare(second);
    await expect(activitiesOn(fake).start(second)).rejects.toThrow('/health answers 500');
    expect(fake.answersFor(ROUTE)).toEqual([first.id]);
  });
});

describe('switchHost', () => {
  it('leaves the old web running behind the router and stops the old worker, which stays', async () => {
    const fake = await hostWith(first, second);
    expect(fake.runningNames('web')).toEqual([WEB_1, WEB_2]);
    expect(fake.answersFor(ROUTE)).toEqual([second.id]);
    expect(fake.runningNames('worker')).toEqual([WORKER_2]);
    expect(fake.containers.get(WORKER_1)?.status).toBe('exited');
  });

  it.each<[Behaviour, RegExp]>([
    ['exits', /exited with exit code 3[\s\S]*said by tidegate-shop.production.web.g2.1/],
    ['restarts', /it ended and was started again \(\d+ times so far\)/],
    ['unhealthy', /healthy within 2000 ms, and \/health answers 500 through the router/],
    ['silent', /answers 503 through the router/],
    ['false-identity', /deployment\/shop\/production\/2, in a header or the body, and it answers with 200/],
  ])('fails when the new web %s, before any request has moved, and restoreHost removes it', async (behaviour, reason) => {
    const fake = await hostWith(first);
    fake.behaviours.set(digestOf('web-2'), behaviour);
    await activitiesOn(fake).prepare(second);
    const failure = activitiesOn(fake).switch(second);
    await expect(failure).rejects.toMatchObject({ name: 'HostFailed', message: expect.stringMatching(reason) });
    expect(fake.answersFor(ROUTE)).toEqual([first.id]);
    expect(fake.calls.filter((call) => call.startsWith('shift'))).toEqual([]);
    expect(await activitiesOn(fake).restore(second)).toMatchObject({ outcome: 'restored' });
    expect([...fake.containers.keys()]).toEqual([WEB_1, WORKER_1]);
  });

  it.each<Behaviour>(['exits', 'restarts'])('does not stop the old worker for a new one that %s', async (behaviour) => {
    const fake = await hostWith(first);
    fake.behaviours.set(digestOf('worker-2'), behaviour);
    await activitiesOn(fake).prepare(second);
    await expect(activitiesOn(fake).switch(second)).rejects.toMatchObject({ name: 'HostFailed' });
    expect(fake.runningNames('worker')).toContain(WORKER_1);
    const { outcome, detail } = await activitiesOn(fake).restore(second);
    expect({ outcome, detail }).toMatchObject({ outcome: 'restored', detail: expect.stringContaining('release 1 serves again') });
    expect(fake.answersFor(ROUTE)).toEqual([first.id]);
  });

  it('is refused when a later deployment has been at the host, and changes nothing', async () => {
    const fake = await hostWith(first, second);
    for (const act of ['prepare', 'switch', 'restore'] as const) {
      await expect(activitiesOn(fake)[act](first)).rejects.toMatchObject({ name: 'Superseded' });
    }
    expect(fake.calls.filter((call) => !/^(?:observe|serving)/.test(call))).toEqual([]);
  });

  it('waits for requests in progress on the old version no longer than its drain time', async () => {
    const fake = await hostWith(first);
    fake.requestsInFlight = 1;
    await activitiesOn(fake).prepare(second);
    await activitiesOn(fake).switch(second);
    expect(fake.calls.filter((call) => call === 'inFlight web').length).toBe(5);
  });

  it('takes back warm containers behind the router on a rollback, and makes new ones only of what was stopped', async () => {
    const fake = await hostWith(first, second);
    const back = deploymentOf(first.release, second, 'rollback');
    await activitiesOn(fake).prepare(back);
    await activitiesOn(fake).switch(back);
    expect(fake.answersFor(ROUTE)).toEqual([first.id]);
    expect(fake.runningNames('worker')).toEqual(['tidegate-shop.production.worker.g3.1']);
    expect([...fake.containers.keys()].filter((name) => name.includes('web.g3.'))).toEqual([]);
  });
});

describe.each([
  { what: 'promotion', before: [first], deployment: second },
  { what: 'rollback', before: [first, second], deployment: deploymentOf(first.release, second, 'rollback') },
])('a $what that was paused, and goes on after its host was restored', ({ before, deployment }) => {
  it('neither gives requests to its version nor stops the other, wherever it stood', async () => {
    for (let k = 1, wasPaused = true; wasPaused; k += 1) {
      const fake = await hostWith(...before);
      const [answers, workers] = [fake.answersFor(ROUTE), fake.runningNames('worker')];
      await activitiesOn(fake).prepare(deployment);
      wasPaused = false;
      fake.pauseAt = fake.calls.length + k;
      fake.whilePaused = () => {
        wasPaused = true;
        return activitiesOn(fake).restore(deployment);
      };
      const late = activitiesOn(fake).switch(deployment);
      await late.catch((error: unknown) => error);
      const seen = { k, answers: fake.answersFor(ROUTE), workers: fake.runningNames('worker') };
      if (wasPaused) expect(seen).toEqual({ k, answers, workers });
    }
  });
});

describe('restoreHost', () => {
  it('moves requests back before it stops or starts anything', async () => {
    const fake = await hostWith(first, second);
    await activitiesOn(fake).restore(second);
    const changes = fake.calls.filter((call) => /^(?:start|stop|remove|shift|admit) /.test(call));
    expect(changes[0]).toBe(`shift web 2.5 ${WEB_1}`);
    expect(fake.runningNames('worker')).toEqual([WORKER_1]);
  });

  it('makes previous containers again that are gone', async () => {
    const fake = await hostWith(first, second);
    fake.containers.delete(WEB_1);
    fake.containers.delete(WORKER_1);
    await activitiesOn(fake).restore(second);
    expect(fake.answersFor(ROUTE)).toEqual([first.id]);
    expect(fake.runningNames('worker')).toEqual([WORKER_1]);
  });

  it('keeps requests where they are when the previous version does not come back, and is to be tried again', async () => {
    const fake = await hostWith(first, second);
    fake.behaviours.set(digestOf('web-1'), 'unhealthy');
    const web1 = fake.containers.get(WEB_1);
    if (web1) web1.status = 'exited';
    await expect(activitiesOn(fake).restore(second)).rejects.toMatchObject({ name: 'HostFailed' });
    expect(fake.answersFor(ROUTE)).toEqual([second.id]);
  });

  it('removes a failed version even when the previous one, which has all requests, is not well', async () => {
    const fake = await hostWith(first);
    await activitiesOn(fake).prepare(second);
    fake.behaviours.set(digestOf('web-1'), 'silent');
    const { detail } = await activitiesOn(fake).restore(second);
    expect(detail).toContain('is not well');
    expect([...fake.containers.keys()]).toEqual([WEB_1, WORKER_1]);
  });

  it('says that a host which was only prepared is untouched', async () => {
    const fake = await hostWith(first);
    await activitiesOn(fake).prepare(second);
    expect(await activitiesOn(fake).restore(second)).toMatchObject({ outcome: 'untouched', digests: { web: digestOf('web-1') } });
    expect(await activitiesOn(fake, 2).restore(second)).toMatchObject({ outcome: 'restored' });
  });

  it('keeps the last lines of what it removes', async () => {
    const fake = await hostWith(first, second);
    expect((await activitiesOn(fake).restore(second)).detail).toContain(`said by ${WEB_2}`);
  });
});

describe('retireHost', () => {
  it('stops what is warm and keeps it for a rollback', async () => {
    const fake = await hostWith(first, second);
    await activitiesOn(fake).retire(2, 1);
    expect(fake.runningNames('web')).toEqual([WEB_2]);
    expect([...fake.containers.keys()]).toEqual([WEB_1, WORKER_1, WEB_2, WORKER_2]);
    expect(fake.state.routes.flatMap(({ servers }) => servers.map(({ name }) => name))).toEqual([WEB_2]);
    expect(fake.answersFor(ROUTE)).toEqual([second.id]);
  });

  it('removes what is older than the previous release', async () => {
    const third = deploymentOf(releaseOf(3, [web('3'), worker('3')]), second);
    const fake = await hostWith(first, second, third);
    await activitiesOn(fake).retire(3, 2);
    expect([...fake.containers.keys()].filter((name) => name.includes('.g1.'))).toEqual([]);
    expect(fake.containers.get(WEB_2)?.status).toBe('exited');
  });

  it('leaves a component alone that was kept from an earlier generation', async () => {
    const keeping = deploymentOf(releaseOf(2, [web('1'), worker('2')]), first);
    const fake = await hostWith(first, keeping);
    await activitiesOn(fake).retire(2, 1);
    expect(fake.answersFor(ROUTE)).toEqual([first.id]);
    expect(fake.runningNames('web')).toEqual([WEB_1]);
  });

  it('is refused while a later deployment is at work', async () => {
    const fake = await hostWith(first);
    await activitiesOn(fake).prepare(second);
    await expect(activitiesOn(fake).retire(1, null)).rejects.toMatchObject({ name: 'Superseded' });
  });
});

describe('planSite', () => {
  it('says what would change by what serves, and not by what is warm or stopped', async () => {
    const fake = await hostWith(first, second);
    const [plan] = hostPlans(await activitiesOn(fake).plan(releaseOf(3, [web('2'), component('site', '1')])));
    expect(plan?.components.map(({ component: name, action }) => `${name} ${action}`)).toEqual([
      'web keep',
      'site create',
      'worker remove',
    ]);
  });

  it('tells setting by setting what would change, by what the containers themselves say', async () => {
    const fake = await hostWith(first);
    const { run, ...rest } = worker('1');
    const changed = { ...rest, run: { ...run, memoryBytes: 2 ** 28, environment: { TOKEN: '${env:TOKEN}' } }, specHash: 'other' };
    const [plan] = hostPlans(await activitiesOn(fake).plan(releaseOf(2, [web('1'), changed])));
    expect(plan?.components).toMatchObject([
      { component: 'web', action: 'keep', changes: [] },
      {
        component: 'worker',
        action: 'replace',
        changes: [
          { what: 'environment TOKEN', to: 'set' },
          { what: 'memory', to: '256MiB' },
        ],
      },
    ]);
  });

  it('plans a host that was never used as all new, without making a router there', async () => {
    const fake = new FakeHost();
    const [plan] = hostPlans(await activitiesOn(fake).plan(first.release));
    expect(plan?.components.map(({ action }) => action)).toEqual(['create', 'create']);
    expect(fake.isRouterUp).toBe(false);
  });
});

describe('observeHost', () => {
  it('tells what runs and what serves', async () => {
    const fake = await hostWith(first, second);
    const seen = await activitiesOn(fake).observe();
    expect(seen.serving).toEqual({ web: [WEB_2], worker: [WORKER_2] });
    expect(seen.containers.filter(({ running }) => running).map(({ name }) => name)).toEqual([WEB_1, WEB_2, WORKER_2]);
  });
});

describe("a host's clock", () => {
  it.each([
    ['an hour behind', -3_600_000],
    ['an hour ahead', 3_600_000],
  ])('that is %s makes no container look as if it had been up for long, or for ever too short', async (_, difference) => {
    const fake = await hostWith(first);
    const clock = fakeClock();
    fake.clock = () => clock.now() + difference;
    const activities = createHostActivities({ hosts: () => fake.host, dossiers: fake.shelf, installation: 'lab', hash: sha256, clock });
    const run = <Result>(work: () => Promise<Result>) => new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run(work);
    await run(() => activities.prepareHost({ deployment: second, host: 'one' }));
    const begin = clock.now();
    await run(() => activities.switchHost({ deployment: second, host: 'one' }));
    const { health } = worker('2').run;
    expect(clock.now() - begin).toBeGreaterThanOrEqual(health.kind === 'running' ? health.stableMs : Number.NaN);
    expect(fake.runningNames('worker')).toEqual([WORKER_2]);
  });
});

describe('an activity on a host', () => {
  it('heeds its cancellation while it waits, and says what it was doing', async () => {
    const fake = await hostWith(first);
    fake.behaviours.set(digestOf('web-2'), 'unhealthy');
    await activitiesOn(fake).prepare(second);
    const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
    const clock = fakeClock();
    const activities = createHostActivities({
      hosts: () => fake.host,
      dossiers: fake.shelf,
      installation: 'lab',
      hash: sha256,
      clock: {
        ...clock,
        sleep: (ms, signal) => {
          environment.cancel();
          return clock.sleep(ms, signal);
        },
      },
    });
    await expect(environment.run(() => activities.switchHost({ deployment: second, host: 'one' }))).rejects.toMatchObject({
      name: 'CancelledFailure',
    });
    expect(fake.answersFor(ROUTE)).toEqual([first.id]);
  });
});
