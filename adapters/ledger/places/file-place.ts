import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { CheckpointPlace } from './place.ts';

/** A file, which is always whole. */
export function filePlace(file: string): CheckpointPlace {
  const read = () =>
    readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
  return {
    name: file,
    read,
    async publish(note, replaces = () => true) {
      const there = await read();
      if (there !== undefined && !replaces(there)) return;
      const draft = `${file}.${randomUUID()}`;
      await mkdir(dirname(file), { recursive: true });
      try {
        await writeFile(draft, note, { mode: 0o644, flag: 'wx', flush: true });
        await rename(draft, file);
      } finally {
        await rm(draft, { force: true });
      }
    },
  };
}
