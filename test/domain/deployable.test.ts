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

  it('has what is done around its switch, where it runs and its jobs, and nothing that nobody asked for', () => {
    const hook = { command: ['x'], environment: {}, timeoutMs: 1 };
    const around = {
      hosts: { role: 'db' },
      isStateful: true,
      backup: { ...hook, isStopped: true },
      hooks: { 'after-switch': hook },
    } as const;
    const jobs = [{ ...hook, name: 'migrate', component: 'db', when: 'pre-deploy' as const }];
    const components = [{ ...component('db'), ...around }, component('web')];
    const release = deployableRelease(RECORD, { ...pipeline(components), jobs }, imagesFor(components));
    expect(release.jobs).toEqual(jobs);
    expect(release.components[0]).toMatchObject(around);
    expect(Object.keys(release.components[1] ?? {})).toEqual(['name', 'image', 'run', 'specHash']);
    expect(Object.keys(deployableRelease(RECORD, pipeline(components), imagesFor(components)))).toEqual([
      'application',
      'number',
      'components',
    ]);
  });

  it('is refused while an image is missing', () => {
    const components = [component('web'), component('worker')];
    const images = imagesFor(components.slice(0, 1));
    expect(() => deployableRelease(RECORD, pipeline(components), images)).toThrow(MissingImage);
    expect(() => deployableRelease(RECORD, pipeline(components), images)).toThrow(
      expect.objectContaining({
        name: 'MissingImage',
        message: 'Component worker has no image: it is built by no stage that passed, and none was given when the release was created',
      }),
    );
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
