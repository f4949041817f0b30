import { createRemoteJWKSet, customFetch, type FetchImplementation, type JWTVerifyGetKey } from 'jose';

/** The provider's keys, fetched when a token names one that is not known yet, and not more often than this. */
const COOLDOWN_MS = 10_000;
/** Keys that the provider took back are forgotten after this. */
const LONGEST_KEPT_MS = 600_000;
const ANSWER_MS = 5_000;

export interface KeyTimes {
  readonly cooldownMs?: number;
  readonly longestKeptMs?: number;
}

/** The provider's own description names another issuer, or keys that cannot be trusted. */
export class ProviderUntrusted extends Error {
  override readonly name = 'ProviderUntrusted';
}

/**
 * The keys of a provider, found by its description (OpenID Connect Discovery 1.0) and kept. However many unknown keys are named, the
 * provider is asked once in ten seconds, so that nobody can have it asked at will. Rejects with what `fetch` throws, and ProviderUntrusted.
 */
export function providerKeys(issuer: string, times: KeyTimes = {}): JWTVerifyGetKey {
  const { cooldownMs = COOLDOWN_MS, longestKeptMs = LONGEST_KEPT_MS } = times;
  let found: Promise<JWTVerifyGetKey> | undefined;
  let failed: { readonly at: number; readonly error: unknown } | undefined;
  const find = async (): Promise<JWTVerifyGetKey> => {
    if (failed !== undefined && Date.now() - failed.at < cooldownMs) throw failed.error;
    found ??= discover(issuer, { cooldownMs, longestKeptMs });
    try {
      return await found;
    } catch (error) {
      failed = { at: Date.now(), error };
      found = undefined;
      throw error;
    }
  };
  return async (header, token) => (await find())(header, token);
}

async function discover(issuer: string, { cooldownMs, longestKeptMs }: Required<KeyTimes>): Promise<JWTVerifyGetKey> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const answer = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(ANSWER_MS), headers: { accept: 'application/json' } });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  const description: unknown = await answer.json();
  const named = member(description, 'issuer');
  if (named !== issuer) throw new ProviderUntrusted(`${url} describes ${JSON.stringify(named)}, and tidegate.yaml names ${issuer}`);
  const keys = new URL(member(description, 'jwks_uri') ?? url);
  if (keys.protocol !== 'https:' && keys.protocol !== new URL(issuer).protocol)
    throw new ProviderUntrusted(`${url} has its keys at ${keys.href}, without TLS`);
  return createRemoteJWKSet(keys, {
    cooldownDuration: cooldownMs,
    cacheMaxAge: longestKeptMs,
    timeoutDuration: ANSWER_MS,
    [customFetch]: sparingly(cooldownMs),
  });
}

/** While the keys cannot be fetched they are asked for as seldom as otherwise: jose counts from the last success. */
function sparingly(cooldownMs: number): FetchImplementation {
  let failed: { readonly at: number; readonly error: unknown } | undefined;
  return async (url, options) => {
    if (failed !== undefined && Date.now() - failed.at < cooldownMs) throw failed.error;
    try {
      const answer = await fetch(url, options);
      failed = answer.ok ? undefined : { at: Date.now(), error: new Error(`${url} answered ${answer.status}`) };
      return answer;
    } catch (error) {
      failed = { at: Date.now(), error };
      throw error;
    }
  };
}

function member(value: unknown, name: string): string | undefined {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  return typeof found === 'string' ? found : undefined;
}
