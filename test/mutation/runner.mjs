import { readdirSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import { DryRunStatus, determineHitLimitReached, TestStatus, toMutantRunResult } from '@stryker-mutator/api/test-runner';
import { collecting } from './collected-tests.mjs';
import { ModuleRegistry, reaches } from './module-registry.mjs';

/** What instrumented code and Stryker tell each other: which mutant is active, and which test reached which. */
globalThis.__stryker__ ??= {};
const told = globalThis.__stryker__;

/** Milliseconds that each test took when it last passed. */
const durations = new Map();

/**
 * Runs the tests of `test/domain` in one process, for mutant after mutant. They have no parts to start and nothing to
 * put away, so a mutant costs the milliseconds that its tests compute; under Jest, which begins each anew, seconds.
 */
class DomainTestRunner {
  #suites;

  capabilities() {
    return { reloadEnvironment: true };
  }

  async dryRun() {
    const results = [];
    for (const test of this.#all()) {
      told.currentTestId = test.id;
      results.push(await outcomeOf(test));
    }
    delete told.currentTestId;
    return { status: DryRunStatus.Complete, tests: results, mutantCoverage: told.mutantCoverage };
  }

  async mutantRun({ activeMutant, testFilter, hitLimit, disableBail, sandboxFileName }) {
    const unmutated = this.#all();
    Object.assign(told, { activeMutant: activeMutant.id, hitLimit, hitCount: hitLimit === undefined ? undefined : 0 });
    try {
      const tests = testFilter === undefined ? loadedAnew(this.#suites, sandboxFileName) : chosen(unmutated, testFilter);
      const outcomes = await outcomesOf(soonestFirst(tests, sandboxFileName), disableBail);
      const endless = determineHitLimitReached(told.hitCount, told.hitLimit);
      return toMutantRunResult(endless ?? { status: DryRunStatus.Complete, tests: outcomes }, disableBail);
    } finally {
      Object.assign(told, { activeMutant: undefined, hitLimit: undefined, hitCount: undefined });
    }
  }

  #all() {
    this.#suites ??= loaded(testFiles());
    return this.#suites.flatMap(({ tests }) => tests);
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'domain', DomainTestRunner)];

function testFiles() {
  const folder = resolve('test/domain');
  const names = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.test.ts'));
  return names.sort().map((name) => join(folder, name));
}

/** The suites whose file imports the mutated one: no other can tell. */
function loadedAnew(suites, mutated) {
  return loaded(suites.map(({ file }) => file).filter((file) => reaches(file, mutated))).flatMap(({ tests }) => tests);
}

/** All in one registry, as nothing in `domain/` remembers anything. */
function loaded(files) {
  const collected = collecting();
  const registry = new ModuleRegistry(collected.standIns);
  return files.map((file) => {
    const failure = thrownBy(() => registry.load(file));
    return { file, tests: named([itsLoading(failure), ...(failure === undefined ? collected.taken() : [])], file) };
  });
}

/** That a file loads is a test of its own: without it a mutant that makes each test impossible would be seen by none. */
function itsLoading(failure) {
  const body = () => {
    if (failure !== undefined) throw failure.error;
  };
  return { name: '(loads)', body };
}

function thrownBy(action) {
  try {
    action();
    return undefined;
  } catch (error) {
    return { error };
  }
}

/** Tests of one name in one file are told apart by their number. */
function named(tests, file) {
  const seen = new Map();
  return tests.map((test) => {
    const count = (seen.get(test.name) ?? 0) + 1;
    seen.set(test.name, count);
    const id = `${relative(process.cwd(), file)} ${test.name}${count === 1 ? '' : ` #${count}`}`;
    return { ...test, id, file };
  });
}

function chosen(tests, ids) {
  const wanted = new Set(ids);
  return tests.filter(({ id }) => wanted.has(id));
}

/** The first failure ends it: who is named like the mutated file finds most mutants, and who is quick finds them soon. */
function soonestFirst(tests, mutated) {
  const isNear = ({ file }) => Number(basename(file).startsWith(basename(mutated, '.ts')));
  return [...tests].sort((one, other) => isNear(other) - isNear(one) || took(one) - took(other));
}

function took({ id }) {
  return durations.get(id) ?? 0;
}

async function outcomesOf(tests, disableBail) {
  const outcomes = [];
  for (const test of tests) {
    const outcome = await outcomeOf(test);
    outcomes.push(outcome);
    if (outcome.status === TestStatus.Failed && !disableBail) break;
  }
  return outcomes;
}

async function outcomeOf({ id, file, body }) {
  const about = { id, name: id, fileName: file };
  const begun = performance.now();
  try {
    await body();
    durations.set(id, performance.now() - begun);
    return { ...about, status: TestStatus.Success, timeSpentMs: took({ id }) };
  } catch (error) {
    return { ...about, status: TestStatus.Failed, failureMessage: String(error), timeSpentMs: performance.now() - begun };
  }
}
