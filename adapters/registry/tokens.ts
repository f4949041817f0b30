import type { RegistryCredential } from '../../activities/images.ts';
import { Secret } from '../../domain/secret.ts';
import type { Challenge } from './challenge.ts';
import { printScope, type Scope } from './scopes.ts';

export interface TokenRequest {
  readonly realm: URL;
  readonly challenge: Challenge;
  readonly scopes: readonly Scope[];
  readonly credential: RegistryCredential | undefined;
}

/** What goes to the token server. */
export interface TokenQuestion {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/** A token with the time at which it must be asked for again, in milliseconds of `performance.now()`. */
export interface Token {
  readonly value: Secret;
  readonly scopes: readonly Scope[];
  readonly expiresAt: number;
  /** What to sign in with next time, when the server gives identity tokens that serve once. */
  readonly nextIdentity?: Secret;
}

/** What the token specification says when the server says nothing. */
const DEFAULT_SECONDS = 60;

/** Asked for anew this much earlier, so that none expires on its way; of short lives a quarter. */
const MARGIN_MS = 10_000;

/** How a bearer token is asked for (distribution, "Token Authentication" and "OAuth2 Token Authentication"). */
export function tokenQuestion({ realm, challenge, scopes, credential }: TokenRequest): TokenQuestion {
  const service = challenge.parameters.get('service');
  if (credential !== undefined && 'identityToken' in credential) {
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: 'tidegate',
      service: service ?? '',
      scope: scopes.map(printScope).join(' '),
      refresh_token: credential.identityToken.reveal(),
    });
    return {
      method: 'POST',
      url: realm,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: Buffer.from(String(form)),
    };
  }
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', printScope(scope));
  return { method: 'GET', url, headers: credential === undefined ? {} : { authorization: basic(credential) } };
}

/** The value of an Authorization header for user and password (RFC 7617). */
export function basic({ username, password }: { readonly username: string; readonly password: Secret }): string {
  return `Basic ${Buffer.from(`${username}:${password.reveal()}`).toString('base64')}`;
}

/** Reads a token server's answer of status 200; `started` is when it was asked. Throws TokenRefused. */
export function readToken(realm: URL, body: string, scopes: readonly Scope[], started: number): Token {
  const answer = parse(realm, body);
  const value = answer.token ?? answer.access_token;
  // A header must hold it.
  if (typeof value !== 'string' || !/^[\x20-\x7e]+$/.test(value)) throw new TokenRefused(realm, 'it answered without a token');
  const { expires_in: seconds, refresh_token: next } = answer;
  const lifeMs = 1000 * (typeof seconds === 'number' && seconds > 0 ? seconds : DEFAULT_SECONDS);
  return {
    value: new Secret(value),
    scopes,
    expiresAt: started + lifeMs - Math.min(MARGIN_MS, lifeMs / 4),
    ...(typeof next === 'string' && next !== '' && { nextIdentity: new Secret(next) }),
  };
}

function parse(realm: URL, body: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(body));
  } catch {
    throw new TokenRefused(realm, 'it answered something that is no JSON');
  }
}

/** The token server gives no token. Internal to this room: the connection says for which image. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';

  constructor(
    realm: URL | undefined,
    seen: string,
    /** What the server answered, when it did. */
    readonly answer?: { readonly status: number; readonly retryAfter: string | undefined },
  ) {
    super(`the token server${realm === undefined ? '' : ` ${realm.origin}`} gives no token: ${seen}`);
  }
}
