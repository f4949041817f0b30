import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  environmentRepository,
  environmentTags,
  fillIn,
  imagesInEnvironment,
  placeholdersIn,
  tagsOfRelease,
} from '../../domain/environment-images.ts';
import { deployable, digestNumber } from './arbitraries.ts';

const images = {
  repository: 'r.example/{environment}/{application}/{component}',
  tags: ['{environment}', 'release-{release}', '{environment}'],
};
const place = { application: 'shop', environment: 'production' };

describe('where an environment pulls from', () => {
  it('has a repository for each component, at the digests of the release', () => {
    const release = {
      web: { repository: 'built/web', digest: digestNumber(1) },
      worker: { repository: 'built/worker', digest: digestNumber(2) },
    };
    expect(imagesInEnvironment(images, place, release)).toEqual({
      web: { repository: 'r.example/production/shop/web', digest: digestNumber(1) },
      worker: { repository: 'r.example/production/shop/worker', digest: digestNumber(2) },
    });
  });

  it('keeps every component and every digest, whatever they are called', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.nat()), (components) => {
        const entries = Object.entries(components).map(
          ([name, number]) => [name, { repository: `built/${name}`, digest: digestNumber(number) }] as const,
        );
        const there = imagesInEnvironment(images, place, Object.fromEntries(entries));
        expect(Object.entries(there).map(([name, { digest }]) => [name, digest])).toEqual(
          entries.map(([name, { digest }]) => [name, digest]),
        );
      }),
    );
  });

  it('has its tags filled in, each once', () => {
    expect(environmentTags(images, { ...place, component: 'web', release: 3 })).toEqual(['production', 'release-3']);
  });

  it('fills in every place at once and nothing that came in with a value', () => {
    expect(fillIn('{component}-{environment}-{component}', { component: '{environment}', environment: 'x' })).toBe(
      '{environment}-x-{environment}',
    );
    expect(environmentRepository({ repository: 'r/{constructor}/{component}', tags: [] }, { ...place, component: 'a$&b' })).toBe(
      'r/{constructor}/a$&b',
    );
    expect(placeholdersIn('{a}{b}/{}')).toEqual(['a', 'b', '']);
  });
});

describe('the tags of what an environment runs', () => {
  const [web, worker] = [deployable('web', digestNumber(1)), deployable('worker', digestNumber(2))];
  const there = { ...web, image: { repository: 'r.example/production/shop/web', digest: digestNumber(1) } };
  const release = { application: 'shop', number: 3, components: [there, worker] };

  it('are set on its own images, and on none that are elsewhere', () => {
    expect(tagsOfRelease(images, 'production', release)).toEqual([{ image: there.image, tags: ['production', 'release-3'] }]);
    expect(tagsOfRelease(images, 'staging', release)).toEqual([]);
  });

  it('are none where the environment has no repositories, or no tags', () => {
    expect(tagsOfRelease(undefined, 'production', release)).toEqual([]);
    expect(tagsOfRelease({ ...images, tags: [] }, 'production', release)).toEqual([]);
  });
});
