import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { DeployableComponent } from '../../domain/deployment.ts';
import { type Digest, parseDigest } from '../../domain/digest.ts';
import { containerName } from '../../domain/labels.ts';
import type { ObservedContainer } from '../../domain/plan.ts';
import {
  chooseForRestore,
  chooseForRetirement,
  chooseForSwitch,
  holdsIdentity,
  overtakenBy,
  servingContainers,
} from '../../domain/switch.ts';

const PLACE = { application: 'shop', environment: 'production' };
const DIGESTS = ['a', 'b'].map((letter) => parseDigest(`sha256:${letter.repeat(64)}`)) as [Digest, Digest];
const PUBLISH = { port: 80, host: 'shop.example', path: '/', identityPath: '/' };

const digest = fc.constantFrom(...DIGESTS);
const component = fc
  .record({ digest, replicas: fc.integer({ min: 1, max: 3 }), isPublished: fc.boolean() })
  .map(({ digest: wanted, replicas, isPublished }): DeployableComponent => {
    const health = { kind: 'running', stableMs: 0, deadlineMs: 1 } as const;
    const run = { environment: {}, volumes: [], health, stopGraceMs: 1, drainMs: 1, replicas, ...(isPublished && { publish: PUBLISH }) };
    return { name: 'web', image: { repository: 'registry.test/shop/web', digest: wanted }, run, specHash: 'spec' };
  });

/** The containers of some generations, each of one digest and release, as deployments leave them; any of them may be gone or stopped. */
const observed = fc
  .uniqueArray(
    fc.record({
      generation: fc.integer({ min: 1, max: 6 }),
      release: fc.integer({ min: 1, max: 3 }),
      digest,
      replicas: fc.array(fc.record({ there: fc.boolean(), running: fc.boolean() }), { minLength: 1, maxLength: 3 }),
    }),
    { selector: ({ generation }) => generation, maxLength: 5 },
  )
  .map((generations) =>
    generations.flatMap((group) => group.replicas.flatMap((state, index) => (state.there ? [one(group, index + 1, state.running)] : []))),
  );

function one(group: { generation: number; release: number; digest: Digest }, replica: number, running: boolean): ObservedContainer {
  const { generation, release } = group;
  const name = containerName({ ...PLACE, component: 'web', generation, replica });
  return {
    name,
    component: 'web',
    release,
    deployment: `deployment/${generation}`,
    generation,
    replica,
    digest: group.digest,
    spec: 'spec',
    running,
  };
}

const CAUSE = { deployment: 'deployment/7', generation: 7 };

describe('chooseForSwitch', () => {
  const choose = (wanted: DeployableComponent, seen: readonly ObservedContainer[], release = 2) =>
    chooseForSwitch(PLACE, wanted, release, CAUSE, seen, servingContainers('web', seen, []));

  it('always chooses as many different containers as there are replicas', () => {
    fc.assert(
      fc.property(component, observed, (wanted, seen) => {
        const names = choose(wanted, seen).runners.map(({ name }) => name);
        expect(new Set(names).size).toBe(wanted.run.replicas);
      }),
    );
  });

  it('chooses of what is there only what has the image and settings asked for', () => {
    fc.assert(
      fc.property(component, observed, (wanted, seen) => {
        const { kind, runners } = choose(wanted, seen);
        const taken = seen.filter(({ name }) => runners.some((runner) => runner.name === name));
        if (kind === 'create') expect(taken).toEqual([]);
        else expect(taken.every((container) => container.digest === wanted.image.digest)).toBe(true);
      }),
    );
  });

  it('makes the same choice again once it has begun to make containers, and once requests have moved to them', () => {
    fc.assert(
      fc.property(component, observed, fc.integer({ min: 1, max: 3 }), fc.boolean(), (wanted, seen, made, hasShifted) => {
        const before = choose(wanted, seen);
        const group = { generation: 7, release: 2, digest: wanted.image.digest };
        const own = before.kind === 'create' ? before.runners.slice(0, made).map(({ replica }) => one(group, replica, hasShifted)) : [];
        const all = [...seen, ...own];
        const routed = hasShifted ? before.runners.map(({ name }) => name) : [];
        const after = chooseForSwitch(PLACE, wanted, 2, CAUSE, all, servingContainers('web', all, routed));
        expect(after.runners.map(({ name }) => name)).toEqual(before.runners.map(({ name }) => name));
      }),
    );
  });

  it('keeps and takes back only what has the values that its secrets have now', () => {
    const versions = fc.constantFrom(undefined, { key: '1' }, { key: '2' });
    fc.assert(
      fc.property(component, observed, versions, versions, (wanted, seen, had, have) => {
        const made = seen.map((container) => (had === undefined ? container : { ...container, secrets: had }));
        const chosen = chooseForSwitch(PLACE, wanted, 2, CAUSE, made, servingContainers('web', made, []), have);
        if (had?.key === have?.key) expect(chosen.kind).toBe(choose(wanted, seen).kind);
        else expect(chosen.kind).toBe('create');
      }),
    );
  });

  it('takes nothing back that is outside the router', () => {
    fc.assert(
      fc.property(component, observed, (wanted, seen) => wanted.run.publish !== undefined || choose(wanted, seen).kind !== 'return'),
    );
  });
});

describe('chooseForRestore', () => {
  const PREVIOUS = { deployment: 'deployment/5', generation: 5 };

  it('never chooses a container of a later generation or with another image', () => {
    fc.assert(
      fc.property(component, observed, (wanted, seen) => {
        const { runners } = chooseForRestore(PLACE, wanted, PREVIOUS, seen);
        const chosen = seen.filter(({ name }) => runners.some((runner) => runner.name === name));
        const isSound = (container: ObservedContainer) =>
          container.generation <= PREVIOUS.generation &&
          (container.digest === wanted.image.digest || container.generation === PREVIOUS.generation);
        expect(chosen.every(isSound)).toBe(true);
      }),
    );
  });

  it('chooses what runs whole before anything that must be started', () => {
    fc.assert(
      fc.property(component, observed, fc.integer({ min: 1, max: 5 }), (wanted, seen, generation) => {
        const others = seen.filter((container) => container.generation !== generation);
        const whole = Array.from({ length: wanted.run.replicas }, (_, index) =>
          one({ generation, release: 1, digest: wanted.image.digest }, index + 1, true),
        );
        const { kind, runners } = chooseForRestore(PLACE, wanted, PREVIOUS, [...others, ...whole]);
        expect(kind).toBe('return');
        const all = [...others, ...whole];
        expect(runners.every(({ name }) => all.some((container) => container.name === name && container.running))).toBe(true);
      }),
    );
  });
});

describe('chooseForRetirement', () => {
  it('touches nothing that serves, and leaves at most one stopped generation of it', () => {
    fc.assert(
      fc.property(observed, fc.option(fc.integer({ min: 1, max: 6 })), (seen, previous) => {
        const serving = servingContainers('web', seen, []);
        const { stop, remove } = chooseForRetirement(seen, serving, previous);
        expect(serving.some((container) => stop.includes(container) || remove.includes(container))).toBe(false);
        const left = seen.filter((container) => !serving.includes(container) && !remove.includes(container));
        expect(new Set(left.map(({ generation }) => generation)).size).toBeLessThanOrEqual(1);
        expect(left.filter(({ running }) => running).every((container) => stop.includes(container))).toBe(true);
      }),
    );
  });
});

describe('overtakenBy', () => {
  it('sees whoever has a higher generation, and nobody else', () => {
    fc.assert(
      fc.property(observed, fc.integer({ min: 0, max: 7 }), (seen, generation) => {
        const later = overtakenBy(generation, seen);
        expect(later !== undefined).toBe(seen.some((container) => container.generation > generation));
      }),
    );
  });
});

describe('holdsIdentity', () => {
  const ID = 'deployment/shop/production/1';

  it.each<[string, Record<string, string>, string, boolean]>([
    ['in a header', { 'x-release': ID }, '', true],
    ['in JSON', {}, `{"deployment":"${ID}"}`, true],
    ['in JSON with escaped slashes', {}, '{"deployment":"deployment\\/shop\\/production\\/1"}', true],
    ['in a sentence after a longer one', {}, `${ID}2 was before ${ID}.`, true],
    ['as the beginning of a longer one', {}, `${ID}2`, false],
    ['nowhere', { 'x-release': 'deployment/shop/production' }, 'ok', false],
  ])('answers for an identity %s', (_, headers, body, expected) => {
    expect(holdsIdentity({ headers, body }, ID)).toBe(expected);
  });
});
