import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CopiedImage, CopyProgress } from '../../activities/registry/ports.ts';
import { createImageCopier, type ImageCopierOptions } from '../../adapters/registry/copy/image-copier.ts';
import type { ImageOrder } from '../../adapters/registry/copy/image-copy.ts';
import { connectRegistries, type Registries } from '../../adapters/registry/registries.ts';
import type { Limits } from '../../adapters/registry/settings.ts';
import type { Descriptor } from '../../domain/oci-manifest.ts';
import { type LabRegistry, startRegistry } from '../../lab/registry.ts';
import { CountingProxy } from './counting-proxy.ts';
import { Pusher } from './pushed-images.ts';

/** What a repository of a registry holds on its disk. */
export interface Held {
  readonly tags: readonly string[];
  readonly manifests: readonly string[];
  readonly blobs: readonly string[];
}

/** A real registry on this machine, and a proxy before it that counts. */
export class CountedRegistry {
  private constructor(
    private readonly directory: string,
    readonly registry: LabRegistry,
    readonly proxy: CountingProxy,
  ) {}

  static async start(program?: string): Promise<CountedRegistry> {
    const directory = await mkdtemp(join(tmpdir(), 'image-copy-'));
    const registry = await startRegistry({ directory, address: '127.0.0.1', program });
    return new CountedRegistry(directory, registry, await CountingProxy.start(registry.address));
  }

  /** Where it is counted. */
  get address(): string {
    return this.proxy.address;
  }

  /** A way to it that is not counted. */
  pusher(path: string): Pusher {
    return new Pusher(this.registry.address, path);
  }

  /** The file that it was started with. */
  get configuration(): string {
    return join(this.directory, 'registry/config.yml');
  }

  /** Where it keeps a repository on its disk. */
  folder(path: string): string {
    return join(this.directory, 'registry/blobs/docker/registry/v2/repositories', path);
  }

  /** Read from its disk: nothing that is there can hide. */
  async held(path: string): Promise<Held> {
    const repository = this.folder(path);
    const names = async (folder: string) => (await readdir(join(repository, folder)).catch(() => [])).sort();
    // A folder without its link is one that the registry is still writing: it does not know it yet.
    const linked = async (folder: string) => {
      const found = (await names(folder)).map(async (hex) => ((await names(join(folder, hex))).includes('link') ? [`sha256:${hex}`] : []));
      return (await Promise.all(found)).flat();
    };
    return {
      tags: await names('_manifests/tags'),
      manifests: await linked('_manifests/revisions/sha256'),
      blobs: await linked('_layers/sha256'),
    };
  }

  async stop(): Promise<void> {
    await this.proxy.stop();
    await this.registry.stop();
    await rm(this.directory, { recursive: true });
  }
}

/** Two registries and what copies between them. */
export class CopyLab {
  #repositories = 0;

  private constructor(
    readonly source: CountedRegistry,
    readonly target: CountedRegistry,
    readonly registries: Registries,
  ) {}

  static async start(limits: Partial<Limits> = {}): Promise<CopyLab> {
    const [source, target] = [await CountedRegistry.start(), await CountedRegistry.start()];
    const registries = connectRegistries({ credentials: async () => undefined, access: () => ({ plainHttp: true }), limits });
    return new CopyLab(source, target, registries);
  }

  /** A name that no other test has. */
  name(): string {
    this.#repositories += 1;
    return `test-${this.#repositories}/web`;
  }

  /** Copies one image between repositories of one name, from the source registry to the target registry. */
  async copy(path: string, image: Pick<Descriptor, 'digest'>, more: CopyWish = {}): Promise<CopiedImage> {
    const { signal = new AbortController().signal, onProgress = () => undefined, options, ...order } = more;
    const whole: ImageOrder = {
      from: { repository: `${this.source.address}/${path}`, digest: image.digest },
      to: `${this.target.address}/${path}`,
      tags: [],
      referrers: true,
      ...order,
    };
    const [copied] = await createImageCopier(this.registries.open, options).copy([whole], { signal, onProgress });
    if (copied === undefined) throw new Error('One order has one result');
    return copied;
  }

  forget(): void {
    this.source.proxy.forget();
    this.target.proxy.forget();
  }

  async stop(): Promise<void> {
    await this.registries.close();
    await Promise.all([this.source.stop(), this.target.stop()]);
  }
}

export interface CopyWish extends Partial<ImageOrder> {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: CopyProgress) => void;
  readonly options?: ImageCopierOptions;
}
