import { describe, expect, it } from '@jest/globals';
import { routeOf } from '../../../activities/hosts/host-work.ts';
import type { Deployment } from '../../../domain/deployment.ts';
import { isTogether } from '../../../domain/strategy.ts';
import { CANARY } from '../../domain/arbitraries.ts';
import { FakeHost } from '../../support/fake-host.ts';
import { activitiesOn, component, deploymentOf, PLACE, PUBLISH, releaseOf } from './deployments.ts';

const ROUTE = routeOf(PLACE, 'web', PUBLISH);
const web = (version: string, replicas = 1) => component('web', version, { publish: PUBLISH, replicas });
const worker = (version: string) => component('worker', version);

/** A story that leads to a deployment on a host: what was deployed before, in order, and the one that is to be killed. */
interface Story {
  readonly name: string;
  readonly before: readonly Deployment[];
  readonly deployment: Deployment;
  /** The deployment whose containers answer for web when this one succeeds; its own unless it keeps or takes back. */
  readonly answering?: string;
  /** Where the old version stops first: a gap is in its nature, and two versions at once are not. */
  readonly isStopFirst?: true;
}

/** The same story, told by another strategy. */
function by(strategy: Deployment['strategy'], story: Story): Story {
  const before = story.before.map((deployment) => ({ ...deployment, strategy }));
  const told = { ...story, name: `${story.name}, ${strategy.kind}`, before, deployment: { ...story.deployment, strategy } };
  return strategy.kind === 'recreate' ? { ...told, isStopFirst: true } : told;
}

const first = deploymentOf(releaseOf(1, [web('1', 2), worker('1')]), null);
const second = deploymentOf(releaseOf(2, [web('2', 2), worker('2')]), first);
const kept = deploymentOf(releaseOf(2, [web('1', 2), worker('2')]), first);
const without = deploymentOf(releaseOf(2, [web('2', 2), component('site', '2')]), first);
const back = deploymentOf(first.release, second, 'rollback');
const ROLLING: readonly Story[] = [
  { name: 'a new release', before: [first], deployment: second },
  { name: 'a release that keeps a component', before: [first], deployment: kept, answering: first.id },
  { name: 'a release that drops one component and adds another', before: [first], deployment: without },
  { name: 'a rollback to containers that are warm', before: [first, second], deployment: back, answering: first.id },
  { name: 'the first release', before: [], deployment: first },
];
const STORIES: readonly Story[] = [
  ...ROLLING,
  ...ROLLING.map((story) => by({ kind: 'recreate', batch: 1 }, story)),
  ...ROLLING.map((story) => by({ kind: 'blue-green' }, story)),
  ...ROLLING.map((story) => by({ kind: 'canary', ...CANARY }, story)),
];

/** All steps of a deployment on one host, as its strategy has them. */
async function deploy(fake: FakeHost, deployment: Deployment, attempt = 1): ReturnType<ReturnType<typeof activitiesOn>['switch']> {
  await activitiesOn(fake, attempt).prepare(deployment);
  const { strategy } = deployment;
  if (isTogether(strategy)) await activitiesOn(fake, attempt).start(deployment);
  for (const { weight } of strategy.kind === 'canary' ? strategy.steps : []) {
    await activitiesOn(fake, attempt).weigh(deployment, weight);
    await activitiesOn(fake, attempt).measure(deployment);
  }
  return activitiesOn(fake, attempt).switch(deployment);
}

/** A host on which everything of the story before the deployment was done. */
async function hostBefore(story: Story): Promise<FakeHost> {
  const fake = new FakeHost();
  for (const deployment of story.before) await deploy(fake, deployment);
  return fake;
}

/** Runs the deployment until it is killed after call `k`; false when it came to its end before. */
async function killedAfter(fake: FakeHost, story: Story, k: number): Promise<boolean> {
  fake.killAt = fake.calls.length + k;
  try {
    await deploy(fake, story.deployment);
    return false;
  } catch {
    return true;
  } finally {
    fake.killAt = Number.POSITIVE_INFINITY;
  }
}

/** Checks after every single call that users are answered by the old or the new version, and by nobody else; or that two never run at once. */
function watch(fake: FakeHost, story: Story): string[] {
  const gaps: string[] = [];
  if (story.isStopFirst) {
    fake.afterCall = () => {
      for (const component of ['web', 'worker', 'site']) {
        const generations = new Set(fake.runningNames(component).map((name) => name.split('.').at(-2)));
        if (generations.size > 1) gaps.push(`after ${fake.calls.at(-1)}: ${component} of ${[...generations].join(' and ')} at once`);
      }
    };
    return gaps;
  }
  if (story.before.length === 0) return gaps;
  const known = [...story.before, story.deployment].map(({ id }) => id);
  fake.afterCall = () => {
    const answers = fake.answersFor(ROUTE);
    if (answers.some((answer) => !known.includes(answer))) gaps.push(`after ${fake.calls.at(-1)}: ${answers.join()}`);
    const hadWorker = story.before.length > 0 && story.deployment.release.components.some(({ name }) => name === 'worker');
    if (hadWorker && fake.runningNames('worker').length === 0) gaps.push(`after ${fake.calls.at(-1)}: no worker`);
  };
  return gaps;
}

async function sweep(story: Story, check: (fake: FakeHost) => Promise<void>): Promise<number> {
  for (let k = 1; ; k += 1) {
    const fake = await hostBefore(story);
    const gaps = watch(fake, story);
    const wasKilled = await killedAfter(fake, story, k);
    await check(fake);
    expect({ k, gaps }).toEqual({ k, gaps: [] });
    if (!wasKilled) return k;
  }
}

async function expectBefore(fake: FakeHost, story: Story): Promise<void> {
  const previous = story.before.at(-1);
  const own = [...fake.containers.keys()].filter((name) => name.includes(`.g${story.deployment.generation}.`));
  expect(own).toEqual([]);
  expect(fake.answersFor(ROUTE)).toEqual([previous?.id ?? '503']);
  const expected = previous?.release.components.some(({ name }) => name === 'worker')
    ? [`tidegate-shop.production.worker.g${previous.generation}.1`]
    : [];
  expect(fake.runningNames('worker')).toEqual(expected);
}

describe.each(STORIES)('a process killed at any call of $name', (story) => {
  it('leaves a host that restoreHost returns to what ran before, with users answered at every moment', async () => {
    const calls = await sweep(story, async (fake) => {
      const report = await activitiesOn(fake).restore(story.deployment);
      expect(report.host).toBe('one');
      const wasStarted = fake.calls.some((call) => call.startsWith('start ') && call.includes(`.g${story.deployment.generation}.`));
      expect([...fake.dossiers.keys()]).toEqual(wasStarted ? [report.dossier] : []);
      await expectBefore(fake, story);
    });
    expect(calls).toBeGreaterThan(8);
  });

  it('leaves a host that a second attempt switches all the same', async () => {
    await sweep(story, async (fake) => {
      const report = await deploy(fake, story.deployment, 2);
      expect(report.outcome).toBe('switched');
      expect(fake.answersFor(ROUTE)).toEqual([story.answering ?? story.deployment.id]);
      const digests = story.deployment.release.components.map(({ name, image }) => [name, image.digest]);
      expect(report.digests).toEqual(Object.fromEntries(digests));
    });
  });

  it('is restored by a restoration that was itself killed at any call', async () => {
    for (let k = 1, isOver = false; !isOver; k += 1) {
      const fake = await hostBefore(story);
      await killedAfter(fake, story, 1_000);
      const gaps = watch(fake, story);
      fake.killAt = fake.calls.length + k;
      await activitiesOn(fake)
        .restore(story.deployment)
        .catch(() => undefined);
      // A dossier that cannot be kept fails nothing.
      isOver = fake.calls.length < fake.killAt;
      fake.killAt = Number.POSITIVE_INFINITY;
      const report = await activitiesOn(fake, 2).restore(story.deployment);
      expect([...fake.dossiers.keys()]).toEqual(report.dossier === undefined ? [] : [report.dossier]);
      await expectBefore(fake, story);
      expect({ k, gaps }).toEqual({ k, gaps: [] });
    }
  });
});
