import { describe, expect, it } from '@jest/globals';
import {
  isPersonName,
  lookAlike,
  PERSON_NAME_HINT,
  parsePersonName,
  RESERVED_NAMES,
  skeletonOf,
} from '../../../domain/people/person-name.ts';

describe('a person’s name', () => {
  it.each(['rita', 'r.meier', 'rita@example.com', 'r_m+x-y', '0', 'a1', 'r'.repeat(100)])('can be %s', (name) => {
    expect(isPersonName(name)).toBe(true);
  });

  it.each(['', 'Rita', '.rita', 'rita.', 'r..m', 'r m', '@rita', 'rita\n', 'ríta', 'constructor', 'r'.repeat(101), 'rita!', '!rita'])(
    'is never %j',
    (name) => {
      expect(isPersonName(name)).toBe(false);
    },
  );

  it('is read in lower case, and never made of another alphabet’s letters', () => {
    expect(parsePersonName('Rita@Example.com')).toBe('rita@example.com');
    expect(parsePersonName('mar\u212Ao')).toBeUndefined();
    expect(parsePersonName('\u212Ai')).toBeUndefined();
    expect(parsePersonName('r i')).toBeUndefined();
  });

  it('is never one that stands for the engine itself', () => {
    expect(RESERVED_NAMES).toEqual(['tidegate', 'local']);
  });

  it('is refused with what it may be', () => {
    expect(PERSON_NAME_HINT).toContain('at most 100 characters');
  });
});

describe('names that people may take for each other', () => {
  it.each([
    ['r0b', 'rob'],
    ['rob1', 'robl'],
    ['robi', 'rob1'],
    ['rnax', 'max'],
    ['vvim', 'wim'],
    ['r.m', 'r-m'],
    ['r_m', 'r+m'],
    ['Rob', 'rob'],
    ['0a0', 'oao'],
    ['1a1', 'lal'],
    ['rnarn', 'mam'],
    ['vvavv', 'waw'],
    ['a.b_c', 'a-b-c'],
  ])('are %s and %s', (one, other) => {
    expect(skeletonOf(one)).toBe(skeletonOf(other));
  });

  it.each([
    ['rob', 'bob'],
    ['r.m', 'rm'],
    ['r@m', 'r-m'],
  ])('are not %s and %s', (one, other) => {
    expect(skeletonOf(one)).not.toBe(skeletonOf(other));
  });

  it('are found among others, of which the name itself is none', () => {
    expect(lookAlike('r0b', ['bob', 'rob', 'r0b'])).toBe('rob');
    expect(lookAlike('rob', ['rob', 'bob'])).toBeUndefined();
  });
});
