import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { extract } from 'tar-stream';
import { asEngineError, callEngine, type Engine, EngineAnswer } from './engine-calls.ts';

type Signal = { readonly signal: AbortSignal };

/** Unpacks a tar below a directory of a container, whether it runs or not. */
export async function unpackInto(engine: Engine, name: string, path: string, tar: Buffer, { signal }: Signal): Promise<void> {
  const doing = `put files into container ${name}`;
  try {
    await callEngine(engine, doing, { signal }, (abortSignal) => engine.docker.getContainer(name).putArchive(tar, { path, abortSignal }));
  } catch (error) {
    throw asEngineError(engine, doing, error);
  }
}

/** One file of a container; undefined when there is no such file, or no such container. */
export async function readContainerFile(engine: Engine, name: string, path: string, { signal }: Signal): Promise<string | undefined> {
  const doing = `read ${path} of container ${name}`;
  try {
    return await callEngine(engine, doing, { signal }, async (abortSignal) => {
      const archive = (await engine.docker.getContainer(name).getArchive({ path, abortSignal })) as Readable;
      return onlyEntry(archive);
    });
  } catch (error) {
    if (error instanceof EngineAnswer && error.status === 404) return undefined;
    throw asEngineError(engine, doing, error);
  }
}

async function onlyEntry(archive: Readable): Promise<string> {
  const entries = archive.pipe(extract());
  archive.on('error', (error) => entries.destroy(error));
  let content = '';
  for await (const entry of entries) content += (await buffer(entry as unknown as Readable)).toString('utf8');
  return content;
}
