import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import type { DemoFolder } from './folder.ts';
import { connectUserEngine, removeImages } from './site/user-engine.ts';

/** Engine to the images that were pulled onto it. */
const pulledImages = z.record(z.string(), z.array(z.string()));

/**
 * Notes which images a user's engine gets from the demo: called with those that are `missing` before they are pulled, and afterwards with
 * those of them that are `there`.
 */
export async function rememberPulled(folder: DemoFolder, docker: string, missing: readonly string[], there = missing): Promise<void> {
  const known = await read(folder);
  const others = (known[docker] ?? []).filter((image) => !missing.includes(image));
  await writeFile(folder.pulled, JSON.stringify({ ...known, [docker]: [...others, ...there] }));
}

/** Removes them; those that somebody uses stay. */
export async function removePulled(folder: DemoFolder): Promise<void> {
  for (const [docker, images] of Object.entries(await read(folder))) {
    if (images.length === 0) continue;
    await removeImages(await connectUserEngine(docker), (name) => images.includes(name));
  }
}

async function read(folder: DemoFolder): Promise<z.output<typeof pulledImages>> {
  const text = await readFile(folder.pulled, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}';
    throw error;
  });
  return pulledImages.parse(JSON.parse(text));
}
