import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import LongestFirst, { LONGEST } from '../../scripts/longest-first.mjs';
import { CHECKOUT } from '../support/made-once.ts';

describe('the order of the test files', () => {
  it('names no file that there is not, and none twice', () => {
    expect(LONGEST.filter((file) => !existsSync(join(CHECKOUT, file)))).toEqual([]);
    expect(new Set(LONGEST).size).toBe(LONGEST.length);
  });

  it('begins with those that take longest, and leaves none of the others out', () => {
    const [longest = '', next = ''] = LONGEST;
    const context = { config: { id: 'order-of-a-test', cacheDirectory: '/nowhere', rootDir: CHECKOUT }, hasteFS: { getSize: () => 1 } };
    const tests = ['test/config/ledger.test.ts', next, 'test/config/people.test.ts', longest].map((file) => ({
      path: join(CHECKOUT, file),
      context,
    }));
    const sorted = new LongestFirst({}).sort(tests).map(({ path }) => path.slice(CHECKOUT.length));
    expect(sorted.slice(0, 2)).toEqual([longest, next]);
    expect(sorted.slice(2).sort()).toEqual(['test/config/ledger.test.ts', 'test/config/people.test.ts']);
  });
});
