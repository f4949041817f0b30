import { createAppAuth } from '@octokit/auth-app';
import type { Octokit } from 'octokit';
import { GitHubRefused } from '../../activities/github/errors.ts';
import { Secret } from '../../domain/secret.ts';
import type { Authorization, Credential } from './authorization.ts';
import type { GitHubCredentials, GitHubRepository } from './client.ts';

type AppCredentials = Extract<GitHubCredentials, { kind: 'app' }>;
type AppAuth = ReturnType<typeof createAppAuth>;

/**
 * A GitHub App: a JWT of its key, for ten minutes, buys a token of the installation at the repository's owner, which is kept for 59 of its 60 minutes.
 * Follows https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app
 */
export function appAuthorization(octokit: Octokit, credentials: AppCredentials, deadlineMs: number): Authorization {
  const request = boundedRequest(octokit, deadlineMs);
  const auth = createAppAuth({ appId: credentials.id, privateKey: keyOf(credentials), log: SILENT, request });
  const installations = new Map<string, number>();
  const refused = new Set<string>();
  return {
    kind: 'app',
    header: async ({ repository, asApp }) => {
      if (asApp === true) return appCredential(auth, credentials);
      const name = nameOf(repository);
      const jwt = () => appCredential(auth, credentials);
      const installation = credentials.installation ?? installations.get(name) ?? (await installationOf(request, repository, jwt));
      installations.set(name, installation);
      try {
        return await installationCredential(auth, installation, refused.delete(name));
      } catch (error) {
        // Where the App was installed anew, its installation is another one.
        installations.delete(name);
        throw error;
      }
    },
    forget: (repository) => {
      installations.delete(nameOf(repository));
      refused.add(nameOf(repository));
      return true;
    },
  };
}

/** Keys in variables often have `\n` for their line breaks. */
function keyOf({ key }: AppCredentials): string {
  const text = key.reveal();
  return text.includes('\n') ? text : text.replaceAll(String.raw`\n`, '\n');
}

async function appCredential(auth: AppAuth, { id }: AppCredentials): Promise<Credential> {
  const { token } = await auth({ type: 'app' }).catch(() => {
    // What a library says of a key may hold a part of it.
    throw new GitHubRefused(`The private key of the GitHub App ${id} cannot be used; give the PEM file that GitHub made for it`);
  });
  return { scheme: 'Bearer', secret: new Secret(token) };
}

async function installationOf(request: Octokit['request'], repository: GitHubRepository, jwt: () => Promise<Credential>): Promise<number> {
  const { secret } = await jwt();
  const headers = { authorization: `Bearer ${secret.reveal()}` };
  const { data } = await request('GET /repos/{owner}/{repo}/installation', { ...repository, headers });
  return data.id;
}

async function installationCredential(auth: AppAuth, installation: number, refresh: boolean): Promise<Credential> {
  const { token } = await auth({ type: 'installation', installationId: installation, refresh });
  return { scheme: 'Bearer', secret: new Secret(token) };
}

/** Whoever waits for the same token shares its request, so that no caller's signal may end it. */
function boundedRequest(octokit: Octokit, deadlineMs: number): Octokit['request'] {
  const bounded = (route: string, parameters: object = {}) =>
    octokit.request(route, { ...parameters, request: { signal: AbortSignal.timeout(deadlineMs) } });
  return Object.assign(bounded, octokit.request) as Octokit['request'];
}

function nameOf({ owner, repo }: GitHubRepository): string {
  return `${owner}/${repo}`.toLowerCase();
}

const SILENT = { warn: () => undefined };
