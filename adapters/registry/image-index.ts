import type { ImageIndexes, PlatformImage } from '../../activities/images.ts';
import { ManifestMissing, PlatformMissing } from '../../activities/registry/copy-errors.ts';
import { bestFor } from '../../domain/host-platform.ts';
import { printImage } from '../../domain/image.ts';
import { NotAnImage, readImageConfig } from '../../domain/image-config.ts';
import type { ImageLabels } from '../../domain/image-labels.ts';
import { type Descriptor, DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, type Platform } from '../../domain/oci-manifest.ts';
import { parsePlatform, printPlatform } from '../../domain/platform.ts';
import type { Bounded, Manifest, OpenRepository, RepositoryClient } from './contents.ts';
import { contentOf, readConfig } from './image-source.ts';
import { digestOf } from './manifests.ts';
import { parseRepository } from './reference.ts';

/** Image indexes of any registry behind the port ImageIndexes (OCI image-spec, "Image Index"). */
export function createImageIndexes(open: OpenRepository): ImageIndexes {
  return {
    async platformOf(image, { signal }) {
      const client = open(parseRepository(image.repository));
      const manifest = await client.getManifest(image.digest, { signal });
      if (manifest === undefined) throw new ManifestMissing(printImage(image), printImage(image));
      return platformIn(client, printImage(image), manifest, { signal });
    },
    async join(repository, tag, images, { annotations, signal }) {
      const client = open(parseRepository(repository));
      const manifests: Descriptor[] = [];
      for (const image of images) manifests.push(await describe(client, repository, image, { signal }));
      const index = indexOf(manifests, annotations);
      await client.putManifest(index, { signal, tag });
      return index.digest;
    },
  };
}

async function describe(client: RepositoryClient, repository: string, image: PlatformImage, options: Bounded): Promise<Descriptor> {
  const wanted = parsePlatform(image.platform);
  const manifest = await manifestFor(client, `${repository}@${image.digest}`, { ...image, wanted }, options);
  const name = `${repository}@${manifest.digest}`;
  const platform = await platformIn(client, name, manifest, options);
  if (platform === undefined || !isFor(wanted, platform)) throw missing(name, image, platform === undefined ? [] : [platform]);
  return { mediaType: manifest.mediaType, digest: manifest.digest, size: manifest.bytes.length, platform: wanted };
}

async function platformIn(client: RepositoryClient, name: string, manifest: Manifest, options: Bounded): Promise<Platform | undefined> {
  const content = contentOf(manifest);
  if (content.kind !== 'image') throw new NotAnImage(name, 'it is no image of one platform');
  return readImageConfig((await readConfig(client, name, content.config, options)).toString('utf8'), name).platform;
}

type Wanted = PlatformImage & { readonly wanted: Platform };

/** Engines with containerd's store push an index of the one image, where others push the image. */
async function manifestFor(client: RepositoryClient, name: string, image: Wanted, options: Bounded): Promise<Manifest> {
  const root = await client.getManifest(image.digest, options);
  const content = root && contentOf(root);
  const child = content?.kind === 'index' ? bestFor([image.wanted], content.manifests) : undefined;
  if (content?.kind === 'index' && child === undefined)
    throw missing(
      name,
      image,
      content.manifests.flatMap(({ platform = [] }) => platform),
    );
  const manifest = child === undefined ? root : await client.getManifest(child.digest, options);
  if (manifest === undefined) throw new ManifestMissing(child === undefined ? name : `${name.split('@')[0]}@${child.digest}`, name);
  return manifest;
}

/** Many images for ARM do not say for which variant. */
function isFor(wanted: Platform, platform: Platform): boolean {
  return bestFor([wanted], [{ platform }]) !== undefined;
}

function missing(name: string, { platform }: PlatformImage, offered: readonly Platform[]): PlatformMissing {
  return new PlatformMissing(name, [platform], offered.map(printPlatform));
}

/** Of Docker's own type for Docker's own manifests, as some registries take no other there; that type knows no annotations. */
function indexOf(manifests: readonly Descriptor[], annotations: ImageLabels): Manifest {
  const isDockers = manifests.every(({ mediaType }) => mediaType === DOCKER_MANIFEST);
  const mediaType = isDockers ? DOCKER_LIST : OCI_INDEX;
  const fields = { schemaVersion: 2, mediaType, manifests, ...(!isDockers && { annotations }) };
  const bytes = Buffer.from(JSON.stringify(fields));
  return { mediaType, digest: digestOf(bytes), bytes };
}
