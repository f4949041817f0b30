import { PlatformMissing } from '../../../activities/registry/copy-errors.ts';
import type { Digest } from '../../../domain/digest.ts';
import { manifestsOf } from '../../../domain/image-copy.ts';
import { type Descriptor, isIndexType, type ManifestContent, type Platform } from '../../../domain/oci-manifest.ts';
import { choosePlatforms, printPlatform } from '../../../domain/platform.ts';
import type { RepositoryClient } from '../contents.ts';

interface Offer {
  readonly digest: Digest;
  readonly platform?: Platform;
}

/** Reads what a manifest names. */
export type ReadContent = (digest: Digest) => Promise<ManifestContent>;

/**
 * The manifests below one, or itself, that run on the platforms that are wanted. `image` is its name in messages.
 * Throws PlatformMissing for what none runs on.
 */
export async function chooseManifests(
  image: string,
  root: Digest,
  wanted: readonly Platform[],
  read: ReadContent,
  source: RepositoryClient,
  signal: AbortSignal,
): Promise<readonly Digest[]> {
  const content = await read(root);
  const offers = content.kind === 'index' ? await offersOf(content, read) : [await offerOf(root, content, source, signal)];
  const { chosen, missing } = choosePlatforms(offers, wanted);
  if (missing.length > 0) throw new PlatformMissing(image, missing.map(printPlatform), offers.flatMap(nameOf));
  return [...new Set(chosen.map(({ digest }) => digest))];
}

/** The manifests of an index and of the indexes in it. Nesting is bounded by whoever reads. */
async function offersOf(index: ManifestContent, read: ReadContent): Promise<readonly Offer[]> {
  const offers = await Promise.all(
    manifestsOf(index).map(
      async (entry): Promise<readonly Offer[]> => (isIndexType(entry.mediaType) ? offersOf(await read(entry.digest), read) : [entry]),
    ),
  );
  return offers.flat();
}

/** A single image says in its config what it runs on (OCI image-spec, "Image Configuration"). */
async function offerOf(digest: Digest, content: ManifestContent, source: RepositoryClient, signal: AbortSignal): Promise<Offer> {
  if (content.kind !== 'image') return { digest };
  const config = await readJson(content.config, source, signal);
  const { os, architecture, variant } = Object(config);
  if (typeof os !== 'string' || typeof architecture !== 'string') return { digest };
  return { digest, platform: { os, architecture, ...(typeof variant === 'string' && { variant }) } };
}

/** Bytes: configs are some kilobytes. */
const LARGEST_CONFIG = 4 * 1024 * 1024;

async function readJson(blob: Descriptor, source: RepositoryClient, signal: AbortSignal): Promise<unknown> {
  if (blob.size > LARGEST_CONFIG) return undefined;
  const chunks: Buffer[] = [];
  for await (const chunk of source.readBlob(blob, { signal })) chunks.push(chunk);
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    // An artifact's config need not be JSON; it runs on nothing.
    return undefined;
  }
}

function nameOf({ platform }: Offer): string[] {
  return platform === undefined || platform.os === 'unknown' ? [] : [printPlatform(platform)];
}
