import { expect } from '@jest/globals';
import type { CopiedImage } from '../../../../activities/registry/ports.ts';
import { createImageCopier } from '../../../../adapters/registry/copy/image-copier.ts';
import type { Registries } from '../../../../adapters/registry/registries.ts';
import type { Limits } from '../../../../adapters/registry/settings.ts';
import type { FaultyRegistry, FaultyRegistryOptions } from '../../../../lab/faulty-registry/server.ts';
import { missingFrom } from '../../../../lab/faulty-registry/wholeness.ts';
import { connectTo, expectNoConnections, SHORT, startOne } from '../fault-lab.ts';
import { allBlobs, blob, image, index, type Made, manifest, OCI, plant, referrer } from '../made-content.ts';

const REPOSITORY = 'shop/web';

/** What goes over: an index of two platforms that share a layer, with a referrer of the index and one of a platform. */
export interface Cargo {
  readonly index: Made;
  readonly platforms: readonly Made[];
  readonly referrers: readonly Made[];
  readonly everything: readonly Made[];
}

export function makeCargo(layerSize = 120_000): Cargo {
  const shared = blob(layerSize);
  const platforms = ['amd64', 'arm64'].map((architecture) => {
    const [own, config] = [
      blob(layerSize / 2),
      blob(Buffer.from(JSON.stringify({ os: 'linux', architecture, nonce: Math.random() })), OCI.config),
    ];
    return manifest({ config: config.descriptor, layers: [shared.descriptor, own.descriptor] }, [config, shared, own]);
  });
  const whole = index(platforms);
  const [amd64 = whole] = platforms;
  const referrers = [
    referrer(whole.descriptor, 'application/vnd.example.sbom.v1'),
    referrer(amd64.descriptor, 'application/vnd.example.signature.v1'),
  ];
  return { index: whole, platforms, referrers, everything: [whole, ...referrers] };
}

/** As clients list referrers where the registry does not. */
async function listByTags({ repositories }: FaultyRegistry, { referrers }: Cargo): Promise<void> {
  for (const made of referrers) {
    const fields = JSON.parse(made.manifest.bytes.toString('utf8'));
    const manifests = [{ ...made.descriptor, artifactType: fields.artifactType }];
    await plant(repositories, REPOSITORY, manifest({ manifests }, [], [made], OCI.index), fields.subject.digest.replace(':', '-'));
  }
}

/** A source with a cargo, a target where the tag `v1` names something older, and what copies between them. */
export class CopyCase {
  readonly older: Made;

  private constructor(
    readonly source: FaultyRegistry,
    readonly target: FaultyRegistry,
    readonly registries: Registries,
    readonly cargo: Cargo,
    older: Made,
  ) {
    this.older = older;
  }

  static async start(
    options: {
      readonly source?: FaultyRegistryOptions;
      readonly target?: FaultyRegistryOptions;
      readonly limits?: Partial<Limits>;
      readonly cargo?: Cargo;
    } = {},
  ): Promise<CopyCase> {
    const [source, target] = [await startOne(options.source), await startOne(options.target)];
    const { cargo = makeCargo() } = options;
    for (const made of cargo.everything) await plant(source.repositories, REPOSITORY, made);
    if (options.source?.abilities?.referrersApi === false) await listByTags(source, cargo);
    const older = image([2_000]);
    await plant(target.repositories, REPOSITORY, older, 'v1');
    const limits = { ...SHORT, repetitions: 1, ...options.limits };
    return new CopyCase(source, target, connectTo([source, target], { credential: 'password', limits }), cargo, older);
  }

  async copy(
    more: { readonly signal?: AbortSignal; readonly tags?: readonly string[]; readonly registries?: Registries } = {},
  ): Promise<CopiedImage> {
    const { signal = new AbortController().signal, tags = ['v1'], registries = this.registries } = more;
    const order = {
      from: { repository: `${this.source.address}/${REPOSITORY}`, digest: this.cargo.index.manifest.digest },
      to: `${this.target.address}/${REPOSITORY}`,
      tags,
      referrers: true,
    };
    const [copied] = await createImageCopier(registries.open).copy([order], { signal, onProgress: () => undefined });
    if (copied === undefined) throw new Error('one order has one result');
    return copied;
  }

  /** What the tag names at the target. */
  get tagged(): string | undefined {
    return this.target.repositories.manifest(REPOSITORY, 'v1')?.digest;
  }

  /** Bytes of the cargo's blobs that the target does not hold. */
  get missingBytes(): number {
    const blobs = new Map(this.cargo.everything.flatMap(allBlobs).map((each) => [each.descriptor.digest, each.bytes.length] as const));
    const missing = [...blobs].filter(([digest]) => this.target.repositories.blob(REPOSITORY, digest) === undefined);
    return missing.reduce((sum, [, size]) => sum + size, 0);
  }

  /** Every tag of the target is whole, and `v1` names what was copied or what it named before. */
  async expectNothingHalf(): Promise<void> {
    expect(await missingFrom(this.target.repositories)).toEqual([]);
    expect([this.older.manifest.digest, this.cargo.index.manifest.digest]).toContain(this.tagged);
  }

  /** Every manifest of the cargo is at the target with all that it names, and each subject knows its referrers. */
  async expectAllThere(): Promise<void> {
    await this.expectNothingHalf();
    expect(this.tagged).toBe(this.cargo.index.manifest.digest);
    expect(this.missingBytes).toBe(0);
    const client = this.registries.open({ registry: this.target.address, path: REPOSITORY });
    for (const { manifest: each } of this.cargo.referrers) {
      const subject = JSON.parse(each.bytes.toString('utf8')).subject.digest;
      const listed = await client.referrers(subject, { signal: new AbortController().signal });
      expect(listed.map(({ digest }) => digest)).toContain(each.digest);
    }
  }

  async close(): Promise<void> {
    await this.registries.close();
    await expectNoConnections(this.source, this.target);
  }
}
