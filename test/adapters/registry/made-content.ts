import { createHash, randomBytes } from 'node:crypto';
import type { Manifest, RepositoryClient } from '../../../adapters/registry/contents.ts';
import { parseDigest } from '../../../domain/digest.ts';
import type { Descriptor } from '../../../domain/oci-manifest.ts';
import type { Repositories } from '../../../lab/faulty-registry/repositories.ts';

export const OCI = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  zstdLayer: 'application/vnd.oci.image.layer.v1.tar+zstd',
  foreignLayer: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
  empty: 'application/vnd.oci.empty.v1+json',
} as const;

export const DOCKER = {
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  list: 'application/vnd.docker.distribution.manifest.list.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
} as const;

export interface Blob {
  readonly descriptor: Descriptor;
  readonly bytes: Buffer;
}

/** A manifest with all that it is made of, as values: nothing of it is in any registry yet. */
export interface Made {
  readonly manifest: Manifest;
  readonly descriptor: Descriptor;
  readonly blobs: readonly Blob[];
  /** What an index names, in the order in which it can be put. */
  readonly below: readonly Made[];
}

export function digestOf(bytes: Buffer) {
  return parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
}

export function blob(bytes: Buffer | number, mediaType: string = OCI.layer): Blob {
  const content = typeof bytes === 'number' ? randomBytes(bytes) : bytes;
  return { bytes: content, descriptor: { mediaType, digest: digestOf(content), size: content.length } };
}

export const emptyJson = blob(Buffer.from('{}'), OCI.empty);

/** A manifest of any fields over these blobs. */
export function manifest(fields: object, blobs: readonly Blob[], below: readonly Made[] = [], mediaType: string = OCI.manifest): Made {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...fields }));
  const digest = digestOf(bytes);
  return { manifest: { mediaType, digest, bytes }, descriptor: { mediaType, digest, size: bytes.length }, blobs, below };
}

/** An image of layers of these sizes. */
export function image(layerSizes: readonly number[], fields: object = {}): Made {
  const layers = layerSizes.map((size) => blob(size));
  const config = blob(
    Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', nonce: randomBytes(8).toString('hex') })),
    OCI.config,
  );
  return manifest({ config: config.descriptor, layers: layers.map(({ descriptor }) => descriptor), ...fields }, [config, ...layers]);
}

export function index(children: readonly Made[], fields: object = {}): Made {
  const platforms = ['amd64', 'arm64', 'riscv64', 's390x'];
  const manifests = children.map(({ descriptor }, at) => ({ ...descriptor, platform: { os: 'linux', architecture: platforms[at % 4] } }));
  return manifest({ manifests, ...fields }, [], children, OCI.index);
}

/** An artifact that says something about another manifest. */
export function referrer(subject: Descriptor, artifactType: string, annotations: Readonly<Record<string, string>> = {}): Made {
  const content = blob(Buffer.from(`about ${subject.digest}: ${randomBytes(6).toString('hex')}`), 'text/plain');
  const { mediaType, digest, size } = subject;
  const fields = {
    artifactType,
    config: emptyJson.descriptor,
    layers: [content.descriptor],
    subject: { mediaType, digest, size },
    annotations,
  };
  return manifest(fields, [emptyJson, content]);
}

/** Everything below a manifest and itself, children first, each once. */
export function allOf(made: Made): readonly Made[] {
  return [...new Map([...made.below.flatMap(allOf), made].map((each) => [each.manifest.digest, each])).values()];
}

export function allBlobs(made: Made): readonly Blob[] {
  return [...new Map(allOf(made).flatMap(({ blobs }) => blobs.map((each) => [each.descriptor.digest, each] as const))).values()];
}

/** Puts content into a registry of the lab, past its door. */
export async function plant(repositories: Repositories, name: string, made: Made, ...tags: readonly string[]): Promise<void> {
  for (const each of allBlobs(made)) await repositories.plantBlob(name, each.bytes);
  for (const { manifest: each } of allOf(made))
    repositories.putManifest(name, each.digest, each, each.digest === made.manifest.digest ? tags : []);
}

/** Pushes content through our own client. */
export async function push(client: RepositoryClient, made: Made, signal: AbortSignal, tag?: string): Promise<void> {
  for (const each of allBlobs(made)) await pushBlob(client, each, signal);
  for (const { manifest: each } of allOf(made))
    await client.putManifest(each, { signal, ...(tag !== undefined && each.digest === made.manifest.digest && { tag }) });
}

export async function pushBlob(client: RepositoryClient, { descriptor, bytes }: Blob, signal: AbortSignal): Promise<void> {
  const opened = await client.mountBlob(descriptor, undefined, { signal });
  if (opened.kind === 'upload')
    await client.writeBlob(descriptor, opened.location, { content: (offset) => chunksOf(bytes, offset), signal });
}

/** Bytes from an offset on, 16 KiB at a time. */
export async function* chunksOf(bytes: Buffer, offset = 0): AsyncGenerator<Buffer> {
  for (let at = offset; at < bytes.length; at += 16_384) yield bytes.subarray(at, at + 16_384);
}

export async function readAll(content: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}
