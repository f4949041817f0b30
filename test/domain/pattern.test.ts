import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fitsPattern, fitsRepository } from '../../domain/pattern.ts';

const LETTERS = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
const TEXT = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 12 });

describe('a pattern', () => {
  it('means what the regular expression means that it stands for', () => {
    fc.assert(
      fc.property(LETTERS, TEXT, (pattern, text) => {
        const expression = new RegExp(`^${pattern.replaceAll('*', '.*')}$`);
        expect(fitsPattern(pattern, text)).toBe(expression.test(text));
      }),
      { numRuns: 5_000 },
    );
  });

  it('fits with stars at its end, and goes back no further than it has to', () => {
    expect([fitsPattern('v*', 'v'), fitsPattern('v***', 'v'), fitsPattern('v*a', 'v'), fitsPattern('', '')]).toEqual([
      true,
      true,
      false,
      true,
    ]);
    expect([fitsPattern('*ab', 'aab'), fitsPattern('a*ab', 'ab'), fitsPattern('*a*b*', 'xxaxxb')]).toEqual([true, false, true]);
  });

  it('takes every other character as it is', () => {
    expect(fitsPattern('v1.2', 'v1.2')).toBe(true);
    expect(fitsPattern('v1.2', 'v1x2')).toBe(false);
    expect(fitsPattern('[v]?', 'v')).toBe(false);
  });

  it('of many stars against a long text that nearly fits costs no more than their product', () => {
    expect(fitsPattern(`${'*a'.repeat(2_000)}b`, 'a'.repeat(20_000))).toBe(false);
  });
});

describe('a pattern of repositories', () => {
  it.each([
    ['registry.test/shop/*', 'registry.test/shop/web', true],
    ['registry.test/shop/*', 'registry.test/shop/web/cache', false],
    ['registry.test/shop/*', 'registry.test/shop', false],
    ['registry.test/*/web', 'registry.test/shop/web', true],
    ['registry.test/shop/w*', 'registry.test/shop/worker', true],
    ['registry.test/shop/w*', 'registry.test/shop/db', false],
    ['registry.test/**', 'registry.test/shop/web/cache', true],
    ['registry.test/**', 'registry.test', false],
    ['**', 'registry.test', true],
    ['**/web', 'registry.test/web', true],
    ['**/web', 'registry.test/shop/web', false],
    ['a/**', 'b/c', false],
    ['registry.test/**', 'other.test/shop', false],
    ['registry.test/shop/web', 'registry.test/shop/web', true],
    ['registry.test:5000/shop/web', 'registry.test/shop/web', false],
  ])('%s and %s: %j', (pattern, repository, fits) => {
    expect(fitsRepository(pattern, repository)).toBe(fits);
  });
});
