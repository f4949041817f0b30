import { describe, expect, it } from '@jest/globals';
import type { DeployableComponent, Deployment } from '../../../domain/deployment.ts';
import type { Backup, Hooks } from '../../../domain/hooks.ts';
import { FakeHost } from '../../support/fake-host.ts';
import { activitiesOn, component, deploymentOf, releaseOf } from './deployments.ts';

const RECREATE = { kind: 'recreate', batch: 1 } as const;
const [OLD, NEW] = ['tidegate-shop.production.db.g1.1', 'tidegate-shop.production.db.g2.1'];
const first = { ...deploymentOf(releaseOf(1, [component('db', '1')]), null), strategy: RECREATE };
const second = { ...deploymentOf(releaseOf(2, [component('db', '2')]), first), strategy: RECREATE };

async function hostWithFirst(): Promise<FakeHost> {
  const fake = new FakeHost();
  await activitiesOn(fake).prepare(first);
  await activitiesOn(fake).switch(first);
  return fake;
}

/** A reboot of the host: what ran is down, and would come back by its restart policy. */
function reboot(fake: FakeHost): void {
  for (const container of fake.containers.values()) if (container.status === 'running') container.status = 'exited';
}

describe('what must never run twice', () => {
  it('is told to stay down before the new version starts, also where it is down already after a reboot', async () => {
    const fake = await hostWithFirst();
    await activitiesOn(fake).prepare(second);
    reboot(fake);
    const calls = fake.calls.length;
    await activitiesOn(fake).switch(second);
    const order = fake.calls.slice(calls).filter((call) => /^(stop|start) /.test(call));
    expect(order).toEqual([`stop ${OLD}`, `start ${NEW}`, `stop ${OLD}`]);
  });

  it('is told so too on the way back', async () => {
    const fake = await hostWithFirst();
    await activitiesOn(fake).prepare(second);
    await activitiesOn(fake).switch(second);
    reboot(fake);
    const calls = fake.calls.length;
    await activitiesOn(fake).restore(second);
    const order = fake.calls.slice(calls).filter((call) => /^(stop|start) /.test(call));
    expect(order.slice(0, 2)).toEqual([`stop ${NEW}`, `start ${OLD}`]);
  });
});

const BACKUP: Backup = { command: ['dump'], restore: ['load'], environment: {}, timeoutMs: 5_000, isStopped: false };
const [SAVE, LOAD] = ['tidegate-shop.production.db-backup.r2.g2.job', 'tidegate-shop.production.db-backup.r2.g2.down'];

/** Two releases of a database, of which the second says how it is handed over, and the calls that change what runs. */
async function stateful(more: Partial<DeployableComponent> = {}, strategy: Deployment['strategy'] = { kind: 'rolling', batch: 1 }) {
  const db = (version: string): DeployableComponent => ({ ...component('db', version), isStateful: true, ...more });
  const before = { ...deploymentOf(releaseOf(1, [db('1')]), null), strategy };
  const deployment = { ...deploymentOf(releaseOf(2, [db('2')]), before), strategy };
  const fake = new FakeHost();
  await activitiesOn(fake).prepare(before);
  await activitiesOn(fake).switch(before);
  await activitiesOn(fake).prepare(deployment);
  let from = fake.calls.length;
  const changes = () => {
    const since = fake.calls.slice(from).filter((call) => /^(stop|start|startOnce) /.test(call));
    from = fake.calls.length;
    return since;
  };
  return { fake, deployment, changes };
}

describe('a stateful component', () => {
  it('stops before its new version starts whatever the strategy, and its gap is told', async () => {
    for (const strategy of [{ kind: 'rolling', batch: 1 }, { kind: 'blue-green' }] as const) {
      const { fake, deployment, changes } = await stateful({}, strategy);
      if (strategy.kind === 'blue-green') await activitiesOn(fake).start(deployment);
      expect(changes()).toEqual([]);
      const report = await activitiesOn(fake).switch(deployment);
      expect(changes()).toEqual([`stop ${OLD}`, `start ${NEW}`, `stop ${OLD}`]);
      expect(report.gaps).toEqual({ db: expect.any(Number) });
    }
  });

  it('is saved before it stops, and brought back on the way back when the version before serves', async () => {
    const { fake, deployment, changes } = await stateful({ backup: BACKUP });
    await activitiesOn(fake).switch(deployment);
    expect(changes().slice(0, 3)).toEqual([`startOnce ${SAVE}`, `stop ${OLD}`, `start ${NEW}`]);
    const report = await activitiesOn(fake).restore(deployment);
    expect(changes().slice(0, 3)).toEqual([`stop ${NEW}`, `start ${OLD}`, `startOnce ${LOAD}`]);
    expect(report.outcome).toBe('restored');
    expect([...fake.containers.keys()].sort()).toEqual([LOAD, OLD].sort());
    await activitiesOn(fake).retire(3, null);
    expect([...fake.containers.keys()]).toEqual([OLD]);
  });

  it('is saved and brought back while nothing runs, where it asks for that', async () => {
    const { fake, deployment, changes } = await stateful({ backup: { ...BACKUP, isStopped: true } });
    await activitiesOn(fake).switch(deployment);
    expect(changes().slice(0, 3)).toEqual([`stop ${OLD}`, `startOnce ${SAVE}`, `start ${NEW}`]);
    await activitiesOn(fake).restore(deployment);
    expect(changes().slice(0, 3)).toEqual([`stop ${NEW}`, `startOnce ${LOAD}`, `start ${OLD}`]);
  });

  it('is not touched when it could not be saved', async () => {
    const { fake, deployment, changes } = await stateful({ backup: BACKUP });
    const { image } = component('db', '2');
    fake.behaviours.set(image.digest, 'exits');
    await expect(activitiesOn(fake).switch(deployment)).rejects.toMatchObject({
      name: 'HostFailed',
      message: expect.stringContaining('exit code 3'),
    });
    expect(changes()).toEqual([`startOnce ${SAVE}`]);
    await activitiesOn(fake).restore(deployment);
    expect(fake.runs).toEqual([SAVE]);
    expect(fake.runningNames('db')).toEqual([OLD]);
  });

  it('that serves again without its data counts as not restored', async () => {
    const { fake, deployment } = await stateful({ backup: BACKUP });
    await activitiesOn(fake).switch(deployment);
    fake.behaviours.set(component('db', '2').image.digest, 'exits');
    const report = await activitiesOn(fake).restore(deployment);
    expect(report).toMatchObject({
      outcome: 'unrestored',
      detail: expect.stringContaining('undoing db-backup of release 2 ended with exit code 3'),
    });
    expect(fake.runningNames('db')).toEqual([OLD]);
  });

  it('never runs twice and is saved once, whichever call its worker was killed at', async () => {
    for (let k = 1, isOver = false; !isOver; k += 1) {
      const { fake, deployment } = await stateful({ backup: BACKUP });
      const both: string[] = [];
      fake.afterCall = () => {
        if (fake.runningNames('db').length > 1) both.push(fake.calls.at(-1) ?? '');
      };
      fake.killAt = fake.calls.length + k;
      isOver = await activitiesOn(fake)
        .switch(deployment)
        .then(
          () => true,
          () => false,
        );
      fake.killAt = Number.POSITIVE_INFINITY;
      await activitiesOn(fake, 2).switch(deployment);
      expect({ k, both, runs: fake.runs, running: fake.runningNames('db') }).toEqual({ k, both: [], runs: [SAVE], running: [NEW] });
    }
  });
});

describe.each([false, true])('a restoration with a backup, while everything is stopped: %s', (isStopped) => {
  it.each(['good', 'exits'] as const)(
    'brings it back once and says how that ended (%s), whichever call its worker was killed at',
    async (load) => {
      for (let k = 1, isOver = false; !isOver; k += 1) {
        const { fake, deployment } = await stateful({ backup: { ...BACKUP, isStopped } });
        await activitiesOn(fake).switch(deployment);
        fake.behaviours.set(component('db', '2').image.digest, load);
        fake.killAt = fake.calls.length + k;
        await activitiesOn(fake)
          .restore(deployment)
          .catch(() => undefined);
        // A dossier that cannot be kept fails nothing.
        isOver = fake.calls.length < fake.killAt;
        fake.killAt = Number.POSITIVE_INFINITY;
        const { outcome } = await activitiesOn(fake, 2).restore(deployment);
        const seen = { k, outcome, runs: fake.runs, running: fake.runningNames('db') };
        expect(seen).toEqual({ k, outcome: load === 'good' ? 'restored' : 'unrestored', runs: [SAVE, LOAD], running: [OLD] });
      }
    },
  );
});

describe('a component that is stateful in one of two releases alone', () => {
  const plain = (version: string) => component('db', version);
  const single = (version: string): DeployableComponent => ({ ...plain(version), isStateful: true });

  it.each([
    ['the new one', plain('1'), single('2')],
    ['the one before', single('1'), plain('2')],
  ])('never runs twice, there or back: %s', async (_, one, two) => {
    const fake = new FakeHost();
    const before = deploymentOf(releaseOf(1, [one]), null);
    const deployment = deploymentOf(releaseOf(2, [two]), before);
    await activitiesOn(fake).prepare(before);
    await activitiesOn(fake).switch(before);
    const both: string[] = [];
    fake.afterCall = () => {
      if (fake.runningNames('db').length > 1) both.push(fake.calls.at(-1) ?? '');
    };
    const { effects } = await activitiesOn(fake).plan(deployment.release);
    expect(effects[0]?.steps).toEqual(['stops before its new version starts: nobody is answered meanwhile']);
    await activitiesOn(fake).prepare(deployment);
    const report = await activitiesOn(fake).switch(deployment);
    expect(report.gaps).toEqual({ db: expect.any(Number) });
    await activitiesOn(fake).restore(deployment);
    expect({ both, running: fake.runningNames('db') }).toEqual({ both: [], running: [OLD] });
  });
});

describe('hooks', () => {
  const hook = (word: string) => ({ command: [word], environment: {}, timeoutMs: 5_000 });
  const hooks: Hooks = { 'before-switch': hook('b'), 'after-switch': hook('a'), 'on-rollback': hook('r') };
  const of = (moment: string) => `tidegate-shop.production.db-${moment}.r2.g2.job`;

  it('run around the switch of their component, and on the way back when the version before serves', async () => {
    const { fake, deployment, changes } = await stateful({ hooks });
    await activitiesOn(fake).switch(deployment);
    const there = changes();
    expect([there[0], there.at(-1)]).toEqual([`startOnce ${of('before-switch')}`, `startOnce ${of('after-switch')}`]);
    await activitiesOn(fake).restore(deployment);
    const back = changes();
    expect(back.indexOf(`startOnce ${of('on-rollback')}`)).toBeGreaterThan(back.indexOf(`start ${OLD}`));
  });

  it('run once on the way back, whichever call its worker was killed at and however often it is tried again', async () => {
    for (let k = 1, isOver = false; !isOver; k += 1) {
      const { fake, deployment } = await stateful({ hooks });
      await activitiesOn(fake).switch(deployment);
      fake.killAt = fake.calls.length + k;
      await activitiesOn(fake)
        .restore(deployment)
        .catch(() => undefined);
      isOver = fake.calls.length < fake.killAt;
      fake.killAt = Number.POSITIVE_INFINITY;
      expect(await activitiesOn(fake, 2).restore(deployment)).toMatchObject({ outcome: 'restored' });
      await activitiesOn(fake, 3).restore(deployment);
      const runs = fake.runs.filter((name) => name === of('on-rollback'));
      expect({ k, runs, running: fake.runningNames('db') }).toEqual({ k, runs: [of('on-rollback')], running: [OLD] });
      await activitiesOn(fake).retire(3, null);
      expect([...fake.containers.keys()]).toEqual([OLD]);
    }
  });

  it('that fail send the deployment back, but never hold up its way', async () => {
    const { fake, deployment } = await stateful({ hooks });
    fake.behaviours.set(component('db', '2').image.digest, 'exits');
    await expect(activitiesOn(fake).switch(deployment)).rejects.toMatchObject({ name: 'HostFailed' });
    const report = await activitiesOn(fake, 2).restore(deployment);
    expect(report).toMatchObject({
      outcome: 'restored',
      detail: expect.stringContaining('db-on-rollback of release 2 ended with exit code 3'),
    });
  });
});
