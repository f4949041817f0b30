import { GitHubRefused, GitHubUnavailable } from '../../activities/github/errors.ts';
import { Secret } from '../../domain/secret.ts';
import { boundedFetch } from './bounded-fetch.ts';

/** A GitHub App that a person has just made, with what GitHub tells of it once. */
export interface MadeApp {
  readonly id: number;
  readonly slug: string;
  /** Its page for people. */
  readonly page: string;
  /** PEM. */
  readonly key: Secret;
  /** What its webhooks are signed with; undefined where it has none. */
  readonly webhookSecret: Secret | undefined;
}

const DEADLINE_MS = 30_000;

/**
 * Trades the code that GitHub gave to a person's browser for the App, by https://docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
 * A code counts once. Throws GitHubRefused, or GitHubUnavailable when it may be tried again.
 */
export async function convertManifest(
  at: { readonly apiUrl: string; readonly ca?: string },
  code: string,
  signal: AbortSignal,
): Promise<MadeApp> {
  const fetch = await boundedFetch(at.ca);
  const url = `${at.apiUrl.replace(/\/+$/, '')}/app-manifests/${encodeURIComponent(code)}/conversions`;
  const headers = { accept: 'application/vnd.github+json', 'user-agent': 'tidegate' };
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]);
  const answer = await fetch(url, { method: 'POST', headers, redirect: 'manual', signal: bounded }).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw new GitHubUnavailable(`GitHub at ${new URL(url).host} could not be reached for the App that was made`, { cause });
  });
  if (answer.status !== 201)
    throw new GitHubRefused(
      `Expected GitHub at ${new URL(url).host} to hand over the App, and saw ${answer.status}. The code may have been used before; delete the App and begin again`,
    );
  return appOf(await answer.text(), url);
}

function appOf(text: string, url: string): MadeApp {
  const { id, slug, html_url: page, pem, webhook_secret: secret } = parsed(text);
  if (typeof id !== 'number' || typeof slug !== 'string' || typeof page !== 'string' || typeof pem !== 'string')
    throw new GitHubRefused(`What ${new URL(url).host} handed over is no GitHub App; check the API address`);
  return { id, slug, page, key: new Secret(pem), webhookSecret: typeof secret === 'string' ? new Secret(secret) : undefined };
}

/** What cannot be parsed may hold the key: nothing of it is told. */
function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}
