import { Octokit } from 'octokit';
import { Secret } from '../../../domain/secret.ts';
import type { LocalGitHub, LocalGitHubOptions } from '../../../lab/github/local-github.ts';
import { startLocalGitHub } from '../../../lab/github/server.ts';

export const TOKEN = 'ghp_the-right-token';
export const SHA = 'a84d88e7554fc1fa21bcbc4efae3c782a70d2b9d';
export const SHOP = { owner: 'acme', repo: 'shop' };

let running: LocalGitHub[] = [];

export async function start(options: Partial<LocalGitHubOptions> = {}): Promise<LocalGitHub> {
  const github = await startLocalGitHub({ token: new Secret(TOKEN), ...options });
  running.push(github);
  return github;
}

/** Stops all that `start` started. */
export async function stopAll(): Promise<void> {
  await Promise.all(running.map((github) => github.stop()));
  running = [];
}

export function clientOf(github: LocalGitHub): Octokit {
  return new Octokit({ auth: TOKEN, baseUrl: github.url, retry: { enabled: false }, throttle: { enabled: false } });
}

export async function post(github: LocalGitHub, path: string, body: unknown, token = TOKEN) {
  // Without kept connections, as a restarted endpoint closes those of its predecessor.
  const headers = {
    ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
    'content-type': 'application/json',
    connection: 'close',
  };
  const answer = await fetch(`${github.url}${path}`, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}
