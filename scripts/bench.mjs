import { join } from 'node:path';
import { build } from './setup/build.mjs';
import { setUp } from './setup/carry-out.mjs';
import { installDependencies } from './setup/dependencies.mjs';
import { checkout, mainScript } from './setup/main-script.mjs';
import { runInstead } from './setup/programs.mjs';

/** These deploy to engines, and need no client of registries. */
const ON_ENGINES = ['switch', 'kills'];

/** These need nothing but Node. */
const ALONE = ['ledger'];

await mainScript(async () => {
  const name = process.argv[2];
  const environment = ALONE.includes(name) ? await withDependencies() : await setUp(ON_ENGINES.includes(name) ? 'lab' : 'bench', checkout);
  await build(checkout);
  return runInstead(process.execPath, [join(checkout, 'dist/bench/main.js'), ...process.argv.slice(2)], {
    cwd: checkout,
    env: { ...process.env, ...environment },
  });
});

async function withDependencies() {
  await installDependencies(checkout);
  return {};
}
