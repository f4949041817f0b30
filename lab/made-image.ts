import { createHash } from 'node:crypto';
import { makeLayer } from './made-content.ts';

/** A piece of content as manifests name it. */
export interface MadeDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly artifactType?: string;
  readonly platform?: { readonly os: string; readonly architecture: string };
}

export const OCI = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  empty: 'application/vnd.oci.empty.v1+json',
} as const;

/** Puts images that are made on the spot into one repository of a registry on plain HTTP without sign-in. */
export class ImageMaker {
  readonly #base: string;

  /** `reference` is `HOST:PORT/PATH`. */
  constructor(readonly reference: string) {
    this.#base = `http://${reference.replace('/', '/v2/')}`;
  }

  /** An image of Linux with a layer of each of these sizes, in bytes; `name` makes its content differ from that of others. */
  async image(
    name: string,
    layerSizes: readonly number[],
    { tag, architecture = 'amd64' }: { readonly tag?: string; readonly architecture?: string } = {},
  ): Promise<MadeDescriptor> {
    const [layers, diffIds]: [MadeDescriptor[], string[]] = [[], []];
    for (const [place, bytes] of layerSizes.entries()) {
      const made = await this.layer(`${name}-${place}`, bytes);
      layers.push(made.layer);
      diffIds.push(made.diffId);
    }
    const config = { architecture, os: 'linux', config: {}, rootfs: { type: 'layers', diff_ids: diffIds } };
    const made = await this.manifest({ config: await this.blob(OCI.config, JSON.stringify(config)), layers }, tag);
    return { ...made, platform: { os: 'linux', architecture } };
  }

  /** An index of images that are here already. */
  async index(images: readonly MadeDescriptor[], tag: string): Promise<MadeDescriptor> {
    return this.#put(OCI.index, { schemaVersion: 2, mediaType: OCI.index, manifests: images }, tag);
  }

  /** An artifact of one blob that names `subject`, listed under the subject's fallback tag as registries without the referrers API want it. */
  async referrer(subject: MadeDescriptor, artifactType: string, content: string): Promise<MadeDescriptor> {
    const [config, layer] = [await this.blob(OCI.empty, '{}'), await this.blob('text/plain', content)];
    const { mediaType, digest, size } = subject;
    const made = await this.manifest({ artifactType, config, layers: [layer], subject: { mediaType, digest, size } });
    await this.#list(digest, { ...made, artifactType });
    return made;
  }

  async manifest(fields: object, tag?: string): Promise<MadeDescriptor> {
    return this.#put(OCI.manifest, { schemaVersion: 2, mediaType: OCI.manifest, ...fields }, tag);
  }

  async blob(mediaType: string, content: string): Promise<MadeDescriptor> {
    const digest = digestOf(content);
    const place = new URL(await this.#openUpload());
    place.searchParams.set('digest', digest);
    await ask(place, { method: 'PUT', body: content });
    return { mediaType, digest, size: Buffer.byteLength(content) };
  }

  /** Sends a layer while it is made, so that none is too large. */
  async layer(name: string, bytes: number): Promise<{ readonly layer: MadeDescriptor; readonly diffId: string }> {
    const made = makeLayer(name, bytes);
    const hash = createHash('sha256');
    let [place, size] = [new URL(await this.#openUpload()), 0];
    for await (const part of inParts(made.content)) {
      hash.update(part);
      const range = `${size}-${size + part.length - 1}`;
      size += part.length;
      const answer = await ask(place, {
        method: 'PATCH',
        body: part,
        headers: { 'content-range': range, 'content-type': 'application/octet-stream' },
      });
      place = new URL(answer.headers.get('location') ?? '', place);
    }
    const digest = `sha256:${hash.digest('hex')}`;
    place.searchParams.set('digest', digest);
    await ask(place, { method: 'PUT' });
    return { layer: { mediaType: OCI.layer, digest, size }, diffId: made.diffId() };
  }

  async #list(subject: string, referrer: MadeDescriptor): Promise<void> {
    const tag = subject.replace(':', '-');
    const found = await fetch(`${this.#base}/manifests/${tag}`, { headers: { accept: OCI.index } });
    const before = found.ok ? ((await found.json()) as { readonly manifests: readonly MadeDescriptor[] }).manifests : [];
    await this.#put(OCI.index, { schemaVersion: 2, mediaType: OCI.index, manifests: [...before, referrer] }, tag);
  }

  async #put(mediaType: string, value: object, tag?: string): Promise<MadeDescriptor> {
    const body = JSON.stringify(value);
    const digest = digestOf(body);
    await ask(new URL(`${this.#base}/manifests/${tag ?? digest}`), { method: 'PUT', body, headers: { 'content-type': mediaType } });
    return { mediaType, digest, size: Buffer.byteLength(body) };
  }

  async #openUpload(): Promise<string> {
    const answer = await ask(new URL(`${this.#base}/blobs/uploads/`), { method: 'POST' });
    return new URL(answer.headers.get('location') ?? '', this.#base).href;
  }
}

const PART = 16 * 1024 * 1024;

/** Joins what comes into parts large enough that their number does not matter. */
async function* inParts(content: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  let [waiting, length]: [Buffer[], number] = [[], 0];
  for await (const chunk of content) {
    waiting.push(chunk);
    length += chunk.length;
    if (length < PART) continue;
    yield Buffer.concat(waiting);
    [waiting, length] = [[], 0];
  }
  if (length > 0) yield Buffer.concat(waiting);
}

async function ask(url: URL, init: RequestInit): Promise<Response> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(60_000) });
  const text = await response.text();
  if (!response.ok) throw new MadeImageRefused(url.href, `${response.status} ${text}`);
  return response;
}

function digestOf(content: string): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

export class MadeImageRefused extends Error {
  override readonly name = 'MadeImageRefused';

  constructor(url: string, seen: string) {
    super(`Expected the registry to take ${url}, and it answered ${seen}`);
  }
}
