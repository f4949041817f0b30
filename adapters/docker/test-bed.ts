import { randomUUID } from 'node:crypto';
import type { ContainerCreateOptions, ContainerInfo } from 'dockerode';
import { EngineFault, NameTaken } from '../../activities/hosts/errors.ts';
import type { TestRequest } from '../../activities/tests.ts';
import { type PinnedImage, printImage } from '../../domain/image.ts';
import { LABEL, type Role } from '../../domain/labels.ts';
import { createContainer, removeContainer } from './containers.ts';
import { asEngineError, callEngine, type Engine } from './engine-calls.ts';
import { ensureNetwork, networksNamed, removeNetwork } from './networks.ts';

export interface BedContainer {
  /** The last part of its name, and its alias in the network. */
  readonly name: string;
  readonly role: Extract<Role, 'test' | 'companion'>;
  readonly image: PinnedImage;
  readonly command: readonly string[] | undefined;
  readonly environment: Readonly<Record<string, string>>;
}

/** Names one attempt, so that no other is taken for it. */
const ATTEMPT = 'io.tidegate.attempt';

/** Creations are never cut off half-way: what is made then would be known to nobody. Their own deadline bounds them. */
const UNCUT = { signal: new AbortController().signal };

/**
 * A throw-away network with its containers. The names are the stage's, so that the next attempt finds what this one leaves;
 * each attempt removes only what bears its own label, so that a late one never removes its successor's.
 */
export class TestBed {
  readonly #name: string;
  readonly #stage: Readonly<Record<string, string>>;
  readonly #attempt = { [ATTEMPT]: randomUUID() };
  #network = 'none';

  constructor(
    private readonly engine: Engine,
    { application, release, stage }: TestRequest,
  ) {
    this.#name = `tidegate-test-${application}.${release}.${stage}`;
    this.#stage = { [LABEL.application]: application, [LABEL.release]: String(release) };
  }

  /** Removes what an earlier attempt of the stage left, and makes the network. Throws EngineFault when another attempt is at work. */
  async open(signal: AbortSignal): Promise<void> {
    const names = (container: ContainerInfo) => container.Names.some((name) => name.startsWith(`/${this.#name}.`));
    await this.#removeContainers(this.#stage, names, signal);
    for (const { Id } of await networksNamed(this.engine, this.#name, { signal })) await removeNetwork(this.engine, Id, { signal });
    signal.throwIfAborted();
    this.#network = await this.#alone(() => ensureNetwork(this.engine, this.#name, { ...this.#stage, ...this.#attempt }, UNCUT));
  }

  /** Creates a container in the network and returns its id. Throws EngineFault when another attempt is at work. */
  add(container: BedContainer, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    return this.#alone(() => createContainer(this.engine, this.#settings(container), UNCUT));
  }

  /** Removes all that this attempt made. */
  async remove(signal: AbortSignal): Promise<void> {
    await this.#removeContainers(this.#attempt, () => true, signal);
    if (this.#network !== 'none') await removeNetwork(this.engine, this.#network, { signal });
  }

  #settings(container: BedContainer): ContainerCreateOptions & { name: string } {
    const labels = { ...this.#stage, ...this.#attempt, [LABEL.role]: container.role, [LABEL.digest]: container.image.digest };
    return {
      name: `${this.#name}.${container.name}`,
      Image: printImage(container.image),
      Labels: labels,
      Env: Object.entries(container.environment).map(([name, value]) => `${name}=${value}`),
      ...(container.command !== undefined && { Cmd: [...container.command] }),
      HostConfig: { NetworkMode: this.#network, Init: true, RestartPolicy: { Name: 'no' }, LogConfig: { Type: 'local', Config: {} } },
      NetworkingConfig: { EndpointsConfig: { [this.#network]: { Aliases: [container.name] } } },
    };
  }

  async #removeContainers(
    labels: Readonly<Record<string, string>>,
    which: (found: ContainerInfo) => boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const doing = `list the containers of ${this.#name}`;
    const label = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
    try {
      const listed = await callEngine(this.engine, doing, { signal }, (abortSignal) =>
        this.engine.docker.listContainers({ all: true, filters: { label }, abortSignal }),
      );
      for (const { Id } of listed.filter(which)) await removeContainer(this.engine, Id, { signal });
    } catch (error) {
      throw asEngineError(this.engine, doing, error);
    }
  }

  /** A name that is taken after all was removed belongs to an attempt that is still at work: that one ends, so this is worth another try. */
  async #alone<T>(make: () => Promise<T>): Promise<T> {
    try {
      return await make();
    } catch (error) {
      if (!(error instanceof NameTaken)) throw error;
      throw new EngineFault(this.engine, `make room for ${this.#name}`, `another attempt is at work: ${error.message}`, { cause: error });
    }
  }
}
