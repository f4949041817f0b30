import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Installation } from '../../config/installation.ts';
import { type Check, type Finding, fail, ok, warn } from './check.ts';

const LEAST_NODE = [20, 19] as const;
const GIGABYTE = 1024 ** 3;
const LITTLE_BYTES = 2 * GIGABYTE;
const TOO_LITTLE_BYTES = GIGABYTE / 4;

/** The machine that this command runs on. */
export function machineChecks(installation: Installation): readonly Check[] {
  return [
    { name: 'Node.js', wayOut: 'install Node.js 20.19 or later', look: async () => nodeVersion(process.versions.node) },
    { name: 'data folder', wayOut: `make ${installation.data} writable for this user`, look: () => dataFolder(installation.data) },
    { name: 'disk', wayOut: `see that ${installation.data} is on a disk that works`, look: () => freeDisk(installation.data) },
  ];
}

/** Exported for its decision: which versions do. */
export function nodeVersion(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const enough = major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1]);
  return enough ? ok(version) : fail(`${version} is too old`, `install Node.js ${LEAST_NODE.join('.')} or later`);
}

async function dataFolder(folder: string): Promise<Finding> {
  const existing = await nearestExisting(folder);
  await access(existing, constants.R_OK | constants.W_OK | constants.X_OK);
  return existing === folder ? ok(`${folder} can be written`) : ok(`${folder} can be made`);
}

async function freeDisk(folder: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(await nearestExisting(folder));
  const free = bavail * bsize;
  const text = `${(free / GIGABYTE).toFixed(1)} GB free for ${folder}`;
  const wayOut = "free some: 'docker system df' shows what images and containers take";
  if (free < TOO_LITTLE_BYTES) return fail(text, wayOut);
  return free < LITTLE_BYTES ? warn(text, wayOut) : ok(text);
}

async function nearestExisting(path: string): Promise<string> {
  for (let folder = path; ; folder = dirname(folder)) {
    const found = await stat(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
      throw error;
    });
    if (found !== undefined || folder === dirname(folder)) return folder;
  }
}
