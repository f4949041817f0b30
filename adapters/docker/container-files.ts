import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { extract } from 'tar-stream';
import { EngineFault } from '../../activities/hosts/errors.ts';
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

/** When a file of a container was last changed; undefined when there is no such file, or no such container. Works on stopped ones as well. */
export async function fileTime(engine: Engine, name: string, path: string, { signal }: Signal): Promise<number | undefined> {
  const doing = `look for ${path} of container ${name}`;
  try {
    const answer = (await callEngine(engine, doing, { signal }, (abortSignal) =>
      engine.docker.getContainer(name).infoArchive({ path, abortSignal }),
    )) as IncomingMessage;
    answer.resume();
    return changedAt(engine, doing, answer.headers['x-docker-container-path-stat']);
  } catch (error) {
    if (error instanceof EngineAnswer && error.status === 404) return undefined;
    throw asEngineError(engine, doing, error);
  }
}

/** The answer to HEAD is in a header: base64 of JSON. */
function changedAt(engine: Engine, doing: string, header: string | string[] | undefined): number {
  const { mtime = '' } = JSON.parse(Buffer.from(String(header ?? 'e30='), 'base64').toString('utf8')) as { mtime?: string };
  const time = Date.parse(mtime);
  if (Number.isNaN(time)) throw new EngineFault(engine, doing, `the file's time is ${JSON.stringify(mtime)}`);
  return time;
}

async function onlyEntry(archive: Readable): Promise<string> {
  const entries = archive.pipe(extract());
  archive.on('error', (error) => entries.destroy(error));
  let content = '';
  for await (const entry of entries) content += (await buffer(entry as unknown as Readable)).toString('utf8');
  return content;
}
