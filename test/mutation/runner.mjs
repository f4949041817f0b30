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
      const tests = testFilter === undefined ? loadedAnew(this.#suites, sandboxFileName) : chosen(unmutated, testFilter, sandboxFileName);
      const outcomes = await outcomesOf(tests, disableBail);
      const endless = determineHitLimitReached(told.hitCount, told.hitLimit);
      return toMutantRunResult(endless ?? { status: DryRunStatus.Complete, tests: outcomes }, disableBail);
    } finally {
      Object.assign(told, { activeMutant: undefined, hitLimit: undefined, hitCount: undefined });
    }
  }

  #all() {
    this.#suites ??= allSuites();
    return this.#suites.flatMap(({ tests }) => tests);
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'domain', DomainTestRunner)];

function allSuites() {
  const folder = resolve('test/domain');
  const names = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.test.ts'));
  const load = loading();
  return names.sort().map((name) => ({ file: join(folder, name), tests: load(join(folder, name)) }));
}

/** The tests of suites whose file imports the mutated one, as no other can tell: file after file, since most mutants end with the first. */
function* loadedAnew(suites, mutated) {
  const reaching = suites.filter(({ file }) => reaches(file, mutated));
  const load = loading();
  for (const { file } of soonestFirst(reaching, mutated)) yield* soonestFirst(load(file), mutated);
}

/** Loads files into a registry of their own, all into one, as nothing in `domain/` remembers anything; gives the tests of each. */
function loading() {
  const collected = collecting();
  const registry = new ModuleRegistry(collected.standIns);
  return (file) => {
    const failure = thrownBy(() => registry.load(file));
    return named([itsLoading(failure), ...(failure === undefined ? collected.taken() : [])], file);
  };
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

function chosen(tests, ids, mutated) {
  const wanted = new Set(ids);
  return soonestFirst(
    tests.filter(({ id }) => wanted.has(id)),
    mutated,
  );
}

/** The first failure ends it: what is named like the mutated file finds most mutants, and what is quick finds them soon. */
function soonestFirst(some, mutated) {
  const isNear = ({ file }) => Number(basename(file).startsWith(basename(mutated, '.ts')));
  return [...some].sort((one, other) => isNear(other) - isNear(one) || took(one) - took(other));
}

/** Of a test, or of all tests of a file. */
function took({ id, tests = [] }) {
  return durations.get(id) ?? tests.reduce((sum, test) => sum + took(test), 0);
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
