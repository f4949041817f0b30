import { DiskFull, EngineFault, ImageNotFound } from '../../activities/hosts/errors.ts';
import { RegistryRefused, RegistryUnavailable } from '../../activities/registry/errors.ts';
import type { Engine } from './engine-calls.ts';

/** What an engine and an image's registry were doing when it failed. */
export interface Transfer {
  readonly engine: Engine;
  readonly doing: string;
  readonly repository: string;
  /** The image as messages name it. */
  readonly image: string;
}

/** The address of a repository's registry, as the reference grammar of docker/distribution finds it. */
export function registryOf(repository: string): string {
  const [first, ...rest] = repository.split('/');
  const isHost = first !== undefined && rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  return isHost ? first : 'docker.io';
}

/** A name without tag and digest. */
export function repositoryIn(name: string): string {
  return (name.split('@')[0] ?? '').replace(/:[^/:]*$/, '');
}

/**
 * What an engine's words about a failed transfer mean. Engines pass on registries' answers as text, with changing status codes,
 * so the text decides; what is not known stays EngineFault, which is tried again.
 */
export function transferFailure(transfer: Transfer, seen: string, options?: ErrorOptions): Error {
  const { engine, doing, image, repository } = transfer;
  const exchange = { registry: registryOf(repository), image, by: `host ${engine.host}`, seen };
  const words = withoutNames(seen, repository);
  if (isDiskFull(words)) return new DiskFull(engine, doing, seen);
  if (NOT_FOUND.test(words)) return new ImageNotFound({ host: engine.host, image, seen }, options);
  if (REFUSED.test(words)) return new RegistryRefused(exchange, options);
  if (UNAVAILABLE.test(words)) return new RegistryUnavailable(exchange, options);
  return new EngineFault(engine, doing, seen, options);
}

/** Whether an engine's words say that its disk is full. */
export function isDiskFull(words: string): boolean {
  return /no space left on device|disk quota exceeded/i.test(words);
}

/** Whether an engine's words say that a registry cannot be used now. */
export function isUnavailable(seen: string, repository: string): boolean {
  return UNAVAILABLE.test(withoutNames(seen, repository));
}

/** A repository may be called `denied`: names are no words. */
function withoutNames(seen: string, repository: string): string {
  const path = repository.slice(repository.indexOf('/') + 1);
  return seen.replaceAll(repository, '').replaceAll(path, '');
}

const NOT_FOUND = /manifest unknown|manifest for .* not found|name unknown|name not known|does not exist: not found/i;
const REFUSED = /unauthorized|denied|no basic auth credentials|authentication required|forbidden/i;
const UNAVAILABLE =
  /connection (refused|reset)|no such host|timeout|deadline exceeded|toomanyrequests|too many requests|unexpected EOF|\bEOF\b|received unexpected HTTP status: 5|service unavailable|bad gateway|network is unreachable|no route to host|server gave HTTP response|tls:|x509:|context canceled|nothing was heard|verification failed/i;
