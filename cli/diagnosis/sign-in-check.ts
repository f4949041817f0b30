import type { Installation } from '../../config/installation.ts';
import { type Check, type Finding, fail, ok, warn } from './check.ts';

type SignInSettings = NonNullable<Installation['signIn']>;

/** Whether people can sign in at the provider: that it is the one that is named, can prove whom it knows, and has the right time. */
export function signInCheck(signIn: SignInSettings): Check {
  const { issuer } = signIn;
  return {
    name: 'sign-in',
    wayOut: `see that ${issuer} can be reached from here, and that signIn.issuer is exactly what it calls itself`,
    look: async (signal) => {
      const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
      const { body, at } = await ask(url, signal);
      const named = member(body, 'issuer');
      if (named !== issuer) throw new Error(`${url} describes ${JSON.stringify(named)}, and tidegate.yaml names ${issuer}`);
      const keys = new URL(member(body, 'jwks_uri') ?? '', url);
      if (keys.protocol !== 'https:' && keys.protocol !== new URL(issuer).protocol)
        throw new Error(`${url} has its keys at ${keys.href}, without TLS`);
      if ((await keysAt(keys.href, signal)) === 0) return fail(`${keys.href} has no keys`, 'nobody can sign in: see to the provider');
      return judged(signIn, at, member(body, 'device_authorization_endpoint') !== undefined);
    },
  };
}

interface Answer {
  readonly body: unknown;
  /** The provider's own time in milliseconds since the epoch; absent where it tells none. */
  readonly at: number | undefined;
}

async function ask(url: string, signal: AbortSignal): Promise<Answer> {
  const answer = await fetch(url, { redirect: 'error', signal, headers: { accept: 'application/json' } });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  const at = Date.parse(answer.headers.get('date') ?? '');
  return { body: await answer.json(), at: Number.isNaN(at) ? undefined : at };
}

function member(value: unknown, name: string): string | undefined {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  return typeof found === 'string' ? found : undefined;
}

/** How many keys the provider signs with. */
async function keysAt(url: string, signal: AbortSignal): Promise<number> {
  const { body } = await ask(url, signal);
  const keys: unknown = typeof body === 'object' && body !== null && 'keys' in body ? body.keys : undefined;
  if (!Array.isArray(keys)) throw new Error(`${url} is no list of keys`);
  return keys.length;
}

function judged({ issuer, clockToleranceMs }: SignInSettings, at: number | undefined, hasDeviceFlow: boolean): Finding {
  const seconds = at === undefined ? 0 : Math.round((at - Date.now()) / 1_000);
  // The provider's answer tells its time in whole seconds.
  if (Math.abs(seconds) * 1_000 > clockToleranceMs + 1_000)
    return fail(
      `the clock of ${issuer} is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} this one`,
      'set the clocks by NTP: its sign-ins are refused as not valid yet, or as expired',
    );
  if (!hasDeviceFlow)
    return warn(`${issuer} has no device flow`, "'tidegate login' needs it: have the provider offer it to the client, or use tokens");
  return ok(`${issuer} describes itself, and its keys can be read`);
}
