import { beforeEach, describe, expect, it } from '@jest/globals';
import type { DeployableComponent, Deployment } from '../../../domain/deployment.ts';
import type { Drain } from '../../../domain/drain.ts';
import { FakeHost } from '../../support/fake-host.ts';
import { activitiesOn, component, deploymentOf, PUBLISH, releaseOf } from './deployments.ts';

const EXIT: Drain = { signal: 'SIGUSR1', until: 'exit', timeoutMs: 60_000 };
const FILE: Drain = { signal: 'SIGUSR2', until: { file: '/run/drained' }, timeoutMs: 60_000 };
const [OLD, NEW] = ['tidegate-shop.production.worker.g1.1', 'tidegate-shop.production.worker.g2.1'];

const worker = (version: string, drain?: Drain): DeployableComponent => {
  const plain = component('worker', version);
  return { ...plain, run: { ...plain.run, ...(drain && { drain }) } };
};
const deployments = (before: Drain | undefined, after: Drain | undefined, more: Partial<Deployment> = {}) => {
  const first = deploymentOf(releaseOf(1, [worker('1', before)]), null);
  return { first, second: { ...deploymentOf(releaseOf(2, [worker('2', after)]), first), ...more } };
};

let fake: FakeHost;
let from = 0;
beforeEach(() => {
  fake = new FakeHost();
});

/** The process ends by itself as soon as it hears of a signal. */
function endsItself(exitCode = 0): void {
  fake.heeds = ({ name }) => {
    const container = fake.containers.get(name);
    if (container !== undefined) Object.assign(container, { status: 'exited', exitCode });
  };
}

async function prepared({ first, second }: ReturnType<typeof deployments>): Promise<Deployment> {
  await activitiesOn(fake).prepare(first);
  await activitiesOn(fake).switch(first);
  await activitiesOn(fake).prepare(second);
  from = fake.calls.length;
  return second;
}

const steps = () => fake.calls.slice(from).filter((call) => /^(signal|start|stop) /.test(call));

describe('a component that is drained by a signal', () => {
  it('ends by itself once its new version is there and well, and only then counts as stopped', async () => {
    const second = await prepared(deployments(EXIT, EXIT));
    endsItself();
    const report = await activitiesOn(fake).switch(second);
    expect(steps()).toEqual([`start ${NEW}`, `signal ${OLD} SIGUSR1`, `stop ${OLD}`]);
    expect(report).toMatchObject({ outcome: 'switched', detail: 'worker replaced' });
    expect(fake.started).toEqual(new Set([NEW]));
  });

  it('may instead say by a file that it has ended its work, and one of an earlier run of its container says nothing', async () => {
    const second = await prepared(deployments(FILE, FILE));
    fake.files.set(`${OLD}/run/drained`, 999_999);
    let looks = 0;
    fake.afterCall = () => {
      if (!fake.calls.at(-1)?.startsWith('fileTime')) return;
      looks += 1;
      if (looks === 3) fake.files.set(`${OLD}/run/drained`, 1_000_000);
    };
    const report = await activitiesOn(fake).switch(second);
    expect(steps()).toEqual([`start ${NEW}`, `signal ${OLD} SIGUSR2`, `stop ${OLD}`]);
    expect(looks).toBe(4);
    expect(report.detail).toBe('worker replaced');
  });

  it('is stopped when its time is over, and its host says so', async () => {
    const second = await prepared(deployments(EXIT, EXIT));
    const report = await activitiesOn(fake).switch(second);
    expect(steps().at(-1)).toBe(`stop ${OLD}`);
    expect(report).toMatchObject({ outcome: 'switched', detail: `worker replaced. ${OLD} did not end within 1m, and was stopped` });
  });

  it('tells of a bad end', async () => {
    const second = await prepared(deployments(EXIT, EXIT));
    endsItself(137);
    expect((await activitiesOn(fake).switch(second)).detail).toBe(`worker replaced. ${OLD} ended with exit code 137 as it drained`);
  });

  it("goes by its own version's words: a signal that it does not know could kill it", async () => {
    const second = await prepared(deployments(undefined, EXIT));
    await activitiesOn(fake).switch(second);
    expect(steps()).toEqual([`start ${NEW}`, `stop ${OLD}`]);
  });

  it('is drained as well where its new version must not start before it, and where the release has it no more', async () => {
    const recreate = await prepared(deployments(EXIT, undefined, { strategy: { kind: 'recreate', batch: 1 } }));
    endsItself();
    await activitiesOn(fake).switch(recreate);
    expect(steps().slice(0, 3)).toEqual([`signal ${OLD} SIGUSR1`, `stop ${OLD}`, `start ${NEW}`]);
    fake = new FakeHost();
    const { first } = deployments(EXIT, undefined);
    const gone = await prepared({ first, second: deploymentOf(releaseOf(2, [component('other', '1')]), first) });
    await activitiesOn(fake).switch(gone);
    expect(steps()).toContain(`signal ${OLD} SIGUSR1`);
  });

  it('is drained on the way back when the version before works again', async () => {
    const second = await prepared(deployments(undefined, EXIT));
    await activitiesOn(fake).switch(second);
    from = fake.calls.length;
    endsItself();
    await activitiesOn(fake).restore(second);
    expect(steps()).toEqual([`start ${OLD}`, `signal ${NEW} SIGUSR1`, `stop ${NEW}`]);
    expect(fake.runningNames('worker')).toEqual([OLD]);
  });

  it('keeps nobody waiting on the way back: what has users and runs still serves them before it is told to end', async () => {
    const store = (version: string): DeployableComponent => ({ ...worker(version, EXIT), isStateful: true });
    const web = (version: string) => component('web', version, { publish: PUBLISH });
    const first = deploymentOf(releaseOf(1, [web('1'), store('1')]), null);
    const second = await prepared({ first, second: deploymentOf(releaseOf(2, [web('2'), store('2')]), first) });
    endsItself();
    await activitiesOn(fake).switch(second);
    from = fake.calls.length;
    await activitiesOn(fake).restore(second);
    const order = fake.calls.slice(from).filter((call) => /^(shift web|signal)/.test(call));
    expect(order.slice(0, 2).map((call) => call.split(' ')[0])).toEqual(['shift', 'signal']);
    expect(order[0]).toContain('web.g1.1');
  });

  it('is started anew on the way back when it was told to end and runs still: it would take no more work', async () => {
    for (const strategy of [
      { kind: 'rolling', batch: 1 },
      { kind: 'recreate', batch: 1 },
    ] as const) {
      fake = new FakeHost();
      const second = await prepared(deployments(EXIT, undefined, { strategy }));
      fake.heeds = () => {
        fake.killAt = fake.calls.length + 1;
      };
      await expect(activitiesOn(fake).switch(second)).rejects.toThrow(`signal ${OLD}`);
      from = fake.calls.length;
      expect(fake.runningNames('worker')).toContain(OLD);
      const report = await activitiesOn(fake).restore(second);
      expect(report.outcome).toBe('restored');
      expect(steps().filter((step) => step.endsWith(OLD))).toEqual([`stop ${OLD}`, `start ${OLD}`]);
      expect(fake.runningNames('worker')).toEqual([OLD]);
      expect(fake.started).toContain(OLD);
    }
  });

  it('is drained to its end by the next worker, whichever call the one before was killed at', async () => {
    for (let k = 1, isOver = false; !isOver; k += 1) {
      fake = new FakeHost();
      const second = await prepared(deployments(EXIT, EXIT));
      endsItself();
      fake.killAt = fake.calls.length + k;
      isOver = await activitiesOn(fake)
        .switch(second)
        .then(
          () => true,
          () => false,
        );
      fake.killAt = Number.POSITIVE_INFINITY;
      await activitiesOn(fake, 2).switch(second);
      expect({ k, running: fake.runningNames('worker'), stays: [...fake.started] }).toEqual({ k, running: [NEW], stays: [NEW] });
    }
  });
});
