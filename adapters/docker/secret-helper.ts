import type { ContainerCreateOptions } from 'dockerode';
import { EngineFault, EngineRefused, SecretsOnDisk } from '../../activities/hosts/errors.ts';
import { LABEL } from '../../domain/labels.ts';
import { containerLog, createContainer, removeContainer, startContainer } from './containers.ts';
import { asEngineError, callEngine, type Engine, EngineAnswer } from './engine-calls.ts';

type Signal = { readonly signal: AbortSignal };

/** Where a helper sees the host's /run. */
const INSIDE = '/host-run';
/** Below the host's /run. */
export const SECRETS_ROOT = 'tidegate/secrets';

/**
 * Prints the type of the file system that secrets would be on, and removes the tombstones of folders that went. A deeper mount hides a
 * higher one, so the last one counts.
 */
const LOOK = `
while read -r device at type rest; do
  case "$at" in ${INSIDE}|${INSIDE}/tidegate|${INSIDE}/${SECRETS_ROOT}) kind=$type;; esac
done </proc/mounts
for one in ${INSIDE}/${SECRETS_ROOT}/*/*; do [ -f "$one" ] && [ ! -s "$one" ] && rm -f "$one"; done
echo "$kind"
`;

/**
 * Unpacks an archive below the host's /run, through a container that is made for it and never started: what is put into a container
 * otherwise lands on a disk. `image` is any that the engine has.
 */
export async function unpackBelowRun(engine: Engine, image: string, name: string, archive: Buffer, { signal }: Signal): Promise<void> {
  const doing = 'take secret files';
  await withHelper(engine, settingsOf(`tidegate-secrets.${name}`, image, ['never-started']), { signal }, async (id) => {
    try {
      await callEngine(engine, doing, { signal }, (abortSignal) =>
        engine.docker.getContainer(id).putArchive(archive, { path: INSIDE, abortSignal }),
      );
    } catch (error) {
      throw passing(engine, doing, error);
    }
  });
}

/** Throws SecretsOnDisk where the host's /run is no memory. `image` has a shell. */
export async function requireMemory(engine: Engine, image: string, { signal }: Signal): Promise<void> {
  const doing = 'say what kind of memory its /run is';
  const kind = await withHelper(engine, settingsOf('tidegate-secrets-look', image, ['sh', '-c', LOOK]), { signal }, async (id) => {
    try {
      await startContainer(engine, id, { signal });
      await callEngine(engine, doing, { signal }, (abortSignal) => engine.docker.getContainer(id).wait({ abortSignal }));
      return (await containerLog(engine, id, 1, { signal, redact: (text) => text })).trim();
    } catch (error) {
      throw passing(engine, doing, error);
    }
  });
  if (kind !== 'tmpfs' && kind !== 'ramfs') throw new SecretsOnDisk(engine.host, kind === '' ? 'not to be seen' : kind);
}

async function withHelper<Result>(
  engine: Engine,
  settings: ContainerCreateOptions & { name: string },
  { signal }: Signal,
  act: (id: string) => Promise<Result>,
): Promise<Result> {
  const id = await createContainer(engine, settings, { signal });
  try {
    return await act(id);
  } finally {
    // One that is left is adopted by whoever comes next.
    if (!signal.aborted) await removeContainer(engine, id, { signal });
  }
}

/** Another attempt may be at work under the same name and take the helper away: that passes. */
function passing(engine: Engine, doing: string, error: unknown): unknown {
  const answer = error instanceof EngineAnswer ? asEngineError(engine, doing, error) : error;
  return answer instanceof EngineRefused ? new EngineFault(engine, doing, answer.message, { cause: error }) : answer;
}

function settingsOf(name: string, image: string, command: readonly string[]): ContainerCreateOptions & { name: string } {
  const [program = '', ...rest] = command;
  return {
    name,
    Image: image,
    Labels: { [LABEL.role]: 'helper' },
    Entrypoint: [program],
    Cmd: rest,
    User: '0:0',
    HostConfig: { Binds: [`/run:${INSIDE}`], NetworkMode: 'none', RestartPolicy: { Name: 'no' }, LogConfig: { Type: 'local', Config: {} } },
  };
}
