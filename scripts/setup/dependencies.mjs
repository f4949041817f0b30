import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './programs.mjs';
import { say } from './say.mjs';

/** Says that set-up made this folder, so that cleaning may remove it. */
export const MADE_BY_SETUP = '.made-by-tidegate-setup';

/** Installs the npm packages of the lock file, unless just these are there already. */
export async function installDependencies(checkout) {
  if (isInstalled(checkout)) return;
  say(`Installing the npm packages of package-lock.json into ${join(checkout, 'node_modules')}`);
  await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: checkout });
  writeFileSync(join(checkout, 'node_modules', MADE_BY_SETUP), '');
}

function isInstalled(checkout) {
  const installed = join(checkout, 'node_modules', '.package-lock.json');
  return existsSync(installed) && holdsAll(parse(join(checkout, 'package-lock.json')), parse(installed));
}

/** Whether the installed packages are those of the lock file; packages for other platforms are optional and stay away. */
export function holdsAll(lock, installed) {
  return Object.entries(lock.packages)
    .filter(([path]) => path !== '')
    .every(([path, { version, optional }]) => {
      const found = installed.packages[path];
      return found === undefined ? optional === true : found.version === version;
    });
}

function parse(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
