import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { ContainerInspectInfo } from 'dockerode';
import { type PinnedImage, printImage } from '../../domain/image.ts';
import { SECRETS_FOLDER, type SecretFile } from '../../domain/secret-file.ts';
import { asEngineError, callEngine, type Engine, EngineAnswer } from './engine-calls.ts';
import { archiveOf, readArchive, type SecretContent, tombstoneOf } from './secret-archive.ts';
import { requireMemory, SECRETS_ROOT, unpackBelowRun } from './secret-helper.ts';

type Signal = { readonly signal: AbortSignal };

interface SecretKeeperOptions {
  /** An image with a shell, that of the router; it is pulled where it is missing. */
  readonly toolsImage: PinnedImage;
  readonly pull: (image: PinnedImage, options: Signal) => Promise<void>;
  readonly resolveValue: (text: string) => Promise<string>;
}

/** A container whose secrets are kept: its name, and an image that the engine has. */
interface Holder {
  readonly name: string;
  readonly image: string;
}

/**
 * Keeps secret files in the memory of a host: a folder below /run for each container, which it sees read-only. They survive a restart
 * of the container and of the engine, and go with a reboot; whoever starts a container sees that they are there.
 */
export class SecretKeeper {
  #engineId: Promise<string> | undefined;
  /** The engine that is seen, or was seen, to have memory at /run: by one look for all who need it. */
  #looked: { readonly id: string; readonly look: Promise<void> } | undefined;

  constructor(
    private readonly engine: Engine,
    private readonly options: SecretKeeperOptions,
  ) {}

  /** Where on the host the secrets of a container to be made are. Engines that share a /run do not meet there. */
  async folderOf(container: string, { signal }: Signal): Promise<string> {
    return `/run/${SECRETS_ROOT}/${await this.#engine({ signal })}/${container}`;
  }

  /** Puts secrets into a folder that `folderOf` or `folderSeenBy` named. Throws SecretsOnDisk, SecretMissing. */
  async fill(folder: string, { name, image }: Holder, files: readonly SecretFile[], { signal }: Signal): Promise<void> {
    await this.#requireMemory({ signal });
    const contents = await Promise.all(files.map((file) => this.#contentOf(file)));
    await unpackBelowRun(this.engine, image, name, await archiveOf(belowRun(folder), contents), { signal });
  }

  /** Removes a folder with the secrets in it. */
  async clear(folder: string, { name, image }: Holder, { signal }: Signal): Promise<void> {
    await unpackBelowRun(this.engine, image, name, await tombstoneOf(belowRun(folder)), { signal });
  }

  async #contentOf({ name, value, uid, gid, mode }: SecretFile): Promise<SecretContent> {
    return { name, content: await this.options.resolveValue(value), uid, gid, mode };
  }

  async #requireMemory({ signal }: Signal): Promise<void> {
    const id = await this.#engine({ signal });
    this.#looked = this.#looked?.id === id ? this.#looked : { id, look: this.#look(id, signal) };
    const { look } = this.#looked;
    try {
      await look;
    } catch (error) {
      if (this.#looked?.look === look) this.#looked = undefined;
      throw error;
    }
  }

  async #look(id: string, signal: AbortSignal): Promise<void> {
    await this.options.pull(this.options.toolsImage, { signal });
    await requireMemory(this.engine, printImage(this.options.toolsImage), id, { signal });
  }

  async #engine({ signal }: Signal): Promise<string> {
    this.#engineId ??= engineId(this.engine, signal);
    try {
      return await this.#engineId;
    } catch (error) {
      this.#engineId = undefined;
      throw error;
    }
  }
}

async function engineId(engine: Engine, signal: AbortSignal): Promise<string> {
  const doing = 'say who it is';
  try {
    const { ID } = (await callEngine(engine, doing, { signal }, () => engine.docker.info())) as { readonly ID: string };
    return createHash('sha256').update(ID).digest('hex').slice(0, 12);
  } catch (error) {
    throw asEngineError(engine, doing, error);
  }
}

/** The folder of the host that a container has its secrets from; undefined where it has none. */
export function folderSeenBy({ Mounts: mounts }: Pick<ContainerInspectInfo, 'Mounts'>): string | undefined {
  const mount = mounts.find(({ Destination, Source }) => Destination === SECRETS_FOLDER && Source.startsWith(`/run/${SECRETS_ROOT}/`));
  return mount?.Source;
}

/** A container's secrets as they are on its host, whether it runs or not; undefined where one is missing. */
export async function secretsSeenBy(engine: Engine, id: string, { signal }: Signal): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    return await callEngine(engine, 'show secret files', { signal }, async (abortSignal) => {
      const archive = await engine.docker.getContainer(id).getArchive({ path: SECRETS_FOLDER, abortSignal });
      return readArchive(archive as Readable);
    });
  } catch (error) {
    // An engine that cannot mount the folder has none.
    if (error instanceof EngineAnswer) return undefined;
    throw error;
  }
}

function belowRun(folder: string): string {
  return folder.replace(/^\/run\//, '');
}
