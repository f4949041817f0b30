import type { RegistryCredential } from '../../activities/images.ts';
import { Secret } from '../../domain/secret.ts';
import type { Challenge } from './challenge.ts';
import type { Fetch } from './fetch.ts';

interface TokenRequest {
  readonly registry: string;
  readonly challenge: Challenge;
  readonly scope: string;
  readonly credential: RegistryCredential | undefined;
  /** Hosts besides the registry's own that may be given its credential. */
  readonly trustedHosts: readonly string[];
  /** Registries that are reached over plain HTTP. */
  readonly plainHttp: readonly string[];
  readonly signal: AbortSignal;
}

/** A token with the time at which it must be asked for again, in milliseconds of `performance.now()`. */
export interface Token {
  readonly value: Secret;
  readonly expiresAt: number;
}

/** What the token specification says when the server says nothing. */
const DEFAULT_SECONDS = 60;

/** Asked for anew this much earlier, so that none expires on its way. */
const MARGIN_MS = 10_000;

/**
 * Gets a bearer token as the registry's challenge asks (distribution, "Token Authentication" and "OAuth2"). The credential goes to
 * no other host than the registry's own, its domain, or a trusted one: a challenge is not yet to be believed. Throws TokenRefused.
 */
export async function requestToken(fetch: Fetch, request: TokenRequest): Promise<Token> {
  const url = realmOf(request);
  const started = performance.now();
  const { credential } = request;
  const response = await (credential !== undefined && 'identityToken' in credential
    ? fetch(url, {
        method: 'POST',
        body: refreshForm(request, credential.identityToken),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        signal: request.signal,
      })
    : fetch(withQuery(url, request), {
        headers: credential === undefined ? {} : { authorization: basic(credential) },
        signal: request.signal,
      }));
  if (response.status !== 200) throw new TokenRefused(url, `it answered ${response.status}`, response.status);
  return readToken(url, response.body, started);
}

/** The value of an Authorization header for user and password (RFC 7617). */
export function basic({ username, password }: { readonly username: string; readonly password: Secret }): string {
  return `Basic ${Buffer.from(`${username}:${password.reveal()}`).toString('base64')}`;
}

function realmOf(request: TokenRequest): URL {
  const realm = request.challenge.parameters.get('realm') ?? '';
  if (!URL.canParse(realm)) throw new TokenRefused(undefined, `its realm ${JSON.stringify(realm)} is no URL`);
  const url = new URL(realm);
  const plain = request.plainHttp.some((registry) => hostname(registry) === url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && plain)) throw new TokenRefused(url, 'its realm is not behind TLS');
  const known = isOfRegistry(url.hostname, request.registry) || request.trustedHosts.includes(url.hostname);
  if (!known && request.credential !== undefined)
    throw new TokenRefused(url, 'its realm is on a host that may not be given the credential; list it as a trusted token host');
  return url;
}

/** The registry's own host, or one of the domain that it is in: registry-1.docker.io and auth.docker.io, registry.gitlab.com and gitlab.com. */
function isOfRegistry(host: string, registry: string): boolean {
  const own = hostname(registry);
  const domain = own.split('.').slice(1).join('.');
  const isAddress = /^[\d.]+$|^\[/.test(own);
  return host === own || (!isAddress && domain.includes('.') && (host === domain || host.endsWith(`.${domain}`)));
}

function hostname(registry: string): string {
  const host = registry === 'docker.io' ? 'registry-1.docker.io' : registry;
  return new URL(`https://${host}`).hostname;
}

function withQuery(realm: URL, { challenge, scope }: TokenRequest): URL {
  const url = new URL(realm);
  const service = challenge.parameters.get('service');
  if (service !== undefined) url.searchParams.set('service', service);
  url.searchParams.set('scope', scope);
  return url;
}

function refreshForm({ challenge, scope }: TokenRequest, token: Secret): string {
  const service = challenge.parameters.get('service') ?? '';
  return String(new URLSearchParams({ grant_type: 'refresh_token', client_id: 'tidegate', service, scope, refresh_token: token.reveal() }));
}

function readToken(url: URL, body: Buffer, started: number): Token {
  const answer = parse(url, body);
  const value = answer.token ?? answer.access_token;
  if (typeof value !== 'string' || value === '') throw new TokenRefused(url, 'it answered without a token');
  const seconds = typeof answer.expires_in === 'number' ? answer.expires_in : DEFAULT_SECONDS;
  return { value: new Secret(value), expiresAt: started + seconds * 1000 - MARGIN_MS };
}

function parse(url: URL, body: Buffer): Record<string, unknown> {
  try {
    return Object(JSON.parse(body.toString('utf8')));
  } catch {
    throw new TokenRefused(url, 'it answered something that is no JSON');
  }
}

/** The token server gives no token. Internal to this room: the client says for which image. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';

  constructor(
    realm: URL | undefined,
    seen: string,
    readonly status = 0,
  ) {
    super(`the token server${realm === undefined ? '' : ` ${realm.origin}${realm.pathname}`} gives no token: ${seen}`);
  }
}
