/** What a repository of the local GitHub holds besides statuses and deployments. */

interface InRepository {
  readonly id: number;
  readonly owner: string;
  readonly repo: string;
  /** ISO 8601 in UTC. */
  readonly createdAt: string;
}

export interface LocalAccount {
  readonly id: number;
  readonly login: string;
  readonly type?: 'User' | 'Bot';
}

export interface RecordedCommit extends InRepository {
  readonly kind: 'commit';
  readonly sha: string;
  /** Empty for the first one. */
  readonly parent: string;
  /** Paths that it changed. */
  readonly files: readonly string[];
}

/** Where a branch or tag is from now on; an empty commit is its end. */
export interface RecordedRef extends InRepository {
  readonly kind: 'ref';
  readonly by: LocalAccount;
  /** Empty where there was none. */
  readonly before: string;
  /** `heads/main`. */
  readonly ref: string;
  readonly sha: string;
}

export interface RecordedComment extends InRepository {
  readonly kind: 'comment';
  readonly issue: number;
  readonly body: string;
  readonly author: LocalAccount;
}

export interface RecordedReaction extends InRepository {
  readonly kind: 'reaction';
  readonly comment: number;
  readonly content: string;
}

export interface RecordedHook extends InRepository {
  readonly kind: 'hook';
  readonly url: string;
  readonly secret: string;
  readonly events: readonly string[];
}

export interface RecordedDelivery extends InRepository {
  readonly kind: 'delivery';
  readonly hook: number;
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  readonly payload: Readonly<Record<string, unknown>>;
  /** What the receiver answered; 0 where it did not. */
  readonly statusCode: number;
}

/** A run of GitHub Actions, and what its jobs wait for; the last record of a run is how it stands. */
export interface RecordedRun extends InRepository {
  readonly kind: 'run';
  readonly run: number;
  readonly sha: string;
  readonly branch: string;
  readonly event: string;
  /** The id of the repository that the commit is of. */
  readonly headRepository: number;
  /** Names of environments. */
  readonly waitsFor: readonly string[];
}

export type RepositoryRecord =
  | RecordedCommit
  | RecordedRef
  | RecordedComment
  | RecordedReaction
  | RecordedHook
  | RecordedDelivery
  | RecordedRun;
