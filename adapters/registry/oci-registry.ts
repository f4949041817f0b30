import type { Registry } from '../../activities/images.ts';
import type { PinnedImage } from '../../domain/image.ts';
import type { OpenRepository } from './contents.ts';
import { parseReference, parseRepository, printRepository } from './reference.ts';

/** A registry's manifests behind the port Registry. A digest is always that of bytes which were read, never of a header. */
export function createOciRegistry(open: OpenRepository): Registry {
  const repositoryOf = (text: string) => open(parseRepository(text));
  return {
    resolve: async (repository, tag, options) => (await repositoryOf(repository).getManifest(tag, options))?.digest,
    has: async ({ repository, digest }, options) => (await repositoryOf(repository).getManifest(digest, options)) !== undefined,
  };
}

/**
 * Turns a reference into the image that it names now: a digest is taken at its word, a tag is resolved, and no tag is `latest`,
 * as Docker has it. Undefined when the registry holds no such tag. Throws MalformedReference and what Registry throws.
 */
export async function resolveReference(registry: Registry, text: string, signal: AbortSignal): Promise<PinnedImage | undefined> {
  const reference = parseReference(text);
  const repository = printRepository(reference);
  if (reference.digest !== undefined) return { repository, digest: reference.digest };
  const digest = await registry.resolve(repository, reference.tag ?? 'latest', { signal });
  return digest && { repository, digest };
}
