import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { build } from './setup/build.mjs';
import { setUp } from './setup/carry-out.mjs';
import { checkout, mainScript } from './setup/main-script.mjs';
import { runInstead } from './setup/programs.mjs';

const args = process.argv.slice(2);
const jest = join(checkout, 'node_modules/jest/bin/jest.js');

await mainScript(async () => {
  const environment = await setUp('test', checkout);
  await build(checkout);
  return runInstead(process.execPath, ['--experimental-vm-modules', '--no-warnings', jest, ...workers(), ...args], {
    cwd: checkout,
    env: { ...process.env, ...environment },
  });
});

/** Tests wait for engines and Temporal more than they compute, and each may hold several: two more than there are cores, at most four. */
function workers() {
  return args.some((arg) => /^(--maxWorkers|-w|--runInBand|-i)\b/.test(arg))
    ? []
    : [`--maxWorkers=${Math.min(4, availableParallelism() + 2)}`];
}
