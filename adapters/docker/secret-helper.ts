import { randomBytes } from 'node:crypto';
import type { ContainerCreateOptions } from 'dockerode';
import { ContainerMissing, EngineFault, EngineRefused, SecretsOnDisk } from '../../activities/hosts/errors.ts';
import { LABEL } from '../../domain/labels.ts';
import { containerLog, createContainer, removeContainer, startContainer } from './containers.ts';
import { asEngineError, callEngine, type Engine, EngineAnswer } from './engine-calls.ts';

type Signal = { readonly signal: AbortSignal };

/** Where a helper sees the host's /run. */
const INSIDE = '/host-run';
/** A helper that is older was left by a worker that was killed; clocks may differ. */
const LEFT_SECONDS = 900;
/** Below the host's /run. */
export const SECRETS_ROOT = 'tidegate/secrets';

/**
 * Prints the type of the file system that secrets would be on; a deeper mount hides a higher one, so the last one counts. Removes the
 * tombstones of folders that went, and folders whose container does not exist: those of an engine come first, and then the names that do.
 * One that is young may be of a container that is just being made.
 */
const LOOK = `
while read -r device at type rest; do
  case "$at" in ${INSIDE}|${INSIDE}/tidegate|${INSIDE}/${SECRETS_ROOT}) kind=$type;; esac
done </proc/mounts
engine=$1; shift; names=" $* "
for one in ${INSIDE}/${SECRETS_ROOT}/"$engine"/*; do
  [ -f "$one" ] && [ ! -s "$one" ] && rm -f "$one"
  case "$names" in *" \${one##*/} "*) continue;; esac
  [ -d "$one" ] && [ -n "$(find "$one" -maxdepth 0 -mmin +10 2>/dev/null)" ] && rm -rf "$one"
done
echo "$kind"
`;

/**
 * Unpacks an archive below the host's /run, through a container that is made for it and never started: what is put into a container
 * otherwise lands on a disk. `image` is any that the engine has.
 */
export async function unpackBelowRun(engine: Engine, image: string, name: string, archive: Buffer, { signal }: Signal): Promise<void> {
  const doing = 'take secret files';
  await withHelper(engine, settingsOf(name, image, ['never-started']), { signal }, async (id) => {
    try {
      await callEngine(engine, doing, { signal }, (abortSignal) =>
        engine.docker.getContainer(id).putArchive(archive, { path: INSIDE, abortSignal }),
      );
    } catch (error) {
      throw passing(engine, doing, error);
    }
  });
}

/**
 * Throws SecretsOnDisk where the host's /run is no memory, and otherwise sweeps what is left below `folder` of containers that are no
 * more. `image` has a shell.
 */
export async function requireMemory(engine: Engine, image: string, folder: string, { signal }: Signal): Promise<void> {
  const known = await sweepHelpers(engine, { signal });
  const doing = 'say what kind of memory its /run is';
  const kind = await withHelper(engine, settingsOf('look', image, ['sh', '-c', LOOK, 'sh', folder, ...known]), { signal }, async (id) => {
    try {
      await startContainer(engine, id, { signal });
      await callEngine(engine, doing, { signal }, (abortSignal) => engine.docker.getContainer(id).wait({ abortSignal }));
      return (await containerLog(engine, id, 1, { signal, redact: (text) => text })).trim();
    } catch (error) {
      throw passing(engine, doing, error);
    }
  });
  if (kind === '') throw new EngineFault(engine, doing, 'its answer is empty');
  if (kind !== 'tmpfs' && kind !== 'ramfs') throw new SecretsOnDisk(engine.host, kind);
}

/** Removes helpers that a killed worker left, and returns the names of all other containers. */
async function sweepHelpers(engine: Engine, { signal }: Signal): Promise<string[]> {
  const doing = 'list its containers';
  try {
    const all = await callEngine(engine, doing, { signal }, (abortSignal) => engine.docker.listContainers({ all: true, abortSignal }));
    const isHelper = ({ Labels }: (typeof all)[number]): boolean => Labels[LABEL.role] === 'helper';
    const left = all.filter((one) => isHelper(one) && Date.now() / 1_000 - one.Created > LEFT_SECONDS);
    for (const { Id } of left) await removeContainer(engine, Id, { signal });
    return all.filter((one) => !isHelper(one)).flatMap(({ Names }) => Names.map((name) => name.replace(/^\//, '')));
  } catch (error) {
    throw asEngineError(engine, doing, error);
  }
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
    // One that is left is swept by a later look.
    if (!signal.aborted) await removeContainer(engine, id, { signal });
  }
}

/** Somebody may have taken the helper away: that passes. */
function passing(engine: Engine, doing: string, error: unknown): unknown {
  const answer = error instanceof EngineAnswer ? asEngineError(engine, doing, error) : error;
  return answer instanceof EngineRefused || answer instanceof ContainerMissing
    ? new EngineFault(engine, doing, answer.message, { cause: error })
    : answer;
}

function settingsOf(name: string, image: string, command: readonly string[]): ContainerCreateOptions & { name: string } {
  const [program = '', ...rest] = command;
  return {
    // Of each attempt its own: two that are at work at once do not meet.
    name: `tidegate-secrets.${name}.${randomBytes(4).toString('hex')}`,
    Image: image,
    Labels: { [LABEL.role]: 'helper' },
    Entrypoint: [program],
    Cmd: rest,
    User: '0:0',
    HostConfig: { Binds: [`/run:${INSIDE}`], NetworkMode: 'none', RestartPolicy: { Name: 'no' }, LogConfig: { Type: 'local', Config: {} } },
  };
}
