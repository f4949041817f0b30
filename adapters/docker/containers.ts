import { setTimeout as pause } from 'node:timers/promises';
import type { ContainerCreateOptions, ContainerInspectInfo } from 'dockerode';
import {
  ContainerFailed,
  ContainerMissing,
  DiskFull,
  EngineFault,
  ImageNotFound,
  NameTaken,
  PortTaken,
} from '../../activities/hosts/errors.ts';
import { LABEL } from '../../domain/labels.ts';
import { graceSeconds } from './container-settings.ts';
import { asEngineError, callEngine, type Engine, EngineAnswer, ORDINARY_DEADLINE_MS } from './engine-calls.ts';
import { logText } from './log-text.ts';
import { portHolders } from './port-holders.ts';
import { isDiskFull } from './pull-failure.ts';
import type { Redaction } from './redaction.ts';

const ENDING_ATTEMPTS = 20;
const ENDING_PAUSE_MS = 100;

type Signal = { readonly signal: AbortSignal };

/** Creates a container and returns its id, or the id of the one that was created with this name and these labels before. Throws NameTaken. */
export async function createContainer(
  engine: Engine,
  settings: ContainerCreateOptions & { name: string },
  { signal }: Signal,
): Promise<string> {
  const doing = `create container ${settings.name}`;
  try {
    const created = await callEngine(engine, doing, { signal }, (abortSignal) =>
      engine.docker.createContainer({ ...settings, abortSignal }),
    );
    return created.id;
  } catch (error) {
    if (error instanceof EngineAnswer && error.status === 409) return adopt(engine, settings, { signal });
    if (error instanceof EngineAnswer && error.status === 404) throw missingPart(engine, settings, error);
    throw startError(engine, settings.name, doing, error);
  }
}

/** The name is the fence: whoever holds it with our labels is what an earlier attempt made, anyone else stays. */
async function adopt(engine: Engine, settings: ContainerCreateOptions & { name: string }, options: Signal): Promise<string> {
  const { name } = settings;
  const present = await inspectContainer(engine, name, options);
  if (present === undefined || present.State.Status === 'removing') {
    throw new EngineFault(engine, `create container ${name}`, 'another container of this name is just being removed');
  }
  const labels = present.Config.Labels;
  // One that was made before there was a label for secrets is ours all the same; its log is not shown.
  const isOlder = (label: string) => label === LABEL.secrets && labels[label] === undefined;
  // Of the values that its secrets have, one that was started before keeps its own.
  const isForPeople = (label: string) => label === LABEL.settings || label === LABEL.secretFiles || label === LABEL.stateful;
  const differing = Object.entries(settings.Labels ?? {}).find(
    ([label, value]) => labels[label] !== value && !isOlder(label) && !isForPeople(label),
  );
  if (differing === undefined) return present.Id;
  const [label, value] = differing;
  throw new NameTaken(
    engine,
    'container',
    name,
    `a container holds it whose ${label} is ${JSON.stringify(labels[label] ?? null)} instead of ${JSON.stringify(value)}`,
  );
}

function missingPart(engine: Engine, settings: ContainerCreateOptions, error: EngineAnswer): Error {
  const isImage = /no such image/i.test(error.message);
  if (isImage) return new ImageNotFound({ host: engine.host, image: settings.Image ?? '', seen: error.message }, { cause: error });
  return new ContainerFailed(engine, settings.name ?? '', error.message);
}

/** Undefined when there is no such container. */
export async function inspectContainer(engine: Engine, name: string, { signal }: Signal): Promise<ContainerInspectInfo | undefined> {
  const doing = `inspect container ${name}`;
  return unlessAbsent(engine, doing, () =>
    callEngine(engine, doing, { signal }, (abortSignal) => engine.docker.getContainer(name).inspect({ abortSignal })),
  );
}

/** Starts a container; one that runs is left alone. Throws ContainerMissing, ContainerFailed, PortTaken or DiskFull. */
export async function startContainer(engine: Engine, name: string, { signal }: Signal): Promise<void> {
  const doing = `start container ${name}`;
  try {
    await callEngine(engine, doing, { signal }, (abortSignal) => engine.docker.getContainer(name).start({ abortSignal }));
  } catch (error) {
    if (error instanceof EngineAnswer && error.status === 304) return;
    if (error instanceof EngineAnswer && error.status === 404 && /no such container/i.test(error.message)) {
      throw new ContainerMissing(engine, name, 'start');
    }
    throw await withHolder(engine, name, startError(engine, name, doing, error), { signal });
  }
}

/** Whoever has the port is named, and stays. */
async function withHolder(engine: Engine, name: string, error: unknown, { signal }: Signal): Promise<unknown> {
  if (!(error instanceof PortTaken)) return error;
  // The reason stands also where nobody can be asked any more.
  const holders = await portHolders(engine, name, { signal }).catch(() => undefined);
  return holders === undefined ? error : new PortTaken(engine, name, `${error.seen}; ${holders}`);
}

/** SIGTERM (or the image's STOPSIGNAL), the grace, SIGKILL. One that does not run, or is not there, is left alone. */
export async function stopContainer(engine: Engine, name: string, graceMs: number, { signal }: Signal): Promise<void> {
  const doing = `stop container ${name}`;
  const deadlineMs = graceSeconds(graceMs) * 1000 + Math.max(engine.deadlineMs, ORDINARY_DEADLINE_MS);
  await unlessAbsent(engine, doing, async () => {
    try {
      await callEngine(engine, doing, { signal, deadlineMs }, (abortSignal) =>
        engine.docker.getContainer(name).stop({ t: graceSeconds(graceMs), abortSignal }),
      );
    } catch (error) {
      if (!(error instanceof EngineAnswer && error.status === 304)) throw error;
    }
  });
}

/** Sends a signal to a container's first process. One that does not run, or is not there, is left alone. */
export async function signalContainer(engine: Engine, name: string, word: string, { signal }: Signal): Promise<void> {
  const doing = `send ${word} to container ${name}`;
  await unlessAbsent(engine, doing, async () => {
    try {
      await callEngine(engine, doing, { signal }, (abortSignal) => engine.docker.getContainer(name).kill({ signal: word, abortSignal }));
    } catch (error) {
      const hasEnded = error instanceof EngineAnswer && /is not running/i.test(error.message);
      if (!hasEnded) throw error;
    }
  });
}

/** Sets whether the engine starts a container again by itself. Absent is left alone. */
export async function setRestartPolicy(engine: Engine, name: string, policy: 'no' | 'always', { signal }: Signal): Promise<void> {
  const doing = `set the restart policy of container ${name}`;
  const update = () =>
    callEngine(engine, doing, { signal }, (abortSignal) =>
      engine.docker.getContainer(name).update({ RestartPolicy: { Name: policy }, abortSignal }),
    );
  await unlessAbsent(engine, doing, () => onceItHasEnded(update, signal));
}

/** For a moment after a process has ended its engine still counts it as running, and fails to update what is gone (seen on 20.10). */
async function onceItHasEnded<T>(update: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await update();
    } catch (error) {
      const isPassing = error instanceof EngineAnswer && error.status >= 500 && /^cannot update container/i.test(error.message);
      if (!isPassing || attempt === ENDING_ATTEMPTS) throw error;
      await pause(ENDING_PAUSE_MS);
      signal.throwIfAborted();
    }
  }
}

/** Removes a container, running or not, with the unnamed volumes that its image made. Absent is success; one whose removal has begun is waited for. */
export async function removeContainer(engine: Engine, name: string, { signal }: Signal): Promise<void> {
  const doing = `remove container ${name}`;
  try {
    await callEngine(engine, doing, { signal }, (abortSignal) =>
      engine.docker.getContainer(name).remove({ force: true, v: true, abortSignal }),
    );
  } catch (error) {
    if (error instanceof EngineAnswer && error.status === 404) return;
    const hasBegun = error instanceof EngineAnswer && error.status === 409 && /already in progress/i.test(error.message);
    if (!hasBegun) throw asEngineError(engine, doing, error);
    await untilGone(engine, name, signal);
  }
}

async function untilGone(engine: Engine, name: string, signal: AbortSignal): Promise<void> {
  const end = performance.now() + engine.deadlineMs;
  while ((await inspectContainer(engine, name, { signal })) !== undefined) {
    if (performance.now() > end) throw new EngineFault(engine, `remove container ${name}`, 'its removal has begun and does not end');
    await pause(ENDING_PAUSE_MS);
    signal.throwIfAborted();
  }
}

/** The last lines of both streams as plain text, without the secrets that `redact` knows; empty when the container is absent. */
export async function containerLog(
  engine: Engine,
  name: string,
  lines: number,
  { signal, redact }: Signal & { readonly redact: Redaction },
): Promise<string> {
  const doing = `read the log of container ${name}`;
  const log = await unlessAbsent(engine, doing, () =>
    callEngine(engine, doing, { signal }, (abortSignal) =>
      engine.docker.getContainer(name).logs({ follow: false, stdout: true, stderr: true, tail: lines, abortSignal }),
    ),
  );
  return log === undefined ? '' : redact(logText(log));
}

async function unlessAbsent<T>(engine: Engine, doing: string, call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof EngineAnswer && error.status === 404) return undefined;
    throw asEngineError(engine, doing, error);
  }
}

/** Why a container cannot be created or started, in the engine's words (20.10 to 28 say it alike). */
function startError(engine: Engine, name: string, doing: string, error: unknown): unknown {
  if (!(error instanceof EngineAnswer)) return error;
  const { message, status } = error;
  if (isDiskFull(message)) return new DiskFull(engine, doing, message);
  if (/port is already allocated|address already in use/i.test(message)) return new PortTaken(engine, name, message);
  const isOurs =
    status < 500 || /OCI runtime|runc|executable file not found|error mounting|no such file or directory|not (a )?directory/i.test(message);
  return isOurs ? new ContainerFailed(engine, name, message) : asEngineError(engine, doing, error);
}
