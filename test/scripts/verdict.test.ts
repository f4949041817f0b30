import { describe, expect, it } from '@jest/globals';
import { filesToSeeAgain, type TestReport, verdictOf } from '../../scripts/ci/verdict.mjs';

type File = TestReport['testResults'][number];

/** A file of tests by their names; one that failed has `failed` in it. */
function file(name: string, ...tests: string[]): File {
  const assertionResults = tests.map((fullName) => ({ fullName, status: fullName.includes('failed') ? 'failed' : 'passed' }));
  return { name, status: assertionResults.some(({ status }) => status === 'failed') ? 'failed' : 'passed', assertionResults };
}

const neverLoaded: File = { name: 'unloaded.test.ts', status: 'failed', assertionResults: [] };
const run = (code: number, ...testResults: File[]) => ({ code, report: { testResults } });
const goodChecks = { code: 0, passed: ['types', 'imports'], failed: [] };

/** The same file when its tests were run alone and all passed. */
const passing = ({ name, assertionResults }: File): File => ({
  name,
  status: 'passed',
  assertionResults: assertionResults.map(({ fullName }) => ({ fullName, status: 'passed' })),
});

describe('the second look', () => {
  it('is at the files of which something failed, be it that they could not be loaded', () => {
    const report = { testResults: [file('a.test.ts', 'one'), file('b.test.ts', 'two', 'three failed'), neverLoaded] };
    expect(filesToSeeAgain(report)).toEqual(['b.test.ts', 'unloaded.test.ts']);
  });

  it('is at nothing where more than three files failed', () => {
    const failed = ['a', 'b', 'c'].map((name) => file(name, `${name} failed`));
    expect(filesToSeeAgain({ testResults: failed })).toEqual(['a', 'b', 'c']);
    expect(filesToSeeAgain({ testResults: [...failed, neverLoaded] })).toEqual([]);
  });
});

describe('the verdict', () => {
  const good = file('a.test.ts', 'one', 'two');
  const shaky = file('b.test.ts', 'three', 'four failed');

  it('counts tests and checks together where nothing failed', () => {
    expect(verdictOf(run(0, good), undefined, goodChecks)).toEqual({ passed: 4, again: [], failed: [] });
  });

  it('names what failed beside others and passed alone, and counts it as passed', () => {
    const verdict = verdictOf(run(1, good, shaky), run(0, passing(shaky)), goodChecks);
    expect(verdict).toEqual({ passed: 6, again: ['four failed'], failed: [] });
  });

  it('fails what failed a second time, and what was never looked at again', () => {
    const other = file('c.test.ts', 'five failed');
    const verdict = verdictOf(run(1, good, shaky, other), run(1, shaky, passing(other)), goodChecks);
    expect(verdict).toEqual({ passed: 6, again: ['five failed'], failed: ['four failed'] });
    expect(verdictOf(run(1, good, shaky), undefined, goodChecks).failed).toEqual(['four failed']);
  });

  it('fails a file of which another test failed the second time', () => {
    const otherwise = file('b.test.ts', 'three failed', 'four');
    expect(verdictOf(run(1, shaky), run(1, otherwise), goodChecks)).toMatchObject({ again: [], failed: ['four failed'] });
  });

  it('takes no test for passed that was left out the second time', () => {
    const without = file('b.test.ts', 'three');
    expect(verdictOf(run(1, shaky), run(0, without), goodChecks)).toMatchObject({ again: [], failed: ['four failed'] });
  });

  it('counts the tests of a file that could only be loaded alone', () => {
    const alone = { ...file('unloaded.test.ts', 'six', 'seven') };
    expect(verdictOf(run(1, neverLoaded), run(0, alone), goodChecks)).toEqual({ passed: 4, again: ['unloaded.test.ts'], failed: [] });
    const empty = { ...neverLoaded, status: 'passed' };
    expect(verdictOf(run(1, neverLoaded), run(0, empty), goodChecks).failed).toEqual(['unloaded.test.ts']);
  });

  it('counts a command that ended badly without naming a failure as one', () => {
    expect(verdictOf(run(1, good), undefined, goodChecks).failed).toEqual(['npm test ended with 1']);
    expect(verdictOf({ code: 137 }, undefined, goodChecks)).toEqual({ passed: 2, again: [], failed: ['npm test ended with 137'] });
    const second = run(7, passing(shaky));
    expect(verdictOf(run(1, shaky), second, goodChecks).failed).toEqual(['npm test on what had failed ended with 7']);
    expect(verdictOf(run(134, good, shaky), run(0, passing(shaky)), goodChecks)).toMatchObject({
      again: ['four failed'],
      failed: ['npm test ended with 134'],
    });
    const killed = { code: 137, passed: [], failed: [] };
    expect(verdictOf(run(0, good), undefined, killed).failed).toEqual(['npm run check ended with 137']);
  });

  it('names the checks that failed', () => {
    const checks = { code: 1, passed: ['types'], failed: ['imports'] };
    expect(verdictOf(run(0, good), undefined, checks)).toEqual({ passed: 3, again: [], failed: ['check: imports'] });
  });
});
