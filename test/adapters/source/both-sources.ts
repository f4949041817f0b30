import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommitAuthors } from '../../../activities/gates.ts';
import type { SourceArchive } from '../../../activities/images.ts';
import { createGitHubSources } from '../../../adapters/github/source/github-sources.ts';
import { createGitSources } from '../../../adapters/source/git-archive.ts';
import { clientOf, SHOP, startGitHub } from '../github/connected.ts';

export const KINDS = ['git', 'github'] as const;
export type Kind = (typeof KINDS)[number];

/** One repository of the application shop, read in every way that there is. */
export interface Sources extends Record<Kind, () => SourceArchive & CommitAuthors> {
  /** As messages name it. */
  place(kind: Kind): string;
  /** What GitHub was asked so far. */
  requests(): number;
  stop(): Promise<void>;
}

export async function startSources(repository: string, directory: string): Promise<Sources> {
  const github = await startGitHub();
  github.showGit(SHOP, repository);
  const client = await clientOf(github);
  const mirrors = await mkdtemp(join(directory, 'mirrors-'));
  return {
    git: () => createGitSources({ repositories: { shop: repository }, directory: mirrors, environment: process.env, timeoutMs: 20_000 }),
    github: () => createGitHubSources({ client, apiUrl: github.url, repositories: { shop: 'acme/shop' } }),
    place: (kind) => (kind === 'git' ? repository : `acme/shop at ${new URL(github.url).host}`),
    requests: () => github.requests().length,
    stop: () => github.stop(),
  };
}
