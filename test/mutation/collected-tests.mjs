import { createRequire } from 'node:module';
import { expect } from 'expect';
import { bind } from 'jest-each';

const { default: fc, ...fastCheck } = createRequire(import.meta.url)('fast-check');

/** A property notices most of what it ever notices at once; the tests' own runs are up to 5,000. */
const MOST_RUNS = 20;
const SEED = 20261127;

/**
 * What files of `test/domain` import, and what they told it: `describe`, `it` and their `each`, which are all that
 * tests of pure functions need. A hook or a mock is not there, and its import fails.
 */
export function collecting() {
  const tests = [];
  const path = [];
  const it = (name, body) => tests.push({ name: [...path, name].join(' '), body });
  const describe = (name, body) => {
    path.push(name);
    body();
    path.pop();
  };
  it.each = bind(it, false);
  describe.each = bind(describe, false);
  const taken = () => tests.splice(0);
  return { taken, standIns: { '@jest/globals': { describe, it, test: it, expect }, 'fast-check': repeatable } };
}

/** The same examples for each mutant, so that a figure can be had twice; a counterexample is not made smaller, as nobody reads it. */
const quick = {
  ...fc,
  assert: (property, parameters = {}) =>
    fc.assert(property, { seed: SEED, endOnFailure: true, ...parameters, numRuns: Math.min(parameters.numRuns ?? 100, MOST_RUNS) }),
};
const repeatable = { ...fastCheck, ...quick, default: quick, __esModule: true };
