import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sha256 } from '../../config/hash.ts';
import { settingsInWords } from '../../domain/container-words.ts';
import type { DeployableRelease } from '../../domain/deployment.ts';
import { hostPlans, type ObservedContainer, planHost, sealPlan } from '../../domain/plan.ts';
import { batches } from '../../domain/strategy.ts';
import { deployable, digestNumber, RUN } from './arbitraries.ts';

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

const planned = (serving: readonly ObservedContainer[], wanted: DeployableRelease) => planHost('p1', serving, wanted, sha256).components;
const web = (digest: number, replicas = 1) => deployable('web', digestNumber(digest), replicas);

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

describe('the plan of a host', () => {
  it('creates what is not there', () => {
    expect(planHost('p1', [], release(web(1)), sha256)).toEqual({
      host: 'p1',
      components: [{ component: 'web', action: 'create', to: { release: 2, digest: digestNumber(1) }, changes: [] }],
    });
  });

  it('says that there is a gap where only the version before was a single writer, and not for what stays', () => {
    const before = container('web', { isStateful: true });
    const gap = ['stops before its new version starts: nobody is answered meanwhile'];
    expect(planned([before], release(web(2)))).toMatchObject([{ action: 'replace', steps: gap }]);
    expect(planned([before], release(web(1)))[0]).not.toHaveProperty('steps');
    expect(planned([container('web')], release(web(2)))[0]).not.toHaveProperty('steps');
    expect(planned([container('worker', { isStateful: true })], release(web(2)))[0]).not.toHaveProperty('steps');
  });

  it('replaces what has other values in its secret files, and names the secrets alone', () => {
    const running = container('web', { secrets: { key: 'k1', password: 'v1' } });
    const plan = (versions: Record<string, string>) => planHost('p1', [running], release(web(1)), sha256, { web: versions }).components[0];
    expect(plan({ key: 'k1', password: 'v1' })).toMatchObject({ action: 'keep', changes: [] });
    expect(plan({ key: 'k1', password: 'v2' })).toMatchObject({ action: 'replace', changes: [{ what: 'secret password' }] });
    expect(plan({ password: 'v1' })).toMatchObject({ action: 'replace', changes: [{ what: 'secret key' }] });
  });

  it('has another hash when a secret gets another value once more, although it reads the same', () => {
    const sealed = (version: string) =>
      sealPlan(
        [planHost('p1', [container('web', { secrets: { key: 'k1' } })], release(web(1)), sha256, { web: { key: version } })],
        { kind: 'rolling', batch: 1 },
        sha256,
      );
    expect(sealed('k3').effects[0]?.changes).toEqual(sealed('k2').effects[0]?.changes);
    expect(sealed('k3').hash).not.toBe(sealed('k2').hash);
  });

  it('names a secret once, where its reference changed too or several replicas have it', () => {
    const wanted = { ...web(1, 2), specHash: 'new' };
    const settings = settingsInWords(RUN, sha256);
    const running = [1, 2].map((replica) => container('web', { replica, secrets: { key: 'k1' }, settings }));
    const plan = planHost('p1', running, release(wanted), sha256, { web: { key: 'k2' } }).components[0];
    expect(plan?.changes.filter(({ what }) => what === 'secret key')).toHaveLength(1);
    expect(plan?.secrets).toEqual({ key: 'k2' });
    expect(planned([], release(web(1)))[0]).not.toHaveProperty('secrets');
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
    expect(planned([container('web', more)], release(web(1, replicas)))).toMatchObject([
      { action: 'replace', changes: [{ what: change }] },
    ]);
  });

  it('replaces all when one replica differs', () => {
    const serving = [container('web'), container('web', { replica: 2, digest: digestNumber(9) })];
    expect(planned(serving, release(web(1, 2)))).toMatchObject([{ action: 'replace', changes: [{ what: 'image' }] }]);
  });

  it('names every setting that differs, where the container says what it was made with', () => {
    const wanted = { ...web(1), run: { ...RUN, memoryBytes: 2 ** 29 }, specHash: 'new' };
    const settings = settingsInWords({ ...RUN, memoryBytes: 2 ** 28, environment: { TOKEN: '${env:T}' } }, sha256);
    expect(planned([container('web', { settings })], release(wanted))).toMatchObject([
      {
        action: 'replace',
        changes: [
          { what: 'environment TOKEN', from: 'set' },
          { what: 'memory', from: '256MiB', to: '512MiB' },
        ],
        back: 'ready',
      },
    ]);
  });

  it('says that settings differ where a container does not say which, or reads alike', () => {
    for (const settings of [undefined, settingsInWords(RUN, sha256)]) {
      const serving = container('web', { spec: 'another', ...(settings && { settings }) });
      expect(planned([serving], release({ ...web(1), run: RUN }))).toMatchObject([{ changes: [{ what: 'settings' }] }]);
    }
  });

  it('replaces all where one replica is down, or one image is gone', () => {
    const down = [container('web'), container('web', { replica: 2, running: false })];
    expect(planned(down, release(web(1, 2)))).toMatchObject([{ action: 'replace', changes: [{ what: 'not running' }], back: 'ready' }]);
    const gone = [container('web'), container('web', { replica: 2, imageGone: true })];
    expect(planned(gone, release(web(2, 2)))).toMatchObject([{ back: 'image-gone' }]);
  });

  it('says how many replicas there are and are wanted', () => {
    expect(planned([container('web')], release(web(1, 3)))[0]?.changes).toEqual([{ what: 'replicas', from: '1', to: '3' }]);
  });

  it('says where a way back would not find its image', () => {
    expect(planned([container('web', { imageGone: true })], release(web(2)))).toMatchObject([{ action: 'replace', back: 'image-gone' }]);
    expect(planned([container('web', { imageGone: true })], release())).toMatchObject([{ action: 'remove', back: 'image-gone' }]);
    expect(planned([container('web')], release(web(1)))).toEqual([expect.not.objectContaining({ back: expect.anything() })]);
  });

  it('removes what the release no longer has, after everything that it has', () => {
    const serving = [container('zoo'), container('cron', { release: 3, digest: digestNumber(3) }), container('web')];
    expect(planned(serving, release(web(2), deployable('worker', digestNumber(3))))).toMatchObject([
      { component: 'web', action: 'replace' },
      { component: 'worker', action: 'create' },
      { component: 'cron', action: 'remove', from: { release: 3, digest: digestNumber(3) } },
      { component: 'zoo', action: 'remove' },
    ]);
  });

  it('names what the newest generation runs as that which is left', () => {
    const serving = [container('web'), container('web', { generation: 3, release: 5, digest: digestNumber(5) })];
    expect(planned(serving, release(web(2)))).toMatchObject([{ from: { release: 5, digest: digestNumber(5) } }]);
  });

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

describe('a sealed plan', () => {
  const rolling = { kind: 'rolling', batch: 1 } as const;
  const one = planHost('p1', [container('web')], release(web(2)), sha256);
  const other = planHost('p2', [container('web')], release(web(2)), sha256);
  const empty = planHost('p3', [], release(web(2)), sha256);

  it('holds what is done alike on many hosts once, and tells each host’s part', () => {
    const plan = sealPlan([one, other, empty], rolling, sha256);
    expect(plan.effects.map(({ action }) => action)).toEqual(['replace', 'create']);
    expect(plan.hosts).toEqual([
      { host: 'p1', effects: [0] },
      { host: 'p2', effects: [0] },
      { host: 'p3', effects: [1] },
    ]);
    expect(hostPlans(plan)).toEqual([one, other, empty]);
    expect(plan.strategy).toBe('rolling, 1 host at a time');
  });

  it('has a hash over all of it: hosts, their order, what is done, and how many at a time', () => {
    const hash = (hosts: Parameters<typeof sealPlan>[0], batch = 1) => sealPlan(hosts, { kind: 'rolling', batch }, sha256).hash;
    expect(hash([one, other])).toBe(hash([{ ...one }, { ...other }]));
    const all = [hash([one, other]), hash([other, one]), hash([one]), hash([one, empty]), hash([one, other], 2)];
    expect(new Set(all).size).toBe(all.length);
  });

  it('holds its jobs and what takes it back, under its hash, and says nothing of them where there are none', () => {
    const job = { job: 'migrate', when: 'pre-deploy', host: 'p1', command: ['up'], digest: '', isDone: false, undo: 'down' } as const;
    const alarm = { kind: 'raised', name: 'pager', by: ['rita'] } as const;
    const plain = sealPlan([one], rolling, sha256);
    const jobs = sealPlan([one], rolling, sha256, { jobs: [job] });
    const watched = sealPlan([one], rolling, sha256, { alarms: [alarm] });
    expect(jobs.jobs).toEqual([job]);
    expect(watched.alarms).toEqual(['pager, raised by rita']);
    expect(new Set([plain.hash, jobs.hash, watched.hash]).size).toBe(3);
    expect(Object.keys(plain)).toEqual(['strategy', 'effects', 'hosts', 'hash']);
    expect(sealPlan([one], rolling, sha256, { jobs: [], alarms: [] })).toStrictEqual(plain);
  });

  it('grows by a few bytes for each further host that is like the others', () => {
    const hosts = Array.from({ length: 1_000 }, (_, index) => ({ ...one, host: `production-${index}` }));
    expect(JSON.stringify(sealPlan(hosts, rolling, sha256)).length).toBeLessThan(50_000);
  });

  it('is put together again from any host’s containers', () => {
    const plans = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), OBSERVED, WANTED), { maxLength: 4 });
    fc.assert(
      fc.property(plans, (list) => {
        const hosts = list.map(([host, serving, wanted]) => planHost(host, serving, wanted, sha256));
        expect(hostPlans(sealPlan(hosts, rolling, sha256))).toEqual(hosts);
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
