import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { EnvironmentPolicy } from '../../domain/environment-policy.ts';
import type { Stage } from '../../domain/pipeline.ts';
import { until } from '../support/temporal.ts';
import { barrier, type Shop, stageOf, WorkflowLab } from '../support/workflow-lab.ts';
import { digestOf, PRODUCTION_ALONE, STAGES, terminal } from '../support/world/example.ts';

let lab: WorkflowLab;
let shop: Shop;

beforeAll(async () => {
  lab = await WorkflowLab.start('dev');
});
afterAll(() => lab.stop());
beforeEach(() => open(PRODUCTION_ALONE));

function open(stages: readonly Stage[]): void {
  shop = lab.application(stages);
  changeProduction({
    images: { repository: 'registry.test/{environment}/{application}/{component}', tags: ['{environment}', 'r-{release}'] },
  });
}

function changeProduction(change: Partial<EnvironmentPolicy>): void {
  const { production } = shop.world.policies;
  if (production === undefined) throw new TypeError('There is production');
  shop.world.policies = { ...shop.world.policies, production: { ...production, ...change } };
}

const repository = () => `registry.test/production/${shop.name}/web`;
const tag = (name: string) => shop.world.tags[`${repository()}:${name}`];
const tagged = (name: string, release: number): Promise<unknown> =>
  until(
    async () => tag(name),
    (digest) => digest === digestOf(`web-${release}`),
  );

describe('an environment whose hosts pull from repositories of its own', () => {
  it('gets the images before it plans, runs them from there at the same digests, and is tagged when it serves', async () => {
    open(STAGES);
    const status = await shop.promoted(1);
    expect(status.state).toBe('promoted');
    const { asked } = shop.world;
    const at = (line: string) => asked.findIndex((other) => other.startsWith(line));
    expect(at('promoteImages production release 1')).toBeGreaterThan(at('switchHost staging-1'));
    expect(at('promoteImages production release 1')).toBeLessThan(at('prepareHost production-1'));
    expect(asked.filter((line) => line.startsWith('promoteImages'))).toEqual(['promoteImages production release 1']);
    const { current } = await shop.environment();
    expect(current?.release.components).toMatchObject([{ image: { repository: repository(), digest: digestOf('web-1') } }]);
    await tagged('production', 1);
    expect(tag('r-1')).toBe(digestOf('web-1'));
    expect(at(`tagImages ${repository()}`)).toBeGreaterThan(at('switchHost production-2'));
  });

  it('is tagged with what it runs where hosts were left out too', async () => {
    const stages = shop.world.pipeline.stages.map((stage) =>
      stage.kind === 'deploy' ? { ...stage, strategy: { kind: 'rolling', batch: 1, stopAfterFailures: 2 } as const } : stage,
    );
    shop.world.pipeline = { ...shop.world.pipeline, stages };
    shop.world.failing.set('switchHost production-2 release 1', terminal('web answered 503 on production-2'));
    expect((await shop.promoted(1)).state).toBe('incomplete');
    await tagged('production', 1);
  });

  it('leaves the release what it is: its images are those that were built', async () => {
    const status = await shop.promoted(1);
    const built = { web: { repository: 'registry.test/shop/web', digest: digestOf('web-1') } };
    expect(status.images).toEqual(built);
    expect(stageOf(status, 'production')).toMatchObject({ kind: 'passed', images: built });
    expect(shop.world.passes.get(`${shop.name}/1`)?.at(-1)).toMatchObject({
      images: { web: `registry.test/shop/web@${digestOf('web-1')}` },
    });
  });

  it('shows that images are on their way, and asks nobody before they are there', async () => {
    const slow = barrier();
    shop.world.held.set('promoteImages production release 1', slow.closed);
    await shop.start(1);
    const shown = await shop.reached(1, 'production', 'running');
    expect(stageOf(shown, 'production')).toMatchObject({ kind: 'running' });
    await until(
      () => shop.status(1),
      (status) => JSON.stringify(stageOf(status, 'production')).includes('Promoting images to production'),
    );
    slow.open();
    await shop.reached(1, 'production', 'waiting');
    expect(Object.keys(shop.world.tags)).toEqual([]);
    await shop.cancel(1);
    await shop.ended(1);
  });

  it('keeps what it runs when images cannot be promoted, and says why', async () => {
    open(STAGES);
    const why = 'registry.test/shop/web lacks a layer';
    shop.world.failing.set('promoteImages production release 1', terminal(why, 'BlobMissing'));
    await shop.start(1);
    expect(stageOf(await shop.ended(1), 'production')).toMatchObject({ kind: 'failed', reason: why });
    expect(Object.keys(shop.world.serving)).toEqual(['staging-1']);
    expect(shop.world.tags).toEqual({});
  });

  it('stays deployed when a tag cannot be set, and warns', async () => {
    shop.world.failing.set(
      `tagImages ${repository()}@${digestOf('web-1')} production,r-1`,
      terminal('no right to push', 'RegistryRefused'),
    );
    expect((await shop.promoted(1)).state).toBe('promoted');
    const { last, current } = await until(
      () => shop.environment(),
      (environment) => environment.last?.warning !== undefined,
    );
    expect(last).toMatchObject({ outcome: { kind: 'succeeded' }, warning: 'Tags were not set: no right to push' });
    expect(current?.release.number).toBe(1);
    expect((await shop.promoted(2)).state).toBe('promoted');
    await tagged('production', 2);
    expect((await shop.environment()).last).not.toHaveProperty('warning');
  });

  it('is tagged with nothing when a deployment goes back', async () => {
    await shop.promoted(1);
    await tagged('production', 1);
    shop.world.failing.set('switchHost production-2 release 2', terminal('web answered 503'));
    expect((await shop.promoted(2)).state).toBe('rolled-back');
    expect(tag('production')).toBe(digestOf('web-1'));
    expect(tag('r-2')).toBeUndefined();
  });

  it('returns to what the earlier release had there, and its tags follow', async () => {
    await shop.promoted(1);
    changeProduction({ images: { repository: 'registry.test/{environment}/{application}/{component}', tags: ['{environment}'] } });
    await shop.promoted(2);
    await tagged('production', 2);
    await shop.rollback(1);
    await tagged('production', 1);
    const { current } = await shop.environment();
    expect(current?.release).toMatchObject({ number: 1, components: [{ image: { repository: repository() } }] });
    expect(shop.world.asked.filter((line) => line.startsWith('promoteImages'))).toHaveLength(2);
  });

  it('tags nothing of an earlier release that pulled from elsewhere', async () => {
    const { production } = shop.world.policies;
    const { images, ...before } = production ?? {};
    shop.world.policies = { ...shop.world.policies, production: before as EnvironmentPolicy };
    await shop.promoted(1);
    changeProduction(images === undefined ? {} : { images });
    await shop.promoted(2);
    await tagged('production', 2);
    await shop.rollback(1);
    await until(
      () => shop.environment(),
      ({ current, running }) => current?.release.number === 1 && running === null,
    );
    expect(shop.world.asked.filter((line) => line.startsWith('tagImages'))).toHaveLength(1);
    expect(Object.keys(shop.world.tags).every((name) => name.startsWith(`${repository()}:`))).toBe(true);
  });

  it('asks again when its images are to come from elsewhere than was approved', async () => {
    const slow = barrier();
    shop.world.held.set('switchHost production-1', slow.closed);
    await shop.approved(1);
    await shop.reached(1, 'production', 'running');
    await shop.approved(2);
    await shop.reached(2, 'production', 'queued');
    changeProduction({ images: { repository: 'registry.test/moved/{application}/{component}', tags: [] }, policyRevision: 'policy-2' });
    slow.open();
    await shop.ended(1);
    await shop.reached(2, 'production', 'waiting');
    await shop.vote(2, 'approve');
    expect((await shop.ended(2)).state).toBe('promoted');
    const { current } = await shop.environment();
    expect(current?.release.components[0]?.image.repository).toBe(`registry.test/moved/${shop.name}/web`);
  });
});
