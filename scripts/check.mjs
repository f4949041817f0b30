import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installDependencies } from './setup/dependencies.mjs';
import { checkout, mainScript } from './setup/main-script.mjs';
import { run } from './setup/programs.mjs';

/** `--summary=FILE` leaves `{"passed": [names], "failed": [names]}` for other programs. */
const summary = process.argv.find((arg) => arg.startsWith('--summary='))?.slice('--summary='.length);

await mainScript(async () => {
  await installDependencies(checkout);
  // Side by side: the types alone take half of the time, and one core.
  const judged = await Promise.all(steps().map(async (step) => ({ name: step.name, isGood: await passes(step) })));
  const namesOf = (isGood) => judged.filter((step) => step.isGood === isGood).map(({ name }) => name);
  const result = { passed: namesOf(true), failed: namesOf(false) };
  if (summary !== undefined) writeFileSync(summary, JSON.stringify(result));
  console.log(result.failed.length === 0 ? 'The checks passed.' : `Failed: ${result.failed.join(', ')}`);
  return result.failed.length === 0 ? 0 : 1;
});

function steps() {
  const { include } = JSON.parse(readFileSync(join(checkout, 'tsconfig.json'), 'utf8'));
  const rooms = include.filter((room) => existsSync(join(checkout, room)));
  return [
    { name: 'types', program: 'tsc', args: ['-p', 'tsconfig.json'] },
    { name: 'format and lint', program: 'biome', args: ['check', '--error-on-warnings', '--max-diagnostics=100', '.'] },
    { name: 'imports', program: 'depcruise', args: ['--config', '.dependency-cruiser.cjs', ...rooms] },
    { name: 'unused', program: 'knip', args: ['--no-progress'] },
  ];
}

async function passes({ name, program, args }) {
  try {
    await run(join(checkout, 'node_modules/.bin', program), args, { cwd: checkout });
    console.log(`passed  ${name}`);
    return true;
  } catch (error) {
    console.log(`FAILED  ${name}\n${error.message}`);
    return false;
  }
}
