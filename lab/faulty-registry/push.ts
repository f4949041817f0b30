import type { Abilities } from './abilities.ts';
import { type Answer, type Asked, empty, refusal } from './answers.ts';
import { digestOf } from './blob-store.ts';
import { contentOf } from './content.ts';
import { type ParsedManifest, parseManifest } from './manifests.ts';
import { isDigest, isTag, notADigest } from './names.ts';
import type { Repositories } from './repositories.ts';

/** Keeps a manifest byte for byte, under its digest and the tags that are asked for ("Pushing Manifests"). */
export async function putManifest(
  repositories: Repositories,
  abilities: Abilities,
  asked: Asked,
  name: string,
  reference: string,
): Promise<Answer> {
  const isByDigest = reference.includes(':');
  if (isByDigest ? !isDigest(reference) : !isTag(reference)) return isByDigest ? notADigest(reference) : noTag(reference);
  const bytes = await readAtMost(asked.body, abilities.largestManifest);
  if (bytes === undefined) return refusal(413, 'SIZE_INVALID', `a manifest has at most ${abilities.largestManifest} bytes`);
  const digest = await digestOf(contentOf(bytes), isByDigest ? reference : 'sha256:');
  if (isByDigest && digest !== reference) return refusal(400, 'DIGEST_INVALID', `what came has the digest ${digest}`);
  const mediaType = asked.headers['content-type']?.split(';')[0]?.trim() ?? '';
  const parsed = parseManifest(bytes);
  const refused = judge(repositories, abilities, name, mediaType, parsed);
  if (refused !== undefined) return refused;
  const asTags = isByDigest ? asked.url.searchParams.getAll('tag') : [reference];
  const tags = asTags.filter(isTag);
  repositories.putManifest(name, digest, { mediaType, bytes }, tags);
  return empty(201, {
    location: `/v2/${name}/manifests/${digest}`,
    'docker-content-digest': digest,
    ...said(abilities, parsed, isByDigest ? tags : []),
  });
}

function judge(
  repositories: Repositories,
  { acceptsMissingChildren }: Abilities,
  name: string,
  mediaType: string,
  parsed: ParsedManifest | undefined,
): Answer | undefined {
  if (parsed === undefined || mediaType === '') return refusal(400, 'MANIFEST_INVALID', 'it is no manifest');
  if (parsed.mediaType !== undefined && parsed.mediaType !== mediaType)
    return refusal(400, 'MANIFEST_INVALID', `it was sent as ${mediaType} and calls itself ${parsed.mediaType}`);
  const missing = parsed.children.find(({ kind, digest, foreign }) => {
    const there = kind === 'blob' ? repositories.blob(name, digest) : repositories.manifest(name, digest);
    return there === undefined && !foreign;
  });
  if (missing === undefined || acceptsMissingChildren) return undefined;
  return refusal(400, 'MANIFEST_BLOB_UNKNOWN', `it names ${missing.digest}, which is not there`);
}

function said({ referrersApi }: Abilities, parsed: ParsedManifest | undefined, tags: readonly string[]): Record<string, string> {
  return {
    ...(referrersApi && parsed?.subject !== undefined && { 'oci-subject': parsed.subject }),
    ...(tags.length > 0 && { 'oci-tag': tags.join(', ') }),
  };
}

function noTag(text: string): Answer {
  return refusal(400, 'MANIFEST_INVALID', `${text} is no tag`);
}

async function readAtMost(body: AsyncIterable<Buffer>, limit: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
  }
  return size > limit ? undefined : Buffer.concat(chunks);
}
