import { digestOf } from './blob-store.ts';
import { contentOf } from './content.ts';
import { type Child, parseManifest } from './manifests.ts';
import type { Repositories } from './repositories.ts';

/**
 * What tags of a registry promise and it does not hold, a line each: walks from every tag through every manifest to every blob,
 * and reads all of them. Empty when everything tagged is whole.
 */
export async function missingFrom(repositories: Repositories): Promise<string[]> {
  const missing: string[] = [];
  for (const name of repositories.names()) {
    for (const tag of repositories.tags(name)) {
      const digest = repositories.manifest(name, tag)?.digest;
      const found = digest === undefined ? ['its manifest'] : await missingBelow(repositories, name, digest, new Set());
      missing.push(...found.map((what) => `${name}:${tag} lacks ${what}`));
    }
  }
  return missing;
}

async function missingBelow(repositories: Repositories, name: string, digest: string, seen: Set<string>): Promise<string[]> {
  if (seen.has(digest)) return [];
  seen.add(digest);
  const manifest = repositories.manifest(name, digest);
  if (manifest === undefined) return [`manifest ${digest}`];
  if ((await digestOf(contentOf(manifest.bytes), digest)) !== digest) return [`the true bytes of manifest ${digest}`];
  const below = (parseManifest(manifest.bytes)?.children ?? []).map((child) =>
    child.kind === 'manifest' ? missingBelow(repositories, name, child.digest, seen) : missingBlob(repositories, name, child),
  );
  return (await Promise.all(below)).flat();
}

async function missingBlob(repositories: Repositories, name: string, { digest, size, foreign }: Child): Promise<string[]> {
  const blob = repositories.blob(name, digest);
  if (blob === undefined) return foreign ? [] : [`blob ${digest}`];
  const isTrue = blob.size === size && (await digestOf(blob, digest)) === digest;
  return isTrue ? [] : [`the true bytes of blob ${digest}`];
}
