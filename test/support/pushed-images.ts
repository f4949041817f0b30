import { createHash } from 'node:crypto';
import { type Digest, parseDigest } from '../../domain/digest.ts';
import type { Descriptor } from '../../domain/oci-manifest.ts';

export const TYPES = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  empty: 'application/vnd.oci.empty.v1+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  foreignLayer: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
} as const;

export function digestOfBytes(bytes: Uint8Array): Digest {
  return parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
}

/** Bytes that are always the same for one seed, and do not repeat. */
export function bytesOf(seed: string, size: number): Buffer {
  const blocks: Buffer[] = [];
  for (let length = 0, block = 0; length < size; length += 32, block += 1)
    blocks.push(createHash('sha256').update(`${seed} ${block}`).digest());
  return Buffer.concat(blocks).subarray(0, size);
}

/** Puts images into a repository of a registry over plain HTTP, in nothing but requests: what is tested did not write what it reads. */
export class Pusher {
  constructor(
    readonly registry: string,
    readonly path: string,
  ) {}

  get repository(): string {
    return `${this.registry}/${this.path}`;
  }

  async blob(bytes: Buffer, mediaType: string = TYPES.layer): Promise<Descriptor> {
    const digest = digestOfBytes(bytes);
    const upload = await this.#ask('POST', 'blobs/uploads/', 202);
    const location = new URL(upload.headers.get('location') ?? '', this.#url(''));
    location.searchParams.set('digest', digest);
    await this.#send('PUT', location, 201, bytes, 'application/octet-stream');
    return { mediaType, digest, size: bytes.length };
  }

  /** The document's bytes as they are written here, under its digest and a tag where one is given. */
  async manifest(document: object, mediaType: string, tag?: string): Promise<Descriptor> {
    const bytes = Buffer.from(JSON.stringify(document, undefined, 3));
    const digest = digestOfBytes(bytes);
    await this.#send('PUT', this.#url(`manifests/${tag ?? digest}`), 201, bytes, mediaType);
    return { mediaType, digest, size: bytes.length };
  }

  /** An OCI image of layers of these sizes. */
  async image(
    seed: string,
    sizes: readonly number[],
    more: {
      readonly tag?: string;
      readonly architecture?: string;
      readonly subject?: Descriptor;
      readonly labels?: Readonly<Record<string, string>>;
    } = {},
  ): Promise<Descriptor> {
    const architecture = more.architecture ?? 'amd64';
    const config = await this.blob(
      Buffer.from(JSON.stringify({ os: 'linux', architecture, seed, ...(more.labels && { config: { Labels: more.labels } }) })),
      TYPES.config,
    );
    const layers: Descriptor[] = [];
    for (const [index, size] of sizes.entries()) layers.push(await this.blob(bytesOf(`${seed}/${index}`, size)));
    const document = { schemaVersion: 2, mediaType: TYPES.manifest, config, layers, ...(more.subject && { subject: more.subject }) };
    const pushed = await this.manifest(document, TYPES.manifest, more.tag);
    return { ...pushed, platform: { os: 'linux', architecture } };
  }

  index(manifests: readonly Descriptor[], tag?: string): Promise<Descriptor> {
    return this.manifest({ schemaVersion: 2, mediaType: TYPES.index, manifests }, TYPES.index, tag);
  }

  /** Something said about a subject, listed under the fallback tag as a registry without the referrers API needs it. */
  async referrer(subject: Descriptor, artifactType: string, text: string): Promise<Descriptor> {
    const config = await this.blob(Buffer.from('{}'), TYPES.empty);
    const layer = await this.blob(Buffer.from(text), 'text/plain');
    const { mediaType, digest, size } = subject;
    const document = {
      schemaVersion: 2,
      mediaType: TYPES.manifest,
      artifactType,
      config,
      layers: [layer],
      subject: { mediaType, digest, size },
    };
    const pushed = await this.manifest(document, TYPES.manifest);
    await this.list(subject.digest, { ...pushed, artifactType });
    return pushed;
  }

  /** Adds an entry to a subject's fallback index, whatever it is. */
  async list(subject: Digest, entry: Descriptor): Promise<void> {
    const tag = subject.replace(':', '-');
    const before = await this.read(tag);
    const manifests = before === undefined ? [] : (JSON.parse(before.toString('utf8')) as { manifests: Descriptor[] }).manifests;
    await this.index([...manifests, entry], tag);
  }

  /** A manifest's bytes; undefined when it is not there. */
  async read(reference: string): Promise<Buffer | undefined> {
    const response = await fetch(this.#url(`manifests/${reference}`), { headers: { accept: Object.values(TYPES).join(', ') } });
    const bytes = Buffer.from(await response.arrayBuffer());
    return response.status === 200 ? bytes : undefined;
  }

  /** What a tag or digest promises and the registry does not hold, or holds with other bytes: read in full, a line each. */
  async lacking(reference: string): Promise<string[]> {
    const bytes = await this.read(reference);
    if (bytes === undefined) return [`manifest ${reference}`];
    if (reference.includes(':') && digestOfBytes(bytes) !== reference) return [`the true bytes of ${reference}`];
    const document = JSON.parse(bytes.toString('utf8')) as Partial<Record<'manifests' | 'layers', Descriptor[]>> & { config?: Descriptor };
    const blobs = [...(document.config === undefined ? [] : [document.config]), ...(document.layers ?? [])].filter(
      ({ urls }) => urls === undefined,
    );
    const below = (document.manifests ?? []).map((child) => this.lacking(child.digest));
    return (await Promise.all([...below, ...blobs.map((blob) => this.#lackingBlob(blob))])).flat();
  }

  async #lackingBlob({ digest, size }: Descriptor): Promise<string[]> {
    const response = await fetch(this.#url(`blobs/${digest}`));
    const bytes = Buffer.from(await response.arrayBuffer());
    if (response.status !== 200) return [`blob ${digest}`];
    return bytes.length === size && digestOfBytes(bytes) === digest ? [] : [`the true bytes of blob ${digest}`];
  }

  async remove(digest: Digest): Promise<void> {
    await this.#ask('DELETE', `manifests/${digest}`, 202);
  }

  async removeBlob(digest: Digest): Promise<void> {
    await this.#ask('DELETE', `blobs/${digest}`, 202);
  }

  async #ask(method: string, path: string, status: number): Promise<Response> {
    return this.#send(method, this.#url(path), status);
  }

  async #send(method: string, url: URL, status: number, body?: Buffer, type?: string): Promise<Response> {
    const response = await fetch(url, {
      method,
      ...(body && { body: new Uint8Array(body) }),
      ...(type && { headers: { 'content-type': type } }),
    });
    const text = await response.text();
    if (response.status !== status) throw new Error(`${method} ${url} answered ${response.status}: ${text}`);
    return response;
  }

  #url(path: string): URL {
    return new URL(`http://${this.registry}/v2/${this.path}/${path}`);
  }
}
