import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { extract, pack } from 'tar-stream';

/** A secret file with what is in it. Lives only as long as it takes to hand it over. */
export interface SecretContent {
  readonly name: string;
  readonly content: string;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

/** Comes last in a folder: where it is, all the others are there whole. */
const WHOLE = '.whole';

/** A folder of secrets as the archive that an engine unpacks: nobody but root passes the folders above it. */
export async function archiveOf(folder: string, contents: readonly SecretContent[]): Promise<Buffer> {
  const archive = pack();
  const names = folder.split('/');
  const above = names.slice(0, -1).map((_, depth) => names.slice(0, depth + 1).join('/'));
  for (const name of above) archive.entry({ name, type: 'directory', mode: 0o700 });
  archive.entry({ name: folder, type: 'directory', mode: 0o755 });
  for (const { name, content, ...owner } of contents) archive.entry({ name: `${folder}/${name}`, ...owner }, content);
  archive.entry({ name: `${folder}/${WHOLE}`, mode: 0o444 }, '');
  archive.finalize();
  return buffer(archive);
}

/** An archive that removes a folder: engines put a file in the place of a folder with all that is in it. */
export async function tombstoneOf(folder: string): Promise<Buffer> {
  const archive = pack();
  archive.entry({ name: folder, mode: 0o600 }, '');
  archive.finalize();
  return buffer(archive);
}

/** Name to content of an archived folder; undefined where it is not whole. */
export async function readArchive(archive: Readable): Promise<ReadonlyMap<string, string> | undefined> {
  const entries = archive.pipe(extract());
  archive.on('error', (error) => entries.destroy(error));
  const files = new Map<string, string>();
  for await (const entry of entries) {
    const content = (await buffer(entry as unknown as Readable)).toString('utf8');
    if (entry.header.type === 'file') files.set(entry.header.name.split('/').slice(1).join('/'), content);
  }
  return files.delete(WHOLE) ? files : undefined;
}
