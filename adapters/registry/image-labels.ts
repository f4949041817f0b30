import type { ImageLabelReader } from '../../activities/images.ts';
import { printImage } from '../../domain/image.ts';
import type { ImageLabels } from '../../domain/image-labels.ts';
import type { OpenRepository } from './contents.ts';
import { contentOf, readConfig } from './image-source.ts';
import { parseRepository } from './reference.ts';

/** What images say of themselves, as registries hold them. */
export function createImageLabels(open: OpenRepository): ImageLabelReader {
  return {
    async labels(image, { signal }) {
      const client = open(parseRepository(image.repository));
      const root = await client.getManifest(image.digest, { signal });
      const content = root === undefined ? undefined : contentOf(root);
      // Of an index the first image speaks for all: they are built in one.
      const first = content?.kind === 'index' ? content.manifests.find(({ platform }) => platform?.os !== 'unknown') : undefined;
      const manifest = first === undefined ? root : await client.getManifest(first.digest, { signal });
      const chosen = manifest === undefined ? undefined : contentOf(manifest);
      if (chosen?.kind !== 'image') return undefined;
      return labelsIn((await readConfig(client, printImage(image), chosen.config, { signal })).toString('utf8'));
    },
  };
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
