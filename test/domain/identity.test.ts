import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MalformedDigest, parseDigest, shortDigest } from '../../domain/digest.ts';
import { type Images, MalformedImage, parsePinnedImage, printImage, sameImages } from '../../domain/image.ts';
import { containerName, networkName, volumeName } from '../../domain/labels.ts';
import { isName } from '../../domain/name.ts';
import { deploymentWorkflowId, environmentWorkflowId, releaseWorkflowId } from '../../domain/workflow-ids.ts';
import { digestNumber, NAME } from './arbitraries.ts';

const HEX = 'a1'.repeat(32);

describe('a digest', () => {
  it('is sha256 and 64 hexadecimal digits in lower case', () => {
    expect(parseDigest(`sha256:${HEX}`)).toBe(`sha256:${HEX}`);
    expect(shortDigest(`sha256:${HEX}`)).toBe('sha256:a1a1a1a1a1a1');
  });

  it.each([
    '',
    HEX,
    `sha256:${HEX.toUpperCase()}`,
    `sha256:${HEX}\n`,
    ` sha256:${HEX}`,
    `sha256:${HEX}0`,
    `sha256:${HEX.slice(1)}`,
    `sha512:${HEX}${HEX}`,
    'latest',
  ])('is not %j', (text) => {
    expect(() => parseDigest(text)).toThrow(MalformedDigest);
    expect(() => parseDigest(text)).toThrow(JSON.stringify(text));
  });
});

describe('a pinned image', () => {
  it('is read as it is printed', () => {
    const image = { repository: '127.0.0.1:5000/shop/web', digest: parseDigest(`sha256:${HEX}`) };
    expect(printImage(image)).toBe(`127.0.0.1:5000/shop/web@sha256:${HEX}`);
    expect(parsePinnedImage(printImage(image))).toEqual(image);
  });

  it('needs a digest and a repository', () => {
    expect(() => parsePinnedImage('shop/web:latest')).toThrow(MalformedDigest);
    expect(() => parsePinnedImage('shop/web@latest')).toThrow(MalformedDigest);
    expect(() => parsePinnedImage(`@sha256:${HEX}`)).toThrow(MalformedImage);
    expect(() => parsePinnedImage(`sha256:${HEX}`)).toThrow(MalformedImage);
  });

  const IMAGES = fc.dictionary(
    fc.constantFrom('web', 'worker', 'db'),
    fc.record({
      repository: fc.constantFrom('r/a', 'r/b'),
      digest: fc.constantFrom(digestNumber(1), digestNumber(2)),
    }),
  ) as fc.Arbitrary<Images>;

  it('is the same release image when component, repository and digest are', () => {
    const text = (images: Images) =>
      Object.entries(images)
        .map(([name, image]) => `${name} ${printImage(image)}`)
        .sort()
        .join();
    fc.assert(fc.property(IMAGES, IMAGES, (a, b) => expect(sameImages(a, b)).toBe(text(a) === text(b))));
    fc.assert(fc.property(IMAGES, (images) => expect(sameImages(images, { ...images })).toBe(true)));
  });
});

describe('a name', () => {
  it.each(['a', 'shop', 'shop-2', 'a1-b2', 'a'.repeat(40)])('can be %s', (text) => expect(isName(text)).toBe(true));

  it.each(['', '1a', '-a', 'a-', 'a--b', 'A', 'a_b', 'a.b', 'a/b', 'ä', 'a\n', ' a', 'a'.repeat(41)])('cannot be %j', (text) =>
    expect(isName(text)).toBe(false),
  );

  it('is never a member that every object has', () => {
    for (const member of Object.getOwnPropertyNames(Object.prototype)) expect(isName(member)).toBe(false);
  });

  it('never holds what separates names in ids, labels and container names', () => {
    fc.assert(fc.property(fc.string(), (text) => expect(isName(text) && /[^a-z0-9-]/.test(text)).toBe(false)));
  });
});

const PLACE = fc.record({ application: NAME, environment: NAME, component: NAME, generation: fc.nat(200), replica: fc.nat(20) });

describe('names on hosts', () => {
  it('are the same for the same thing and differ for different ones', () => {
    fc.assert(
      fc.property(PLACE, PLACE, (a, b) => expect(containerName(a) === containerName(b)).toBe(JSON.stringify(a) === JSON.stringify(b))),
    );
    expect(containerName({ application: 'a-b', environment: 'c', component: 'd', generation: 1, replica: 11 })).not.toBe(
      containerName({ application: 'a', environment: 'b-c', component: 'd', generation: 11, replica: 1 }),
    );
  });

  it('are taken by Docker and fit where it keeps them', () => {
    const long = 'a'.repeat(40);
    const largest = { application: long, environment: long, component: long, generation: Number.MAX_SAFE_INTEGER, replica: 9_999 };
    for (const name of [containerName(largest), networkName(long, long), volumeName(long, long, long)]) {
      expect(name).toMatch(/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/);
      expect(name.length).toBeLessThanOrEqual(255);
    }
  });

  it('keep networks and volumes of different places apart', () => {
    fc.assert(
      fc.property(PLACE, PLACE, (a, b) => {
        const samePlace = a.application === b.application && a.environment === b.environment;
        expect(networkName(a.application, a.environment) === networkName(b.application, b.environment)).toBe(samePlace);
        const sameVolume = samePlace && a.component === b.component;
        expect(volumeName(a.application, a.environment, a.component) === volumeName(b.application, b.environment, b.component)).toBe(
          sameVolume,
        );
      }),
    );
  });
});

describe('a workflow id', () => {
  it('belongs to one thing only', () => {
    fc.assert(
      fc.property(PLACE, PLACE, (a, b) => {
        const ids = [a, b].map((at) => [
          releaseWorkflowId(at.application, at.generation),
          environmentWorkflowId(at.application, at.environment),
          deploymentWorkflowId(at.application, at.environment, at.generation),
        ]);
        const same = a.application === b.application && a.environment === b.environment && a.generation === b.generation;
        expect(new Set(ids.flat()).size === 3).toBe(same);
      }),
    );
    expect(releaseWorkflowId('shop', 2)).toBe('release/shop/2');
    expect(environmentWorkflowId('shop', 'production')).toBe('environment/shop/production');
    expect(deploymentWorkflowId('shop', 'production', 7)).toBe('deployment/shop/production/7');
  });
});
