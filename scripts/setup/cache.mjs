import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The user's cache folder for Tidegate, the same that the product looks into; shared by all checkouts. */
export function cacheFolder(environment = process.env, platform = process.platform, home = homedir()) {
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'tidegate');
  return join(environment.XDG_CACHE_HOME || join(home, '.cache'), 'tidegate');
}

/** Notes that this checkout uses the cache, so that another one's cleaning leaves it alone. */
export function useCache(cache, checkout) {
  mkdirSync(join(cache, 'checkouts'), { recursive: true });
  writeFileSync(join(cache, 'checkouts', nameOf(checkout)), checkout);
}

/** The list of Debian packages that set-up has installed on this machine, a name a line. */
export function installedPackages(cache) {
  return join(cache, 'debian-packages');
}

/** Removes the cache, unless another checkout that still exists uses it. Returns whether it is gone. */
export function leaveCache(cache, checkout) {
  const notes = join(cache, 'checkouts');
  if (!existsSync(notes)) return !existsSync(cache);
  rmSync(join(notes, nameOf(checkout)), { force: true });
  const others = readdirSync(notes).filter((note) => existsSync(readFileSync(join(notes, note), 'utf8')));
  if (others.length === 0) rmSync(cache, { recursive: true, force: true });
  return others.length === 0;
}

function nameOf(checkout) {
  return createHash('sha256').update(checkout).digest('hex').slice(0, 16);
}
