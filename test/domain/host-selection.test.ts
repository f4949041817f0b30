import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { deploymentOn, isSelected, releaseOn } from '../../domain/host-selection.ts';
import { deployable, digestNumber } from './arbitraries.ts';

const LABELS = fc.dictionary(fc.constantFrom('role', 'rack', 'zone'), fc.constantFrom('a', 'b'));

describe('the hosts of a component', () => {
  it('are all of them where it names no label', () => {
    fc.assert(fc.property(LABELS, (labels) => isSelected(undefined, labels) && isSelected({}, labels)));
  });

  it('are those that have each label that it names, with that value', () => {
    fc.assert(
      fc.property(LABELS, LABELS, (selector, labels) => {
        const missing = Object.keys(selector).filter((label) => selector[label] !== labels[label]);
        expect(isSelected(selector, labels)).toBe(missing.length === 0);
      }),
    );
  });

  it('are not found by what every object has', () => {
    expect(isSelected({ constructor: String(Object) }, {})).toBe(false);
  });
});

describe('a host', () => {
  const web = { ...deployable('web', digestNumber(1)), hosts: { role: 'web' } };
  const worker = deployable('worker', digestNumber(2));
  const release = { application: 'shop', number: 2, components: [web, worker] };

  it('runs those components of a release that select it, in their order', () => {
    expect(releaseOn(release, { role: 'web' }).components).toEqual([web, worker]);
    expect(releaseOn(release, { role: 'database' }).components).toEqual([worker]);
  });

  it('returns to no more than it ran before', () => {
    const previous = { release: { ...release, number: 1 }, deployment: 'd', generation: 1 };
    const deployment = {
      id: 'e',
      application: 'shop',
      environment: 'production',
      generation: 2,
      kind: 'promotion' as const,
      release,
      previous,
      hosts: [],
      strategy: { kind: 'rolling' as const, batch: 1 },
      planHash: '',
    };
    expect(deploymentOn(deployment, {}).previous?.release.components).toEqual([worker]);
    expect(deploymentOn({ ...deployment, previous: null }, {}).previous).toBeNull();
  });
});
