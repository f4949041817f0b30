import type { ImageLabelReader } from '../../activities/images.ts';
import type { Digest } from '../../domain/digest.ts';
import { type PinnedImage, printImage } from '../../domain/image.ts';
import type { ImageLabels } from '../../domain/image-labels.ts';
import type { Bounded, Manifest, OpenRepository, RepositoryClient } from './contents.ts';
import { contentOf, readConfig } from './image-source.ts';
import { parseRepository } from './reference.ts';

const MOST_PLATFORMS = 16;

/** What images say of themselves, as registries hold them. */
export function createImageLabels(open: OpenRepository): ImageLabelReader {
  const read = async (image: PinnedImage, most: number, options: Bounded): Promise<readonly ImageLabels[]> => {
    const client = open(parseRepository(image.repository));
    const labels: ImageLabels[] = [];
    for (const manifest of await imagesIn(client, image.digest, most, options)) {
      const content = contentOf(manifest);
      if (content.kind !== 'image') continue;
      labels.push(labelsIn((await readConfig(client, printImage(image), content.config, options)).toString('utf8')));
    }
    return labels;
  };
  return {
    labels: async (image, options) => (await read(image, 1, options))[0],
    labelsOfEach: (image, options) => read(image, MOST_PLATFORMS, options),
  };
}

/** What an index names are its images, but for what BuildKit attests, which is of the platform `unknown`. */
async function imagesIn(client: RepositoryClient, digest: Digest, most: number, options: Bounded): Promise<readonly Manifest[]> {
  const root = await client.getManifest(digest, options);
  const content = root && contentOf(root);
  if (root === undefined || content?.kind !== 'index') return root === undefined ? [] : [root];
  const named = content.manifests.filter(({ platform }) => platform?.os !== 'unknown').slice(0, most);
  const found = await Promise.all(named.map((one) => client.getManifest(one.digest, options)));
  return found.filter((manifest) => manifest !== undefined);
}

/** The labels in an image's configuration: https://github.com/opencontainers/image-spec/blob/main/config.md */
export function labelsIn(text: string): ImageLabels {
  const labels = membersOf(membersOf(parsed(text)).config).Labels;
  return Object.fromEntries(Object.entries(membersOf(labels)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
