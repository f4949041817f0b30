import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import envPaths from 'env-paths';
import { type ImageArchive, imageArchive } from './image-archive.ts';
import { databaseRecipe, nodeRecipe, plainRecipe, type Recipe, routerRecipe } from './image-recipes.ts';
import { pullAndPush } from './ordinary-images.ts';

/** An image in the lab's registry. */
export interface LabImage {
  /** `HOST:PORT/tidegate/NAME`, without tag or digest; the tag `lab` is there for Dockerfiles. */
  readonly reference: string;
  readonly digest: string;
}

export interface ImageSource {
  /** The lab registry, `HOST:PORT`, on plain HTTP. */
  readonly registry: string;
  /** Where made images are kept from run to run; the user's cache folder unless given. */
  readonly cache?: string;
  /** An engine of the user's, `unix:///…`: then the ordinary images are pulled with it where that is possible. */
  readonly docker?: string;
}

/** HAProxy with a shell and `nc`. Throws PackagesUnavailable, RegistryRefused. */
export function routerImage(source: ImageSource): Promise<LabImage> {
  return provide(routerRecipe, source);
}

/** Node with a shell. Throws PackagesUnavailable, RegistryRefused. */
export function nodeImage(source: ImageSource): Promise<LabImage> {
  return provide(nodeRecipe, source);
}

/** PostgreSQL with a shell. Throws PackagesUnavailable, RegistryRefused. */
export function databaseImage(source: ImageSource): Promise<LabImage> {
  return provide(databaseRecipe, source);
}

/** Busybox alone, for what must start at once. Throws PackagesUnavailable, RegistryRefused. */
export function plainImage(source: ImageSource): Promise<LabImage> {
  return provide(plainRecipe, source);
}

async function provide(recipe: Recipe, source: ImageSource): Promise<LabImage> {
  const reference = `${source.registry}/tidegate/${recipe.name}`;
  const pulled = source.docker === undefined ? undefined : await pullAndPush(recipe.ordinary, reference, source.docker);
  if (pulled !== undefined) return { reference, digest: pulled };
  return {
    reference,
    digest: await push(await imageArchive(recipe, source.cache ?? envPaths('tidegate', { suffix: '' }).cache), reference),
  };
}

/** The engines need no part in this: the registry takes the bytes as they lie in the cache. */
async function push({ folder }: ImageArchive, reference: string): Promise<string> {
  const base = `http://${reference.replace('/', '/v2/')}`;
  for (const file of ['layer.tar.gz', 'config.json']) await pushBlob(base, await readFile(join(folder, file)));
  const manifest = await readFile(join(folder, 'manifest.json'));
  const type = 'application/vnd.docker.distribution.manifest.v2+json';
  await ask(`${base}/manifests/lab`, { method: 'PUT', body: manifest, headers: { 'content-type': type } });
  return digestOf(manifest);
}

async function pushBlob(base: string, blob: Buffer): Promise<void> {
  const digest = digestOf(blob);
  if ((await send(`${base}/blobs/${digest}`, { method: 'HEAD' })).ok) return;
  const upload = await ask(`${base}/blobs/uploads/`, { method: 'POST' });
  const place = new URL(upload.headers.get('location') ?? '', base);
  place.searchParams.set('digest', digest);
  await ask(place.href, { method: 'PUT', body: blob, headers: { 'content-type': 'application/octet-stream' } });
}

async function ask(url: string, init: RequestInit): Promise<Response> {
  const response = await send(url, init);
  if (!response.ok) throw new RegistryRefused(url, `${response.status} ${await response.text()}`);
  await response.arrayBuffer();
  return response;
}

function send(url: string, init: RequestInit): Promise<Response> {
  return fetch(url, { ...init, signal: AbortSignal.timeout(60_000) });
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

export class RegistryRefused extends Error {
  override readonly name = 'RegistryRefused';

  constructor(url: string, seen: string) {
    super(`Expected the lab's registry to take ${url}, and it answered ${seen}`);
  }
}
