import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { DeployableRelease } from '../../domain/deployment.ts';
import { type ObservedContainer, planHost } from '../../domain/plan.ts';
import { batches } from '../../domain/strategy.ts';
import { deployable, digestNumber } from './arbitraries.ts';

const release = (...components: DeployableRelease['components']): DeployableRelease => ({ application: 'shop', number: 2, components });

const container = (component: string, more: Partial<ObservedContainer> = {}): ObservedContainer => ({
  name: `${component}-${more.generation ?? 1}-${more.replica ?? 1}`,
  component,
  release: 1,
  deployment: 'deployment/shop/production/1',
  generation: 1,
  replica: 1,
  digest: digestNumber(1),
  spec: 'spec',
  running: true,
  ...more,
});

const planned = (serving: readonly ObservedContainer[], wanted: DeployableRelease) => planHost('p1', serving, wanted).components;
const web = (digest: number, replicas = 1) => deployable('web', digestNumber(digest), replicas);

describe('the plan of a host', () => {
  it('creates what is not there', () => {
    expect(planHost('p1', [], release(web(1)))).toEqual({
      host: 'p1',
      components: [{ component: 'web', action: 'create', to: { release: 2, digest: digestNumber(1) }, changes: [] }],
    });
  });

  it('keeps what is the same, whatever release it came with', () => {
    expect(planned([container('web')], release(web(1)))).toEqual([
      {
        component: 'web',
        action: 'keep',
        from: { release: 1, digest: digestNumber(1) },
        to: { release: 2, digest: digestNumber(1) },
        changes: [],
      },
    ]);
  });

  it.each([
    ['image', { digest: digestNumber(9) }, 1],
    ['settings', { spec: 'another' }, 1],
    ['not running', { running: false }, 1],
    ['replicas', {}, 2],
  ])('replaces what differs in its %s', (change, more, replicas) => {
    expect(planned([container('web', more)], release(web(1, replicas)))).toMatchObject([{ action: 'replace', changes: [change] }]);
  });

  it('replaces all when one replica differs', () => {
    const serving = [container('web'), container('web', { replica: 2, digest: digestNumber(9) })];
    expect(planned(serving, release(web(1, 2)))).toMatchObject([{ action: 'replace', changes: ['image'] }]);
  });

  it('removes what the release no longer has, after everything that it has', () => {
    const serving = [container('zoo'), container('cron'), container('web')];
    expect(planned(serving, release(web(2), deployable('worker', digestNumber(3))))).toMatchObject([
      { component: 'web', action: 'replace' },
      { component: 'worker', action: 'create' },
      { component: 'cron', action: 'remove', from: { release: 1, digest: digestNumber(1) } },
      { component: 'zoo', action: 'remove' },
    ]);
  });

  it('names what the newest generation runs as that which is left', () => {
    const serving = [container('web'), container('web', { generation: 3, release: 5, digest: digestNumber(5) })];
    expect(planned(serving, release(web(2)))).toMatchObject([{ from: { release: 5, digest: digestNumber(5) } }]);
  });

  const OBSERVED = fc.uniqueArray(
    fc
      .record({
        component: fc.constantFrom('web', 'worker', 'cron', 'zoo'),
        generation: fc.integer({ min: 1, max: 3 }),
        replica: fc.integer({ min: 1, max: 2 }),
        release: fc.integer({ min: 1, max: 3 }),
        digest: fc.integer({ min: 1, max: 3 }).map(digestNumber),
        spec: fc.constantFrom('spec', 'other'),
        running: fc.boolean(),
      })
      .map(({ component, ...more }) => container(component, more)),
    { selector: ({ name }) => name, maxLength: 8 },
  );
  const WANTED = fc.subarray([web(1), deployable('worker', digestNumber(2), 2)]).map((components) => release(...components));

  it('is the same whatever the order in which an engine lists containers', () => {
    const shuffled = OBSERVED.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })));
    fc.assert(fc.property(shuffled, WANTED, ([list, other], wanted) => expect(planned(other, wanted)).toEqual(planned(list, wanted))));
  });

  it('tells of every component that is wanted or seen, once', () => {
    fc.assert(
      fc.property(OBSERVED, WANTED, (serving, wanted) => {
        const names = planned(serving, wanted).map(({ component }) => component);
        const expected = new Set([...wanted.components.map(({ name }) => name), ...serving.map(({ component }) => component)]);
        expect(names.length).toBe(expected.size);
        expect(new Set(names)).toEqual(expected);
      }),
    );
  });

  it('changes nothing exactly where what runs is what is wanted', () => {
    fc.assert(
      fc.property(OBSERVED, WANTED, (serving, wanted) => {
        for (const { component, action, changes } of planned(serving, wanted)) {
          const present = serving.filter((one) => one.component === component);
          const goal = wanted.components.find(({ name }) => name === component);
          const alike = present.filter((one) => one.running && one.digest === goal?.image.digest && one.spec === goal.specHash);
          const settled = goal !== undefined && present.length === goal.run.replicas && alike.length === present.length;
          expect(action === 'keep').toBe(settled);
          expect(action === 'replace').toBe(changes.length > 0);
        }
      }),
    );
  });
});

describe('the batches of a strategy', () => {
  it('hold every host once and in order, and no more than were asked for', () => {
    fc.assert(
      fc.property(fc.array(fc.nat()), fc.oneof(fc.integer(), fc.double()), (hosts, size) => {
        const split = batches(hosts, size);
        expect(split.flat()).toEqual(hosts);
        for (const batch of split) {
          expect(batch.length).toBeGreaterThan(0);
          expect(batch.length).toBeLessThanOrEqual(Number.isNaN(size) ? 1 : Math.max(1, size));
        }
      }),
    );
  });

  it('are as few as can be', () => {
    expect(batches(['a', 'b', 'c', 'd', 'e'], 2)).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    expect(batches(['a', 'b'], 0)).toEqual([['a'], ['b']]);
    expect(batches(['a', 'b'], Number.NaN)).toEqual([['a'], ['b']]);
    expect(batches(['a', 'b'], Number.POSITIVE_INFINITY)).toEqual([['a', 'b']]);
    expect(batches([], 3)).toEqual([]);
  });
});
