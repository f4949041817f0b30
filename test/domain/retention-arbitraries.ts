import fc from 'fast-check';
import type { Digest } from '../../domain/digest.ts';
import type { RepositoryContents, RepositoryManifest, RepositoryTag } from '../../domain/retention-contents.ts';
import type { RetentionInput } from '../../domain/retention-judgement.ts';
import type { Protection, ProtectionReason, RegisteredRelease } from '../../domain/retention-protection.ts';
import { digestNumber } from './arbitraries.ts';

export const NOW = Date.parse('2026-06-01T00:00:00Z');
export const REPOSITORY = 'registry.test/shop/web';
const DAY_MS = 86_400_000;
/** More digests than there are manifests: tags, parts and subjects may name what is not there. */
const DIGESTS = 14;

const digest = fc.nat(DIGESTS - 1).map(digestNumber);
const parts = fc.array(fc.record({ digest, bond: fc.constantFrom('child' as const, 'referrer' as const, 'attached' as const) }), {
  maxLength: 3,
});
const digests = fc.array(digest, { maxLength: 3 });
export const daysAgo = (days: number) => new Date(NOW - days * DAY_MS).toISOString();

const created = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: -40, max: 800 }).map(daysAgo) },
  { weight: 1, arbitrary: fc.constantFrom('1970-01-01T00:00:00Z', '0001-01-01T00:00:00Z', '1980-01-01T00:00:00Z', 'yesterday', '') },
);

const readable = {
  created: fc.option(created, { nil: undefined, freq: 10 }),
  subject: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: digest }),
};

function manifestAt(at: Digest): fc.Arbitrary<RepositoryManifest> {
  return fc
    .oneof(
      {
        weight: 20,
        arbitrary: fc.record({ kind: fc.constantFrom('image' as const, 'artifact' as const), digest: fc.constant(at), ...readable }),
      },
      {
        weight: 20,
        arbitrary: fc.record({ kind: fc.constant('index' as const), digest: fc.constant(at), children: digests, ...readable }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('outdated' as const), digest: fc.constant(at) }) },
    )
    .map(withoutUndefined);
}

function withoutUndefined(manifest: object): RepositoryManifest {
  return Object.fromEntries(Object.entries(manifest).filter(([, value]) => value !== undefined)) as unknown as RepositoryManifest;
}

const tagName = fc.oneof(
  fc.constantFrom('latest', 'main', 'v1', 'v2', 'v10', 'feature', 'old'),
  fc.tuple(digest, fc.constantFrom('', '.sig', '.att')).map(([subject, suffix]) => `${subject.replace(':', '-')}${suffix}`),
  fc.nat(2).map((commit) => `${String(commit).repeat(40)}-0123456789ab`),
);

const tag: fc.Arbitrary<RepositoryTag> = fc
  .tuple(tagName, fc.option(digest, { nil: undefined, freq: 12 }))
  .map(([name, named]): RepositoryTag => (named === undefined ? { kind: 'empty', name } : { kind: 'naming', name, digest: named }));

const untagged: fc.Arbitrary<RepositoryContents> = fc.record({
  repository: fc.constant(REPOSITORY),
  tags: fc.uniqueArray(tag, { minLength: 2, maxLength: 10, selector: (one) => one.name }),
  manifests: fc
    .subarray(Array.from({ length: DIGESTS }, (_, n) => digestNumber(n)))
    .chain((present) => fc.tuple(...present.map(manifestAt)) as fc.Arbitrary<RepositoryManifest[]>),
  departed: fc.array(fc.record({ digest, parts }), { maxLength: 2 }),
});

/** A third are named as what was built for one of several platforms. */
const nameOf = (n: number) => (n % 3 === 0 ? `${'2'.repeat(40)}-${String(n).padStart(12, '0')}-linux-arm64` : `name-${n}`);

/** Most of what a repository holds has a name of its own. */
const contents = fc
  .tuple(
    untagged,
    fc.subarray(
      Array.from({ length: DIGESTS }, (_, n) => n),
      { minLength: DIGESTS / 2 },
    ),
  )
  .map(([some, named]) => {
    const present = new Set(some.manifests.map((manifest) => manifest.digest));
    const names = named
      .map((n) => ({ kind: 'naming' as const, name: nameOf(n), digest: digestNumber(n) }))
      .filter((one) => present.has(one.digest));
    return { ...some, tags: [...some.tags, ...names] };
  });

const release: fc.Arbitrary<RegisteredRelease> = fc
  .tuple(fc.constantFrom('shop', 'kiosk'), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 400 }), digests)
  .map(([application, number, days, images]) => ({
    application,
    number,
    createdAt: daysAgo(days),
    images: images.map((one) => ({ repository: 'registry.test/shop/built', digest: one })),
  }));

const reason: fc.Arbitrary<ProtectionReason> = fc.constantFrom<ProtectionReason>(
  { kind: 'deployed', application: 'shop', environment: 'production', release: 1 },
  { kind: 'rollback-reach', application: 'shop', environment: 'production', release: 2 },
  { kind: 'under-way', application: 'shop', release: 3 },
  { kind: 'held' },
);

const protection: fc.Arbitrary<Protection> = fc.record({
  images: fc.array(fc.tuple(digest, reason), { maxLength: 2 }).map((pairs) => new Map(pairs.map(([one, why]) => [one, [why]]))),
  tags: fc.array(fc.record({ kind: fc.constant('tag' as const), repository: fc.constant(REPOSITORY), tag: tagName }), { maxLength: 1 }),
  commits: fc.array(fc.constant({ application: 'shop', number: 4, commit: '1'.repeat(40) }), { maxLength: 1 }),
});

const rule = fc.record(
  {
    releases: fc.integer({ min: 1, max: 3 }),
    days: fc.integer({ min: 1, max: 200 }),
    tags: fc
      .subarray(['latest', 'v*', 'sha256-*', '*'])
      .filter((patterns) => (patterns.length < 3 && !patterns.includes('*')) || patterns.length === 4),
  },
  { requiredKeys: ['tags'] },
);

/** Any repository, honest or not: shared parts, referrers of referrers, circles, tags that name nothing. */
export const RETENTION_INPUT: fc.Arbitrary<RetentionInput> = fc.record({
  contents,
  rule: fc.option(rule, { nil: undefined, freq: 20 }),
  releases: fc.uniqueArray(release, { maxLength: 6, selector: (one) => `${one.application}#${one.number}` }),
  protection,
  now: fc.constant(NOW),
});
