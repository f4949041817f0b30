import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDER = join(CHECKOUT, 'node_modules/.cache/tidegate-tests');

/**
 * A folder with what takes long to make of some rooms of this checkout. The first test file that needs it has it made and leaves it for
 * all others, under the hash of those rooms: what is found there is never older than its sources.
 */
export async function madeOnce(what: string, rooms: readonly string[], make: (folder: string) => Promise<void>): Promise<string> {
  const name = `${what}@${await hashOf(rooms)}`;
  const folder = join(FOLDER, name);
  if (existsSync(folder)) return folder;
  await mkdir(FOLDER, { recursive: true });
  const draft = await mkdtemp(join(FOLDER, 'draft-'));
  await make(draft);
  await removeOlder(what, name);
  // Whole under its name, or not there. Another test file may have been quicker.
  await rename(draft, folder).catch(() => rm(draft, { recursive: true }));
  return folder;
}

async function removeOlder(what: string, name: string): Promise<void> {
  const older = (await readdir(FOLDER)).filter((other) => other.startsWith(`${what}@`) && other !== name);
  for (const other of older) await rm(join(FOLDER, other), { recursive: true, force: true });
}

async function hashOf(rooms: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of ['package-lock.json', ...(await sourcesOf(rooms))]) {
    hash
      .update(`${file}\0`)
      .update(await readFile(join(CHECKOUT, file)))
      .update('\0');
  }
  return hash.digest('hex').slice(0, 32);
}

async function sourcesOf(rooms: readonly string[]): Promise<string[]> {
  const listed = rooms.map(async (room) => (await readdir(join(CHECKOUT, room), { recursive: true })).map((file) => join(room, file)));
  return (await Promise.all(listed))
    .flat()
    .filter((file) => file.endsWith('.ts'))
    .sort();
}
