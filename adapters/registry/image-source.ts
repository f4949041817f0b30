import type { ImageLayer, ImageSource, RunnableImage } from '../../activities/images/image-source.ts';
import { ManifestMissing, PlatformMissing } from '../../activities/registry/copy-errors.ts';
import { bestFor } from '../../domain/host-platform.ts';
import { type PinnedImage, printImage } from '../../domain/image.ts';
import { NotAnImage, readImageConfig } from '../../domain/image-config.ts';
import { type Descriptor, type ManifestContent, type Platform, readManifest } from '../../domain/oci-manifest.ts';
import { printPlatform } from '../../domain/platform.ts';
import type { Bounded, Manifest, OpenRepository, RepositoryClient } from './contents.ts';
import { parseRepository } from './reference.ts';

/** Bytes: configurations have some kilobytes. */
const LARGEST_CONFIG = 4 * 1024 * 1024;

type ImageManifest = Extract<ManifestContent, { kind: 'image' }>;

/** Images of any registry behind the port ImageSource. */
export function createImageSource(open: OpenRepository): ImageSource {
  const clientOf = ({ repository }: PinnedImage): RepositoryClient => open(parseRepository(repository));
  return {
    find: (image, platforms, options) => find(clientOf(image), image, platforms, options),
    readLayer: (image, layer, options) => clientOf(image).readBlob(layerBlob(layer), options),
  };
}

async function find(
  client: RepositoryClient,
  image: PinnedImage,
  platforms: readonly Platform[],
  options: Bounded,
): Promise<RunnableImage | undefined> {
  const root = await client.getManifest(image.digest, options);
  if (root === undefined) return undefined;
  const name = printImage(image);
  const { config, layers } = await imageIn(client, name, root, platforms, options);
  const bytes = await readConfig(client, name, config, options);
  const { platform, diffIds } = readImageConfig(bytes.toString('utf8'), name);
  if (platform !== undefined && bestFor(platforms, [{ platform }]) === undefined) throw missing(name, platforms, [{ platform }]);
  if (diffIds.length !== layers.length)
    throw new NotAnImage(name, `it has ${layers.length} layers, and its configuration names ${diffIds.length}`);
  return { config: { digest: config.digest, bytes }, layers: layers.flatMap((layer, place) => withDiffId(layer, diffIds[place])) };
}

/** The manifest of what runs: itself, or the one that an index has for the machine. */
async function imageIn(
  client: RepositoryClient,
  name: string,
  root: Manifest,
  platforms: readonly Platform[],
  options: Bounded,
): Promise<ImageManifest> {
  const content = contentOf(root);
  if (content.kind !== 'index') return asImage(name, content);
  const chosen = bestFor(platforms, content.manifests);
  if (chosen === undefined) throw missing(name, platforms, content.manifests);
  const manifest = await client.getManifest(chosen.digest, options);
  if (manifest === undefined) throw new ManifestMissing(`${name.split('@')[0]}@${chosen.digest}`, name);
  return asImage(name, contentOf(manifest));
}

/** What a manifest holds. Throws ManifestMalformed. */
export function contentOf({ mediaType, bytes }: Manifest): ManifestContent {
  return readManifest(mediaType, bytes.toString('utf8'));
}

/** Engines look no deeper than into one index either. */
function asImage(name: string, content: ManifestContent): ImageManifest {
  if (content.kind === 'image') return content;
  throw new NotAnImage(name, content.kind === 'index' ? 'it is an index within an index' : 'it is an artifact');
}

/** An image's configuration. Throws NotAnImage for one that is larger than any. */
export async function readConfig(client: RepositoryClient, name: string, config: Descriptor, options: Bounded): Promise<Buffer> {
  if (config.size > LARGEST_CONFIG) throw new NotAnImage(name, `its configuration has ${config.size} bytes`);
  const chunks: Buffer[] = [];
  for await (const chunk of client.readBlob(config, options)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function withDiffId({ digest, size }: Descriptor, diffId: ImageLayer['diffId'] | undefined): ImageLayer[] {
  return diffId === undefined ? [] : [{ digest, size, diffId }];
}

/** What a layer is called does not matter to whoever reads it. */
function layerBlob({ digest, size }: ImageLayer): Descriptor {
  return { mediaType: 'application/octet-stream', digest, size };
}

function missing(name: string, platforms: readonly Platform[], offers: readonly { readonly platform?: Platform }[]): PlatformMissing {
  const offered = offers.flatMap(({ platform }) => (platform === undefined || platform.os === 'unknown' ? [] : [printPlatform(platform)]));
  return new PlatformMissing(name, platforms.slice(0, 1).map(printPlatform), offered);
}
