import type { Abilities } from './abilities.ts';
import { type Answer, type Asked, empty } from './answers.ts';
import { type Content, contentOf, partOf } from './content.ts';
import { isDigest, noBlob, noManifest, noRepository, notADigest } from './names.ts';
import type { Repositories } from './repositories.ts';

/** A manifest by tag or digest; HEAD gives the same headers ("Pulling manifests"). */
export function readManifest(repositories: Repositories, name: string, reference: string): Answer {
  if (!repositories.knows(name)) return noRepository(name);
  const manifest = repositories.manifest(name, reference);
  if (manifest === undefined) return reference.includes(':') && !isDigest(reference) ? notADigest(reference) : noManifest(reference);
  const headers = { 'content-type': manifest.mediaType, 'docker-content-digest': manifest.digest };
  return { status: 200, headers, content: contentOf(manifest.bytes) };
}

/** A blob, or the part of it that `Range` names ("Pulling blobs", RFC 9110, 14). */
export function readBlob(repositories: Repositories, { ranges }: Abilities, asked: Asked, name: string, digest: string): Answer {
  if (!isDigest(digest)) return notADigest(digest);
  const blob = repositories.blob(name, digest);
  if (blob === undefined) return repositories.knows(name) ? noBlob(digest) : noRepository(name);
  const headers = { 'content-type': 'application/octet-stream', 'docker-content-digest': digest };
  const { range } = asked.headers;
  if (!ranges || range === undefined) return { status: 200, headers: { ...headers, ...acceptance(ranges) }, content: blob };
  return readRange(blob, range, headers);
}

function acceptance(ranges: boolean): Readonly<Record<string, string>> {
  return ranges ? { 'accept-ranges': 'bytes' } : {};
}

function readRange(blob: Content, range: string, headers: Readonly<Record<string, string>>): Answer {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  const start = first === '' ? Math.max(0, blob.size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? blob.size : Math.min(blob.size, Number(last) + 1);
  if ((first === '' && last === '') || start >= end) return empty(416, { 'content-range': `bytes */${blob.size}` });
  const contentRange = `bytes ${start}-${end - 1}/${blob.size}`;
  return { status: 206, headers: { ...headers, 'content-range': contentRange }, content: partOf(blob, start, end) };
}
