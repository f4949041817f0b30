import type Docker from 'dockerode';
import { EngineFault, EngineUnreachable } from '../../activities/hosts/errors.ts';
import type { CallOptions, ContainerState, HostEngine } from '../../activities/hosts/ports.ts';
import type { ImageSource } from '../../activities/images/image-source.ts';
import type { RegistryCredentials } from '../../activities/images.ts';
import type { PinnedImage } from '../../domain/image.ts';
import { LABEL, type Role } from '../../domain/labels.ts';
import type { ObservedContainer } from '../../domain/plan.ts';
import { fileTime } from './container-files.ts';
import { containerSettings } from './container-settings.ts';
import { containerState, observedContainer } from './container-state.ts';
import { createContainer, inspectContainer, setRestartPolicy, signalContainer, startContainer, stopContainer } from './containers.ts';
import { asEngineError, callEngine, type Engine, ORDINARY_DEADLINE_MS } from './engine-calls.ts';
import { engineInfo } from './engine-info.ts';
import { examineContainer, withoutSecretsOf } from './examine-container.ts';
import { imageDigest } from './image-digest.ts';
import { ensureNetwork, joinNetworks } from './networks.ts';
import { hasImage, PULL_IDLE_MS, pullImage } from './pull-image.ts';
import { resolveEnvironment } from './resolved-environment.ts';
import { clearWithoutContainer, refill, removeWithSecrets, revive, secretsFor } from './secret-containers.ts';
import { SecretKeeper } from './secret-keeper.ts';
import { shownLog } from './shown-log.ts';

export interface HostEngineOptions {
  /** The host's name in the installation. */
  readonly host: string;
  /** The engine's address for messages, as `printEndpoint` writes it. */
  readonly endpoint: string;
  readonly docker: Docker;
  readonly credentials: RegistryCredentials;
  /** Where images are read for the engine; without it the engine downloads them by itself. */
  readonly source?: ImageSource | undefined;
  /** Resolves `${env:…}` and `${file:…}` in a value, at the moment of use. */
  readonly resolveValue: (text: string) => Promise<string>;
  /** An image with a shell, to look with at the host itself: that of its router. */
  readonly toolsImage: PinnedImage;
  /** Milliseconds for an ordinary call; 30 s. */
  readonly deadlineMs?: number;
  /** Milliseconds of silence after which a pull is given up; 60 s. */
  readonly pullIdleMs?: number;
}

/** A host's engine behind the port HostEngine. Every call has a deadline and heeds its signal; errors are those of `activities/hosts/errors.ts`. */
export function createDockerHostEngine(options: HostEngineOptions): HostEngine {
  const { host, endpoint, docker, credentials, source, resolveValue, pullIdleMs: idleMs = PULL_IDLE_MS } = options;
  const quietly = { credentials, source, idleMs, onProgress: () => undefined };
  const engine: Engine = { host, endpoint, docker, deadlineMs: options.deadlineMs ?? ORDINARY_DEADLINE_MS };
  const { toolsImage } = options;
  const keeper = new SecretKeeper(engine, {
    toolsImage,
    resolveValue,
    pull: (image, { signal }) => pullImage(engine, image, { ...quietly, signal }),
  });
  return {
    observe: (application, environment, { signal }) => observe(engine, application, environment, 'component', signal),
    observeJobs: (application, environment, { signal }) => observe(engine, application, environment, 'job', signal),
    ensureNetwork: async (name, labels, { signal }) => {
      await ensureNetwork(engine, name, labels, { signal });
    },
    ensureImage: (image, onProgress, { signal }) => pullImage(engine, image, { signal, credentials, source, idleMs, onProgress }),
    holdsImage: (image, { signal }) => hasImage(engine, image, signal),
    ensureContainer: async (spec, { signal }) => {
      const { environment } = await resolveEnvironment(spec.environment, resolveValue);
      const secrets = await secretsFor(engine, keeper, spec, { signal });
      try {
        await createContainer(engine, { ...containerSettings(spec, environment, secrets), name: spec.name }, { signal });
        if (spec.joins !== undefined) await joinNetworks(engine, spec.name, spec.joins, { signal });
      } catch (error) {
        if (secrets !== undefined && !signal.aborted) await clearWithoutContainer(engine, keeper, spec, secrets, { signal });
        throw error;
      }
    },
    start: (name, call) => start(engine, name, call),
    startOnce: (name, { signal }) => startContainer(engine, name, { signal }),
    ensureSecrets: (name, files, { signal }) => refill(engine, keeper, name, files, { signal }),
    revive: (name, files, { signal }) => revive(engine, keeper, name, files, { signal }),
    signal: (name, signal, call) => tellToEnd(engine, name, signal, call),
    fileTime: (name, path, { signal }) => fileTime(engine, name, path, { signal }),
    stop: (name, graceMs, call) => stop(engine, name, graceMs, call),
    remove: (name, { signal }) => removeWithSecrets(engine, keeper, name, { signal }),
    inspect: (name, call) => inspect(engine, name, call),
    now: (call) => timeOf(engine, call),
    logsTail: (name, lines, { signal }) => shownLog(engine, name, lines, { signal }),
    examine: (name, lines, { signal }) => examineContainer(engine, name, lines, { signal }),
    withoutSecrets: (name, text, { signal }) => withoutSecretsOf(engine, name, text, { signal }),
  };
}

async function timeOf(engine: Engine, call: CallOptions): Promise<number> {
  const { SystemTime = '' } = await engineInfo(engine, call);
  const time = Date.parse(SystemTime);
  if (Number.isNaN(time)) throw new EngineFault(engine, 'say what time it is', `its SystemTime is ${JSON.stringify(SystemTime)}`);
  return time;
}

/**
 * Only what was started on purpose comes back after an engine's restart or a machine's reboot, and nothing that was stopped does.
 * No policy alone does that: `unless-stopped` and `on-failure` stay down after an engine was killed (seen on 20.10), and `always`
 * revives containers that were stopped, so that an old version would serve beside the new one. Hence `always` from start to stop.
 * It is set before the start, so that it holds from the first moment, and taken back when the start fails.
 */
async function start(engine: Engine, name: string, { signal }: CallOptions): Promise<void> {
  await setRestartPolicy(engine, name, 'always', { signal });
  try {
    await startContainer(engine, name, { signal });
  } catch (error) {
    // An engine that does not answer could not be told; the workflow's next attempt, or its rollback, does it.
    if (!signal.aborted && !(error instanceof EngineUnreachable)) await setRestartPolicy(engine, name, 'no', { signal });
    throw error;
  }
}

/** The policy goes first: who ends by itself as it was told must not be started again. */
async function tellToEnd(engine: Engine, name: string, word: string, { signal }: CallOptions): Promise<void> {
  await setRestartPolicy(engine, name, 'no', { signal });
  await signalContainer(engine, name, word, { signal });
}

/** The policy goes first: an engine that restarts between the two must not bring back what is to stop. */
async function stop(engine: Engine, name: string, graceMs: number, { signal }: CallOptions): Promise<void> {
  await setRestartPolicy(engine, name, 'no', { signal });
  await stopContainer(engine, name, graceMs, { signal });
}

async function observe(
  engine: Engine,
  application: string,
  environment: string,
  role: Role,
  signal: AbortSignal,
): Promise<ObservedContainer[]> {
  const doing = `list the ${role}s of ${application} in ${environment}`;
  const label = [`${LABEL.application}=${application}`, `${LABEL.environment}=${environment}`, `${LABEL.role}=${role}`];
  try {
    const listed = await callEngine(engine, doing, { signal }, (abortSignal) =>
      engine.docker.listContainers({ all: true, filters: { label }, abortSignal }),
    );
    return listed.map((container) => observedContainer(engine.host, container));
  } catch (error) {
    throw asEngineError(engine, doing, error);
  }
}

async function inspect(engine: Engine, name: string, { signal }: CallOptions): Promise<ContainerState | undefined> {
  const inspected = await inspectContainer(engine, name, { signal });
  return inspected && containerState(inspected, await imageDigest(engine, inspected, signal));
}
