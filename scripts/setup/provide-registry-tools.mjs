import { buildGoTools } from './go-tools.mjs';
import { GO_WHEEL, LEAST_GO, variableOf } from './registry-tools.mjs';
import { say } from './say.mjs';

const LEFT_OUT = 'What needs it is left out.';

/**
 * Builds the registry tools that are missing, once `before` is done, and returns the environment variables of all that are
 * there. Never fails: what cannot be had is told.
 */
export async function provideRegistryTools({ go, build, absent, found }, cache, before) {
  if (absent.length > 0) say(`Not there: ${namesOf(absent)}. ${LEFT_OUT} They are built where Go ${LEAST_GO} or Python with venv is.`);
  if (build.length === 0) return variables(found);
  // Should the packages fail, Go may still be had, and who asked for the packages says so.
  await before?.catch(() => undefined);
  say(`Building ${namesOf(build)} into ${cache}/go-tools, with ${wordsOf(go)}; this takes minutes, once`);
  const outcomes = await buildGoTools(build, go, cache);
  for (const { tool, failure } of outcomes) if (failure) say(`Not built: ${tool.name} ${tool.version}. ${LEFT_OUT} ${failure}`);
  return variables({ ...found, ...Object.fromEntries(outcomes.map(({ tool, path }) => [tool.name, path])) });
}

function namesOf(tools) {
  return tools.map(({ name, version }) => `${name} ${version}`).join(', ');
}

function wordsOf(go) {
  return go.kind === 'wheel' ? `Go ${GO_WHEEL.version}, taken as a wheel for this alone` : go.path;
}

function variables(paths) {
  const there = Object.entries(paths).filter(([, path]) => path !== undefined);
  return Object.fromEntries(there.map(([name, path]) => [variableOf(name), path]));
}
