import {
  allowInsecureRequests,
  type Configuration,
  discovery,
  initiateDeviceAuthorization,
  None,
  pollDeviceAuthorizationGrant,
  refreshTokenGrant,
} from 'openid-client';
import { CommandFailed } from '../errors.ts';
import { type CredentialsFile, isStale, type Login, type OidcLogin } from './credentials-file.ts';

/** How the server has people sign in. */
export interface Provider {
  readonly issuer: string;
  readonly client: string;
}

/** What a person is asked to do in a browser, on this machine or any other. */
export interface DevicePrompt {
  readonly address: string;
  readonly code: string;
  /** The address with the code in it; absent where the provider has none. */
  readonly whole?: string;
}

const REQUEST_S = 10;

/** Signs somebody in by the device flow (RFC 8628). Throws CommandFailed where the provider, or the person, says no. */
export async function signInByDevice(
  provider: Provider & { readonly scopes: readonly string[] },
  tell: (prompt: DevicePrompt) => void,
  interrupted: AbortSignal,
): Promise<OidcLogin> {
  return told(provider, interrupted, async () => {
    const configuration = await connect(provider);
    const asked = await initiateDeviceAuthorization(configuration, { scope: provider.scopes.join(' ') });
    const { user_code: code, verification_uri: address, verification_uri_complete: whole } = asked;
    tell({ address, code, ...(whole !== undefined && { whole }) });
    const tokens = await pollDeviceAuthorizationGrant(configuration, asked, undefined, { signal: interrupted });
    return loginOf(provider, tokens, undefined);
  });
}

/** The same sign-in with a fresh ID token. Providers take a refresh token once, so that one command asks at a time. Throws CommandFailed. */
export function refreshed(file: CredentialsFile, url: string, interrupted: AbortSignal): Promise<Login | undefined> {
  return file.renewed(url, async (login) => (login.kind === 'oidc' && isStale(login) ? refresh(login, interrupted) : login));
}

async function refresh(login: OidcLogin, interrupted: AbortSignal): Promise<OidcLogin> {
  const { refreshToken } = login;
  if (refreshToken === undefined) throw new CommandFailed('Your sign-in has expired', "sign in again with 'tidegate login'");
  return told(login, interrupted, async () => loginOf(login, await refreshTokenGrant(await connect(login), refreshToken), refreshToken));
}

function connect({ issuer, client }: Provider): Promise<Configuration> {
  const url = new URL(issuer);
  // The server takes http:// for providers on the same machine alone.
  const execute = url.protocol === 'http:' ? [allowInsecureRequests] : [];
  return discovery(url, client, undefined, None(), { execute, timeout: REQUEST_S });
}

function loginOf(
  { issuer, client }: Provider,
  tokens: Awaited<ReturnType<typeof refreshTokenGrant>>,
  before: string | undefined,
): OidcLogin {
  const { id_token: idToken, refresh_token: refreshToken = before } = tokens;
  const expires = tokens.claims()?.exp;
  if (idToken === undefined || expires === undefined)
    throw new CommandFailed(
      `${issuer} gave no ID token`,
      "see that 'openid' is one of signIn.scopes, and that the provider renews ID tokens",
    );
  return { kind: 'oidc', issuer, client, idToken, expiresAt: expires * 1_000, ...(refreshToken !== undefined && { refreshToken }) };
}

async function told<Result>({ issuer }: Provider, interrupted: AbortSignal, act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    interrupted.throwIfAborted();
    if (error instanceof CommandFailed) throw error;
    throw new CommandFailed(`${issuer} did not sign you in: ${seenIn(error)}`, "try 'tidegate login' again", { cause: error });
  }
}

const SEEN: Readonly<Record<string, string>> = {
  access_denied: 'the request was refused there',
  expired_token: 'nobody confirmed the code in time',
  invalid_grant: 'the sign-in is no longer good there',
};

/** Never the answer's text: it may repeat what was sent. */
function seenIn(error: unknown): string {
  const code: unknown = error instanceof Error && 'error' in error ? error.error : undefined;
  if (typeof code === 'string') return SEEN[code] ?? code.replaceAll(/[^\w-]/g, ' ').slice(0, 60);
  return error instanceof Error ? error.message : String(error);
}
