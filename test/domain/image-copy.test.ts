import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Digest } from '../../domain/digest.ts';
import { type FoundManifest, isForeign, manifestsOf, planCopy, planReferrers, withAllBelow } from '../../domain/image-copy.ts';
import { type Descriptor, type ManifestContent, OCI_INDEX, OCI_MANIFEST } from '../../domain/oci-manifest.ts';
import { digestNumber } from './arbitraries.ts';

const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';

function blob(number: number, size = number): Descriptor {
  return { mediaType: LAYER, digest: digestNumber(1_000 + number), size };
}

function image(blobs: readonly Descriptor[]): ManifestContent {
  const [config = blob(0), ...layers] = blobs;
  return { kind: 'image', mediaType: OCI_MANIFEST, annotations: {}, config, layers };
}

function index(entries: readonly Descriptor[]): ManifestContent {
  return { kind: 'index', mediaType: OCI_INDEX, annotations: {}, manifests: entries };
}

function entry(number: number, content: ManifestContent | undefined): Descriptor {
  return { mediaType: content?.mediaType ?? OCI_MANIFEST, digest: digestNumber(number), size: 1 };
}

/** Manifests of which each names only earlier ones; any of them can be at the target. */
const found = fc
  .array(
    fc.record({
      children: fc.array(fc.nat(), { maxLength: 4 }),
      blobs: fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 5 }),
      isPresent: fc.boolean(),
    }),
    { minLength: 1, maxLength: 14 },
  )
  .map((shapes) => {
    const manifests = new Map<Digest, FoundManifest>();
    shapes.forEach(({ children, blobs, isPresent }, number) => {
      const below = number === 0 ? [] : [...new Set(children.map((child) => child % number))];
      const entries = below.map((child) => entry(child, manifests.get(digestNumber(child))?.content));
      const content = below.length > 0 ? index([...entries, ...blobs.map((one) => blob(one))]) : image(blobs.map((one) => blob(one)));
      manifests.set(digestNumber(number), { content, present: isPresent });
    });
    return manifests;
  });

const rootOf = (manifests: ReadonlyMap<Digest, FoundManifest>) => digestNumber(manifests.size - 1);

describe('the plan of a copy', () => {
  it('puts every missing manifest once, and never before one that it names', () => {
    fc.assert(
      fc.property(found, (manifests) => {
        const root = rootOf(manifests);
        const { waves, present } = planCopy(manifests, [root]);
        const order = waves.flat();
        expect(new Set(order).size).toBe(order.length);
        waves.forEach((wave, level) => {
          const earlier = waves.slice(0, level).flat();
          const named = wave.flatMap((digest) => manifestsOf(manifests.get(digest)?.content).map((child) => child.digest));
          for (const child of named) expect(manifests.get(child)?.present === true || earlier.includes(child)).toBe(true);
        });
        const missing = withAllBelow(manifests, [root]).filter((digest) => manifests.get(digest)?.present !== true);
        expect(new Set(order)).toEqual(new Set(missing));
        expect(new Set([...order, ...present])).toEqual(new Set(withAllBelow(manifests, [root])));
        expect(present.every((digest) => manifests.get(digest)?.present === true)).toBe(true);
        if (missing.includes(root)) expect(waves.at(-1)).toEqual([root]);
        expect(waves.every((wave) => wave.length > 0)).toBe(true);
      }),
    );
  });

  it('has every blob of what is missing once, the largest first, and no blob of anything else', () => {
    fc.assert(
      fc.property(found, (manifests) => {
        const { blobs, waves } = planCopy(manifests, [rootOf(manifests)]);
        const needed = new Set(waves.flat().flatMap((digest) => namesOf(manifests.get(digest)?.content)));
        expect(new Set(blobs.map(({ digest }) => digest))).toEqual(needed);
        expect(new Set(blobs.map(({ digest }) => digest)).size).toBe(blobs.length);
        expect(blobs.map(({ size }) => size)).toEqual(blobs.map(({ size }) => size).sort((a, b) => b - a));
      }),
    );
  });

  it('leaves foreign layers out, and nothing else that has urls', () => {
    const urls = ['https://layers.example/1'];
    const foreign = { ...blob(1), mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', urls };
    const restricted = { ...blob(2), mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar+zstd', urls };
    const kept = [blob(0), { ...blob(3), urls }, { ...restricted, ...blob(4), urls: [] }];
    const plan = planCopy(new Map([[digestNumber(1), { present: false, content: image([...kept, foreign, restricted]) }]]), [
      digestNumber(1),
    ]);
    expect(plan.foreign).toEqual([foreign, restricted]);
    expect(plan.blobs.map(({ digest }) => digest)).toEqual(kept.map(({ digest }) => digest).reverse());
    expect([foreign, restricted, ...kept].map(isForeign)).toEqual([true, true, false, false, false]);
  });

  it('ends for manifests that claim to form a circle', () => {
    const [a, b] = [digestNumber(1), digestNumber(2)];
    const circle = new Map([
      [a, { present: false, content: index([entry(2, index([]))]) }],
      [b, { present: false, content: index([entry(1, index([]))]) }],
    ]);
    expect(planCopy(circle, [a]).waves.flat().sort()).toEqual([a, b]);
    expect(withAllBelow(circle, [a])).toEqual([a, b]);
  });
});

function namesOf(content: ManifestContent | undefined): Digest[] {
  if (content?.kind === 'image') return [content.config, ...content.layers].map(({ digest }) => digest);
  return content?.kind === 'index' ? content.manifests.filter(({ mediaType }) => mediaType === LAYER).map(({ digest }) => digest) : [];
}

describe('the plan of referrers', () => {
  const lists = fc.array(fc.tuple(fc.nat({ max: 9 }), fc.array(fc.nat({ max: 9 }), { maxLength: 4 })), { maxLength: 12 });

  it('puts a referrer only when its subject is there, each list once, and ends whatever is claimed', () => {
    fc.assert(
      fc.property(lists, (claims) => {
        const listed = new Map(claims.map(([subject, referrers]) => [digestNumber(subject), [...new Set(referrers)].map(digestNumber)]));
        const waves = planReferrers(new Map(), listed, [digestNumber(0)]);
        const there = new Set([digestNumber(0)]);
        for (const wave of waves) {
          for (const { subject } of wave) expect(there.has(subject)).toBe(true);
          for (const { referrers } of wave) for (const referrer of referrers) there.add(referrer);
        }
        const subjects = waves.flat().map(({ subject }) => subject);
        expect(new Set(subjects).size).toBe(subjects.length);
        const reachable = [...there].filter((digest) => (listed.get(digest) ?? []).length > 0);
        expect(new Set(subjects)).toEqual(new Set(reachable));
      }),
    );
  });

  it('goes on to what a referrer names', () => {
    const [root, bundle, child, signature] = [1, 2, 3, 4].map(digestNumber) as [Digest, Digest, Digest, Digest];
    const manifests = new Map([[bundle, { present: false, content: index([entry(3, undefined)]) }]]);
    const listed = new Map([
      [root, [bundle]],
      [child, [signature]],
    ]);
    expect(planReferrers(manifests, listed, [root])).toEqual([
      [{ subject: root, referrers: [bundle] }],
      [{ subject: child, referrers: [signature] }],
    ]);
  });
});
