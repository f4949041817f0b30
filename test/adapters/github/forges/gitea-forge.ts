import { randomUUID } from 'node:crypto';
import { type Api, giteaApi } from 'gitea-js';
import { createGitHubClient } from '../../../../adapters/github/client.ts';
import { Secret } from '../../../../domain/secret.ts';
import type { Capability, Forge, Place } from './forge.ts';

export interface GiteaAccess {
  /** `https://gitea.example.com`. */
  readonly url: string;
  /** May make repositories, and write to them; and delete them where none is given. */
  readonly token: string;
  /** `owner/name` of one that is there, which is used and left; by default one is made and removed. */
  readonly repository?: string;
  /** Who asks, where it is not fetch. */
  readonly fetch?: typeof fetch;
}

/**
 * What Gitea has of GitHub's API, under `/api/v1`. It has no deployments, check runs or Apps, tells nobody of deliveries, answers for no commit by `commits/{ref}` or
 * `git/ref/{ref}`, and compares without saying how two commits stand to each other.
 */
export const GITEA_HAS: ReadonlySet<Capability> = new Set(['statuses', 'repository', 'comments', 'hooks', 'pushes']);

/** A Gitea that is there. What is set up for the suite is asked by a client made of Gitea's own description. */
export function giteaForge(access: GiteaAccess): Forge {
  return { name: `Gitea at ${access.url}`, has: GITEA_HAS, open: () => openGitea(access) };
}

async function openGitea(access: GiteaAccess): Promise<Place> {
  const { url, token } = access;
  const api = giteaApi(url, { token, ...(access.fetch !== undefined && { customFetch: access.fetch }) });
  const [owner, repo] = access.repository?.split('/') ?? (await made(api));
  if (owner === undefined || repo === undefined) throw new Error('Expected GITEA_REPOSITORY as owner/name');
  const client = (secret: string) =>
    createGitHubClient({ apiUrl: `${url}/api/v1`, credentials: { kind: 'token', token: new Secret(secret) }, clock: Date.now });
  const hooks: number[] = [];
  return {
    client: await client(token),
    stranger: await client('of-nobody'),
    repository: { owner, repo },
    push: async () => {
      const content = { content: Buffer.from(randomUUID()).toString('base64'), branch: 'main', message: 'For a test' };
      const { data } = await api.repos.repoCreateFile(owner, repo, `tidegate-${randomUUID()}`, content);
      return data.commit?.sha ?? '';
    },
    addHook: async (to, secret) => {
      const config = { url: to, secret, content_type: 'json' };
      const { data } = await api.repos.repoCreateHook(owner, repo, { type: 'gitea', active: true, events: ['push'], config });
      hooks.push(data.id ?? 0);
    },
    comment: async (body) => {
      const { data: issue } = await api.repos.issueCreateIssue(owner, repo, { title: 'For a test' });
      const { data: comment } = await api.repos.issueCreateComment(owner, repo, issue.number ?? 0, { body });
      return { issue: issue.number ?? 0, comment: comment.id ?? 0 };
    },
    requests: () => [],
    close: async () => {
      if (access.repository === undefined) await api.repos.repoDelete(owner, repo);
      else for (const hook of hooks) await api.repos.repoDeleteHook(owner, repo, hook);
    },
  };
}

async function made(api: Api<unknown>): Promise<readonly (string | undefined)[]> {
  const name = `tidegate-${randomUUID()}`;
  const { data } = await api.user.createCurrentUserRepo({ name, auto_init: true, default_branch: 'main', private: true });
  return [data.owner?.login, name];
}

const { GITEA_URL, GITEA_TOKEN, GITEA_REPOSITORY } = process.env;

/** The Gitea of the environment; undefined, with the reason printed, where it names none. */
export function giteaOfEnvironment(): Forge | undefined {
  if (GITEA_URL !== undefined && GITEA_TOKEN !== undefined)
    return giteaForge({
      url: GITEA_URL.replace(/\/+$/, ''),
      token: GITEA_TOKEN,
      ...(GITEA_REPOSITORY !== undefined && { repository: GITEA_REPOSITORY }),
    });
  process.stderr.write('Left out: our client at Gitea, as GITEA_URL and GITEA_TOKEN name none (CONTRIBUTING.md)\n');
  return undefined;
}
