import { type Digest, parseDigest } from '../domain/digest.ts';

/** An image as a person names it, before its tag is resolved. */
export type ImageReference =
  | { readonly kind: 'digest'; readonly repository: string; readonly digest: Digest }
  | { readonly kind: 'tag'; readonly repository: string; readonly tag: string };

const TAG = /^\w[\w.-]{0,127}$/;
const REPOSITORY = /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?::\d{1,5})?(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+$/i;

/**
 * Reads `registry/repository:tag` or `registry/repository@sha256:…`; where the repository is left out,
 * `TAG` and `sha256:…` mean the component's own. Throws MalformedReference, MalformedDigest.
 */
export function parseImageReference(text: string, ownRepository: string): ImageReference {
  if (text.startsWith('sha256:')) return { kind: 'digest', repository: ownRepository, digest: parseDigest(text) };
  if (TAG.test(text)) return { kind: 'tag', repository: ownRepository, tag: text };
  const at = text.indexOf('@');
  if (at >= 0)
    return { kind: 'digest', repository: repositoryOf(withoutTag(text.slice(0, at)), text), digest: parseDigest(text.slice(at + 1)) };
  const colon = tagColon(text);
  const tag = text.slice(colon + 1);
  if (colon < 0 || !TAG.test(tag)) throw new MalformedReference(text);
  return { kind: 'tag', repository: repositoryOf(text.slice(0, colon), text), tag };
}

/** The colon before a tag, never the one before a port; -1 when there is none. */
function tagColon(text: string): number {
  const colon = text.lastIndexOf(':');
  return colon > text.lastIndexOf('/') ? colon : -1;
}

/** Engines print `repository:tag@digest`; the digest alone says which image it is. */
function withoutTag(name: string): string {
  const colon = tagColon(name);
  return colon < 0 ? name : name.slice(0, colon);
}

function repositoryOf(name: string, text: string): string {
  if (!REPOSITORY.test(name)) throw new MalformedReference(text);
  return name;
}

/** The registry's address of a repository. */
export function registryOf(repository: string): string {
  return repository.slice(0, repository.indexOf('/'));
}

export class MalformedReference extends Error {
  override readonly name = 'MalformedReference';

  constructor(text: string) {
    super(`Expected registry/repository:tag or registry/repository@sha256:…, and saw ${JSON.stringify(text)}`);
  }
}
