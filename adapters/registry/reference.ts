import { type Digest, parseDigest } from '../../domain/digest.ts';

/** A repository with its registry's address apart: `127.0.0.1:5000` and `shop/web`. */
export interface Repository {
  readonly registry: string;
  readonly path: string;
}

/** What a reference names: a repository, and in it a tag or a digest, or both. */
export interface Reference extends Repository {
  readonly tag?: string;
  readonly digest?: Digest;
}

const HOST = /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*(?::[0-9]{1,5})?$/;
const IPV6_HOST = /^\[[0-9a-fA-F:]+\](?::[0-9]{1,5})?$/;
const PATH_PART = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const LONGEST_NAME = 255;

/** Docker's own registry, under the name that Docker leaves out. */
export const DOCKER_HUB = 'docker.io';

/**
 * Reads `registry/path:tag@digest` by the grammar of distribution/reference, with Docker's defaults: no registry is docker.io,
 * and there a path of one part lies below `library/`. A tag is never made up. Throws MalformedReference.
 */
export function parseReference(text: string): Reference {
  const [beforeDigest = '', digestText, ...more] = text.split('@');
  if (more.length > 0) throw new MalformedReference(text, 'it has more than one @');
  const colon = beforeDigest.lastIndexOf(':');
  const hasTag = colon > beforeDigest.lastIndexOf('/');
  const name = hasTag ? beforeDigest.slice(0, colon) : beforeDigest;
  const tag = hasTag ? beforeDigest.slice(colon + 1) : undefined;
  if (tag !== undefined && !isTag(tag)) throw new MalformedReference(text, `${JSON.stringify(tag)} is no tag`);
  return {
    ...parseRepository(name, text),
    ...(tag !== undefined && { tag }),
    ...(digestText !== undefined && { digest: parseDigest(digestText) }),
  };
}

/** Whether a text can be a tag. */
export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** A tag or digest as it is: nothing else may get into a path. Throws MalformedReference or MalformedDigest. */
export function requireTagOrDigest(reference: string): string {
  if (reference.includes(':')) return parseDigest(reference);
  if (isTag(reference)) return reference;
  throw new MalformedReference(reference, 'it is no tag');
}

/** A repository as it is, when its name can be one. Throws MalformedReference. */
export function requireRepository({ registry, path }: Repository): void {
  check(registry, path, `${registry}/${path}`);
}

/** Reads a repository without tag or digest; `whole` is the text to name in errors. Throws MalformedReference. */
export function parseRepository(text: string, whole = text): Repository {
  const slash = text.indexOf('/');
  const first = slash < 0 ? '' : text.slice(0, slash);
  const isHost = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
  const registry = isHost ? normalHost(first) : DOCKER_HUB;
  const rest = isHost ? text.slice(slash + 1) : text;
  const path = registry === DOCKER_HUB && !rest.includes('/') ? `library/${rest}` : rest;
  check(registry, path, whole);
  return { registry, path };
}

function check(registry: string, path: string, whole: string): void {
  if (!HOST.test(registry) && !IPV6_HOST.test(registry))
    throw new MalformedReference(whole, `${JSON.stringify(registry)} is no registry's address`);
  if (!URL.canParse(`http://${registry}`))
    throw new MalformedReference(whole, `${JSON.stringify(registry)} is no address that can be reached`);
  const wrong = path.split('/').find((part) => !PATH_PART.test(part));
  if (wrong !== undefined)
    throw new MalformedReference(whole, `${JSON.stringify(wrong)} cannot be part of a repository's name; it is written in lower case`);
  if (registry.length + path.length + 1 > LONGEST_NAME)
    throw new MalformedReference(whole, `a name has at most ${LONGEST_NAME} characters`);
}

function normalHost(host: string): string {
  return host === 'index.docker.io' || host === 'registry-1.docker.io' ? DOCKER_HUB : host;
}

/** The repository as `PinnedImage` holds it, always with its registry. */
export function printRepository(repository: Repository): string {
  return `${repository.registry}/${repository.path}`;
}

/** The reference in full; parsing it gives the same reference. */
export function printReference(reference: Reference): string {
  const tag = reference.tag === undefined ? '' : `:${reference.tag}`;
  const digest = reference.digest === undefined ? '' : `@${reference.digest}`;
  return `${printRepository(reference)}${tag}${digest}`;
}

export class MalformedReference extends Error {
  override readonly name = 'MalformedReference';

  constructor(text: string, reason: string) {
    super(`Expected an image, registry/repository with :tag or @sha256:…, and saw ${JSON.stringify(text)}: ${reason}`);
  }
}
