import type { RetentionCounts } from './retention-report.ts';

/** What somebody asks retention to do. */
export interface RetentionOrder {
  /** Whether it deletes; otherwise it looks, and says what it would do. */
  readonly apply: boolean;
  /** The person, or `tidegate` by the schedule. */
  readonly actor: string;
  /** Undefined is every repository that the installation has rules for. */
  readonly repositories?: readonly string[];
  /** Repository to the hash of the plan that the person saw; where it is another by now, or none is given, nothing is deleted. */
  readonly planHashes?: Readonly<Record<string, string>>;
}

/** Why nothing of a repository may be deleted by this order: who confirmed what goes from some repositories confirmed nothing of others. */
export function objectionToRepository({ apply, planHashes }: RetentionOrder, repository: string): string | undefined {
  if (!apply || planHashes === undefined || planHashes[repository] !== undefined) return undefined;
  return `${repository} is not among what was confirmed, so nothing of it was deleted. Look at it, and confirm that`;
}

/** How one repository stands in a run. */
export type RepositoryProgress =
  | { readonly kind: 'waiting'; readonly repository: string }
  /** `detail` is the last thing that happened. */
  | { readonly kind: 'working'; readonly repository: string; readonly detail: string }
  | {
      readonly kind: 'done';
      readonly repository: string;
      readonly planHash: string;
      readonly counts: RetentionCounts;
      readonly leftOut: number;
    }
  | { readonly kind: 'failed'; readonly repository: string; readonly reason: string }
  /** The run was stopped before or while the repository was gone through. */
  | { readonly kind: 'stopped'; readonly repository: string };

export interface RetentionStatus {
  readonly apply: boolean;
  readonly actor: string;
  readonly state: 'running' | 'done' | 'failed' | 'cancelled';
  readonly repositories: readonly RepositoryProgress[];
  /** Why the run could not even begin. */
  readonly fault?: string;
}

/** How a run ended, by its repositories. */
export function stateAfter(repositories: readonly RepositoryProgress[]): RetentionStatus['state'] {
  if (repositories.some((one) => one.kind === 'stopped')) return 'cancelled';
  return repositories.some((one) => one.kind === 'failed') ? 'failed' : 'done';
}
