import { BlobMissing } from '../../../activities/registry/content-errors.ts';
import type { Descriptor } from '../../../domain/oci-manifest.ts';
import type { Bounded, RepositoryClient } from '../contents.ts';

/** Image configurations have a few kilobytes; a larger one is not read for a date. */
const LARGEST_CONFIG = 4 * 1024 * 1024;

/** `created` of an image's configuration (image-spec, "Image Configuration"); undefined where there is none to be read. */
export async function readCreated(client: RepositoryClient, config: Descriptor, options: Bounded): Promise<string | undefined> {
  if (config.size > LARGEST_CONFIG) return undefined;
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of client.readBlob(config, options)) chunks.push(Buffer.from(chunk));
    return createdIn(Buffer.concat(chunks).toString('utf8'));
  } catch (error) {
    // An image that is not whole has no date, and is kept.
    if (error instanceof BlobMissing) return undefined;
    throw error;
  }
}

function createdIn(text: string): string | undefined {
  try {
    const { created }: { readonly created?: unknown } = Object(JSON.parse(text));
    return typeof created === 'string' ? created.slice(0, 64) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
