import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './setup/build.mjs';
import { cacheFolder, installedPackages, leaveCache } from './setup/cache.mjs';
import { setUp } from './setup/carry-out.mjs';
import { installDependencies, MADE_BY_SETUP } from './setup/dependencies.mjs';
import { checkout, mainScript } from './setup/main-script.mjs';
import { runInstead } from './setup/programs.mjs';
import { say } from './setup/say.mjs';

const args = process.argv.slice(2);

await mainScript(async () => {
  if (args.includes('--clean')) return clean();
  if (['--help', '-h', '--stop'].some((arg) => args.includes(arg))) return demoAsItIs();
  const environment = await setUp('demo', checkout);
  await build(checkout);
  return demo(environment);
});

function demo(environment) {
  return runInstead(process.execPath, [join(checkout, 'dist/demo/main.js'), ...args], { env: { ...process.env, ...environment } });
}

/** Asking and stopping take the program alone, and none of the parts. */
async function demoAsItIs() {
  await installDependencies(checkout);
  await build(checkout);
  return demo({});
}

/** First what runs and its data, as the demo itself knows them, then what set-up made; Debian packages stay. */
async function clean() {
  const elsewhere = args.some((arg) => arg.startsWith('--directory'));
  const code = elsewhere || existsSync(join(checkout, '.tidegate')) ? await demoAsItIs() : 0;
  if (code !== 0) return code;
  if (existsSync(cacheFolder())) cleanCache(cacheFolder());
  for (const folder of ['dist', 'node_modules']) if (existsSync(join(checkout, folder, MADE_BY_SETUP))) remove(folder);
  return 0;
}

function cleanCache(cache) {
  tellOfPackages(installedPackages(cache));
  say(leaveCache(cache, checkout) ? `Removed ${cache}` : `Left ${cache}: another checkout uses it`);
}

function tellOfPackages(list) {
  if (!existsSync(list)) return;
  const names = [...new Set(readFileSync(list, 'utf8').trim().split('\n'))].join(' ');
  say(`Debian packages that set-up installed stay, as others may use them by now. To remove them: apt-get remove --autoremove ${names}`);
}

function remove(folder) {
  rmSync(join(checkout, folder), { recursive: true, force: true });
  say(`Removed ${join(checkout, folder)}`);
}
