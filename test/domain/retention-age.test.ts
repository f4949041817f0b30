import { describe, expect, it } from '@jest/globals';
import { ageOf, millisecondsOf, releasesByDigest } from '../../domain/retention-age.ts';
import type { RegisteredRelease } from '../../domain/retention-protection.ts';
import { ruleFor } from '../../domain/retention-rules.ts';
import { digestNumber } from './arbitraries.ts';
import { daysAgo, NOW } from './retention-arbitraries.ts';

const released = (number: number, days: number): RegisteredRelease => ({
  application: 'shop',
  number,
  createdAt: daysAgo(days),
  images: [1, 1].map((n) => ({ repository: 'r', digest: digestNumber(n) })),
});
const age = (created: string | undefined, ...releases: RegisteredRelease[]) =>
  ageOf({ kind: 'image', digest: digestNumber(1), ...(created !== undefined && { created }) }, releasesByDigest(releases), NOW);

describe('the age of an image', () => {
  it('is that of its last release, in whatever order they are told', () => {
    const last = { kind: 'released', at: daysAgo(5), application: 'shop', release: 2 };
    expect(age(undefined, released(1, 10), released(2, 5))).toEqual(last);
    expect(age(undefined, released(2, 5), released(1, 10))).toEqual(last);
    expect(age(daysAgo(9), released(2, 5))).toEqual(last);
    expect(age(daysAgo(5), released(2, 5))).toEqual(last);
  });

  it('is by its own word where it was made after that, or was never released', () => {
    expect(age(daysAgo(4), released(2, 5))).toEqual({ kind: 'created', at: daysAgo(4) });
    expect(age(daysAgo(4))).toEqual({ kind: 'created', at: daysAgo(4) });
    expect(age(daysAgo(4), { ...released(2, 5), createdAt: 'some day' })).toEqual({ kind: 'created', at: daysAgo(4) });
  });

  it('is believed from the first image that there was until tomorrow', () => {
    const tomorrow = new Date(NOW + 86_400_000).toISOString();
    expect(age(tomorrow)).toEqual({ kind: 'created', at: tomorrow });
    const later = new Date(NOW + 86_400_001).toISOString();
    expect(age(later)).toEqual({ kind: 'unknown', said: later });
    expect(age('2013-03-01T00:00:00Z')).toMatchObject({ kind: 'created' });
    expect(age('2013-02-28T23:59:59Z')).toMatchObject({ kind: 'unknown' });
  });

  it('is unknown where nothing tells it', () => {
    expect(age(undefined)).toStrictEqual({ kind: 'unknown' });
    expect(ageOf({ kind: 'outdated', digest: digestNumber(1) }, new Map(), NOW)).toStrictEqual({ kind: 'unknown' });
    expect(millisecondsOf({ kind: 'unknown' }, NOW)).toBeUndefined();
    expect(millisecondsOf({ kind: 'created', at: daysAgo(2) }, NOW)).toBe(2 * 86_400_000);
  });

  it('takes a release for one however often it has the image', () => {
    expect(
      releasesByDigest([released(1, 1), released(2, 1)])
        .get(digestNumber(1))
        ?.map(({ number }) => number),
    ).toEqual([1, 2]);
  });
});

describe('the rules of a repository', () => {
  it('say nothing of what none of them says', () => {
    expect(ruleFor([{ match: 'r/*', keep: { tags: [] } }], 'r/web')).toStrictEqual({ tags: [] });
    expect(ruleFor([{ match: 'r/*', keep: { days: 3, tags: [] } }], 'r/web')).toStrictEqual({ days: 3, tags: [] });
  });
});
