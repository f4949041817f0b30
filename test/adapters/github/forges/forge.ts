import type { GitHubClient, GitHubRepository } from '../../../../adapters/github/client.ts';

/** What of GitHub's API somebody else may have, or not. */
export type Capability = 'statuses' | 'repository' | 'comments' | 'hooks' | 'pushes' | 'commits' | 'deployments' | 'deliveries';

/** A GitHub, or something that speaks as it does. */
export interface Forge {
  readonly name: string;
  readonly has: ReadonlySet<Capability>;
  /** A repository for the suite alone. */
  open(): Promise<Place>;
}

export interface Place {
  readonly client: GitHubClient;
  /** Of whoever has a token that nobody gave out. */
  readonly stranger: GitHubClient;
  readonly repository: GitHubRepository;
  /** Puts a commit on the branch `main`, and resolves with it. */
  push(): Promise<string>;
  addHook(url: string, secret: string): Promise<void>;
  /** The number of an issue, and the id of a comment below it. */
  comment(body: string): Promise<{ readonly issue: number; readonly comment: number }>;
  /** Our client's requests so far, where they can be seen. */
  requests(): readonly { readonly method: string; readonly path: string; readonly body: unknown }[];
  /** Leaves nothing behind. */
  close(): Promise<void>;
}
