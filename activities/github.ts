/** A commit status, as GitHub takes it: https://docs.github.com/rest/commits/statuses */
export interface CommitStatus {
  readonly application: string;
  readonly commit: string;
  /** `tidegate/<stage>`. */
  readonly context: string;
  readonly state: 'pending' | 'success' | 'failure' | 'error';
  /** Cut to 140 characters by the adapter. */
  readonly description: string;
  readonly targetUrl?: string;
}

/** Tells GitHub how a stage stands. An application without a GitHub repository is told nowhere. */
export interface CommitStatuses {
  /** Throws GitHubRefused (terminal) or GitHubUnavailable (retryable, with the wait that GitHub asked for). */
  report(status: CommitStatus, options: { readonly signal: AbortSignal }): Promise<void>;
}
