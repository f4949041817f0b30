import { createGitHubClient, type GitHubClient, type GitHubSettings } from '../../../adapters/github/client.ts';
import type { GitHubPlaces } from '../../../adapters/github/statuses.ts';
import { Secret } from '../../../domain/secret.ts';
import type { LocalGitHub, LocalGitHubOptions } from '../../../lab/github/local-github.ts';
import { startLocalGitHub } from '../../../lab/github/server.ts';

export const TOKEN = 'ghp_never-to-be-seen';
export const SHOP = { owner: 'acme', repo: 'shop' };
export const APP = { id: 7, installation: 70 };

export const PLACES: GitHubPlaces = {
  repository: (application) => (application === 'shop' ? SHOP : undefined),
  isShared: () => false,
  page: (application, release) => `https://tidegate.test/releases/${application}/${release}`,
  serving: (_application, environment) => `https://${environment}.shop.test`,
};

export function startGitHub(options: Partial<LocalGitHubOptions> = {}): Promise<LocalGitHub> {
  return startLocalGitHub({ token: new Secret(TOKEN), repositories: ['acme/shop'], ...options });
}

export function clientOf(github: LocalGitHub, settings: Partial<GitHubSettings> = {}): Promise<GitHubClient> {
  const credentials = { kind: 'token', token: new Secret(TOKEN) } as const;
  return createGitHubClient({ apiUrl: github.url, credentials, clock: Date.now, ...settings });
}

export function appClientOf(github: LocalGitHub, settings: Partial<GitHubSettings> = {}): Promise<GitHubClient> {
  const credentials = { kind: 'app', id: APP.id, key: new Secret(github.app().privateKey) } as const;
  return clientOf(github, { credentials, ...settings });
}
