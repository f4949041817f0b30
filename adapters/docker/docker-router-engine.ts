import type Docker from 'dockerode';
import type { ContainerCreateOptions, ContainerInspectInfo } from 'dockerode';
import { ImageNotFound } from '../../activities/hosts/errors.ts';
import type { CallOptions } from '../../activities/hosts/ports.ts';
import type { ObservedRouter, RouterContainer, RouterEngine } from '../../activities/hosts/router-engine.ts';
import type { ImageSource } from '../../activities/images/image-source.ts';
import type { RegistryCredentials } from '../../activities/images.ts';
import { DigestMismatch } from '../../activities/registry/content-errors.ts';
import { RegistryRefused } from '../../activities/registry/errors.ts';
import { RouterImageMissing } from '../../activities/router/errors.ts';
import { type PinnedImage, printImage } from '../../domain/image.ts';
import { readContainerFile, unpackInto } from './container-files.ts';
import { graceSeconds } from './container-settings.ts';
import { containerLog, createContainer, inspectContainer, removeContainer, startContainer } from './containers.ts';
import { type Engine, ORDINARY_DEADLINE_MS } from './engine-calls.ts';
import { execute } from './execute.ts';
import { joinNetwork } from './networks.ts';
import { PULL_IDLE_MS, pullImage } from './pull-image.ts';

export interface RouterEngineOptions {
  /** The host's name in the installation. */
  readonly host: string;
  /** The engine's address for messages, as `printEndpoint` writes it. */
  readonly endpoint: string;
  readonly docker: Docker;
  readonly credentials: RegistryCredentials;
  /** Where the image is read for the engine; without it the engine downloads by itself. */
  readonly source?: ImageSource | undefined;
  /** Milliseconds of silence after which a pull is given up; 60 s. */
  readonly pullIdleMs?: number;
}

/** A router's way to its host's engine. Every call has a deadline and heeds its signal. */
export function createDockerRouterEngine(options: RouterEngineOptions): RouterEngine {
  const { host, endpoint, docker, credentials, source, pullIdleMs: idleMs = PULL_IDLE_MS } = options;
  const engine: Engine = { host, endpoint, docker, deadlineMs: ORDINARY_DEADLINE_MS };
  return {
    place: { host, endpoint },
    ensureImage: (image, { signal }) =>
      asRouterImage(engine, image, pullImage(engine, image, { signal, credentials, source, idleMs, onProgress })),
    inspect: (name, call) => inspect(engine, name, call),
    create: async (container, { signal }) => {
      await createContainer(engine, settingsOf(container), { signal });
    },
    start: (name, { signal }) => startContainer(engine, name, { signal }),
    remove: (name, { signal }) => removeContainer(engine, name, { signal }),
    join: (name, network, { signal }) => joinNetwork(engine, name, network, { signal }),
    // It is given no secret in its environment, and HAProxy logs none.
    logsTail: (name, lines, { signal }) => containerLog(engine, name, lines, { signal, redact: (text) => text }),
    putFiles: (name, directory, tar, { signal }) => unpackInto(engine, name, directory, tar, { signal }),
    readFile: (name, path, { signal }) => readContainerFile(engine, name, path, { signal }),
    execute: (name, command, { signal }) => execute(engine, name, command, { signal }),
  };
}

/** Whoever waits for a router is told by heartbeats that somebody works; which layer arrives is not told. */
const onProgress = (): void => undefined;

/** What a registry will not give today will not be there tomorrow either; what it cannot give now may be. */
async function asRouterImage({ host }: Engine, image: PinnedImage, pull: Promise<void>): Promise<void> {
  try {
    await pull;
  } catch (error) {
    const isRefused = error instanceof ImageNotFound || error instanceof RegistryRefused || error instanceof DigestMismatch;
    if (isRefused) throw new RouterImageMissing(host, printImage(image), error.message, { cause: error });
    throw error;
  }
}

async function inspect(engine: Engine, name: string, { signal }: CallOptions): Promise<ObservedRouter | undefined> {
  const found = await inspectContainer(engine, name, { signal });
  if (found === undefined) return undefined;
  const { State, Config, NetworkSettings } = found;
  return { running: State.Running, labels: Config.Labels, networks: Object.keys(NetworkSettings.Networks), ports: portsOf(found) };
}

/** As it was asked for, which an engine tells also of a container that does not run. */
function portsOf({ HostConfig }: ContainerInspectInfo): ObservedRouter['ports'] {
  const bindings = (HostConfig.PortBindings ?? {}) as Readonly<Record<string, readonly { HostIp?: string; HostPort?: string }[] | null>>;
  return Object.entries(bindings).flatMap(([inner, hosts]) =>
    (hosts ?? []).map(({ HostIp = '', HostPort = '' }) => ({ inner: Number.parseInt(inner, 10), address: HostIp, port: Number(HostPort) })),
  );
}

/** What the engine is asked to create. Keys are those of Engine API 1.41. */
function settingsOf(container: RouterContainer): ContainerCreateOptions & { name: string } {
  const { name, image, labels, command, environment, ports, volume, folders, capabilities, stopSignal, stopGraceMs } = container;
  const VolumeOptions = { NoCopy: true, Labels: { ...labels }, DriverConfig: { Name: 'local', Options: {} } };
  return {
    name,
    Image: printImage(image),
    Labels: { ...labels },
    Entrypoint: [...command],
    Cmd: [],
    Env: Object.entries(environment).map(([variable, value]) => `${variable}=${value}`),
    User: '0',
    StopSignal: stopSignal,
    StopTimeout: graceSeconds(stopGraceMs),
    // Without this an engine drops port bindings and says nothing.
    ExposedPorts: Object.fromEntries(ports.map(({ inner }) => [`${inner}/tcp`, {}])),
    HostConfig: {
      RestartPolicy: { Name: 'always' },
      PortBindings: Object.fromEntries(
        ports.map(({ inner, address, port }) => [`${inner}/tcp`, [{ HostIp: address, HostPort: String(port) }]]),
      ),
      Mounts: [{ Type: 'volume', Source: volume.name, Target: volume.path, VolumeOptions }],
      // The short form makes a folder that is not there.
      Binds: folders.map(({ source, path }) => `${source}:${path}`),
      LogConfig: { Type: 'local', Config: {} },
      CapDrop: ['ALL'],
      CapAdd: [...capabilities],
      SecurityOpt: ['no-new-privileges'],
    },
  };
}
