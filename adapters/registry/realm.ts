import type { Challenge } from './challenge.ts';
import { TokenRefused } from './tokens.ts';

export interface RealmPolicy {
  /** The registry's own address. */
  readonly origin: URL;
  /** Hosts besides the registry's own that may be given its credential. */
  readonly tokenHosts: readonly string[];
  readonly hasCredential: boolean;
}

/**
 * Where a challenge says that tokens are given. A credential goes to no other host than the registry's own, its domain, or one that
 * the installation lists: a challenge is not yet to be believed. Throws TokenRefused.
 */
export function realmOf({ parameters }: Challenge, { origin, tokenHosts, hasCredential }: RealmPolicy): URL {
  const realm = parameters.get('realm') ?? '';
  if (!URL.canParse(realm)) throw new TokenRefused(undefined, 'its realm is no URL');
  const url = new URL(realm);
  const isPlain = url.protocol === 'http:' && origin.protocol === 'http:' && url.hostname === origin.hostname;
  if (url.protocol !== 'https:' && !isPlain) throw new TokenRefused(url, 'its realm is not behind TLS');
  const isKnown = isOfRegistry(url.hostname, origin.hostname) || tokenHosts.includes(url.hostname) || tokenHosts.includes(url.host);
  if (!isKnown && hasCredential)
    throw new TokenRefused(url, 'its realm is on a host that may not be given the credential; list it under tokenHosts of this registry');
  return url;
}

/** The registry's own host, or one of the domain that it is in: registry-1.docker.io and auth.docker.io, registry.gitlab.com and gitlab.com. */
function isOfRegistry(host: string, own: string): boolean {
  const domain = own.split('.').slice(1).join('.');
  const isAddress = /^[\d.]+$|^\[/.test(own);
  return host === own || (!isAddress && domain.includes('.') && (host === domain || host.endsWith(`.${domain}`)));
}
