import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { extract, pack } from 'tar-stream';
import { callEngine, type RouterPlace } from './engine-calls.ts';

export interface RouterFile {
  readonly name: string;
  readonly content: string;
}

/** Puts files below a directory of a container, whether it runs or not. */
export async function putFiles(
  place: RouterPlace,
  container: string,
  directory: string,
  files: readonly RouterFile[],
  signal: AbortSignal,
): Promise<void> {
  const bytes = await tarOf(files);
  await callEngine(place, 'take files for the router', signal, (abortSignal) =>
    place.docker.getContainer(container).putArchive(bytes, { path: directory, abortSignal }),
  );
}

/** A tar of files that nobody but the router's root reads: the configuration holds the probes' token. */
export async function tarOf(files: readonly RouterFile[]): Promise<Buffer> {
  const archive = pack();
  for (const { name, content } of files) archive.entry({ name, mode: 0o600 }, content);
  archive.finalize();
  return buffer(archive);
}

/** One file of a container. An absent one is thrown as the engine's 404. */
export async function getFile(place: RouterPlace, container: string, path: string, signal: AbortSignal): Promise<string> {
  return callEngine(place, `read ${path} of the router`, signal, async (abortSignal) => {
    const archive = (await place.docker.getContainer(container).getArchive({ path, abortSignal })) as Readable;
    return onlyEntry(archive);
  });
}

async function onlyEntry(archive: Readable): Promise<string> {
  const entries = archive.pipe(extract());
  archive.on('error', (error) => entries.destroy(error));
  let content = '';
  for await (const entry of entries) content += (await buffer(entry as unknown as Readable)).toString('utf8');
  return content;
}
