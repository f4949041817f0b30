import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { deployableRelease, MissingImage } from '../../domain/deployable.ts';
import type { Images } from '../../domain/image.ts';
import type { Component, Pipeline } from '../../domain/pipeline.ts';
import type { ReleaseRecord } from '../../domain/release.ts';
import { digestNumber, RUN } from './arbitraries.ts';

const RECORD: ReleaseRecord = { application: 'shop', number: 2, images: {}, initiator: 'dev', createdAt: '2026-01-01T00:00:00Z' };

const component = (name: string, after: readonly string[] = []): Component => ({
  name,
  repository: `r/${name}`,
  source: { kind: 'given' },
  run: RUN,
  after,
  specHash: `spec-${name}`,
});

const pipeline = (components: readonly Component[]): Pipeline => ({ application: 'shop', revision: 'r1', components, stages: [] });
const imagesFor = (components: readonly Component[]): Images =>
  Object.fromEntries(components.map(({ name, repository }, index) => [name, { repository, digest: digestNumber(index) }]));
const order = (...components: Component[]) =>
  deployableRelease(RECORD, pipeline(components), imagesFor(components)).components.map(({ name }) => name);

describe('a release as an environment runs it', () => {
  it('has each component with its image, how it runs and the hash of that', () => {
    const components = [component('web')];
    const images = imagesFor(components);
    expect(deployableRelease({ ...RECORD, commit: 'c0ffee' }, pipeline(components), images)).toEqual({
      application: 'shop',
      number: 2,
      commit: 'c0ffee',
      components: [{ name: 'web', image: images.web, run: RUN, specHash: 'spec-web' }],
    });
    expect(deployableRelease(RECORD, pipeline(components), images)).not.toHaveProperty('commit');
  });

  it('is refused while an image is missing', () => {
    const components = [component('web'), component('worker')];
    const images = imagesFor(components.slice(0, 1));
    expect(() => deployableRelease(RECORD, pipeline(components), images)).toThrow(MissingImage);
    expect(() => deployableRelease(RECORD, pipeline(components), images)).toThrow('Component worker has no image');
  });

  it('switches components after those that they name, and else as the file has them', () => {
    expect(order(component('web'), component('worker'), component('database'))).toEqual(['web', 'worker', 'database']);
    expect(order(component('web', ['database']), component('database'))).toEqual(['database', 'web']);
    expect(order(component('web', ['api']), component('api', ['database']), component('database'), component('cron'))).toEqual([
      'database',
      'api',
      'web',
      'cron',
    ]);
  });

  it('has every component once, each after all that it names, whatever the file', () => {
    const files = fc
      .array(fc.array(fc.nat(6), { maxLength: 3 }), { minLength: 1, maxLength: 7 })
      .map((all) =>
        all.map((picks, index) =>
          component(
            `c${index}`,
            picks.filter((pick) => pick < index).map((pick) => `c${pick}`),
          ),
        ),
      )
      .chain((components) => fc.shuffledSubarray(components, { minLength: components.length }));
    fc.assert(
      fc.property(files, (components) => {
        const names = order(...components);
        expect(names).toHaveLength(components.length);
        expect(new Set(names)).toEqual(new Set(components.map(({ name }) => name)));
        for (const { name, after } of components) for (const other of after) expect(names.indexOf(other)).toBeLessThan(names.indexOf(name));
      }),
    );
  });
});
