import type { Account, GitHubRepositoryRef } from '../../domain/github/event.ts';
import type { NeededPermission } from '../../domain/github-permissions.ts';

/** How the App that we are stands at a repository where it is installed. */
export interface AppStanding {
  readonly isSuspended: boolean;
  readonly missing: readonly NeededPermission[];
}

interface Asking {
  readonly signal: AbortSignal;
}

export interface Comparison {
  /** How `head` stands to `base`. */
  readonly status: 'ahead' | 'behind' | 'identical' | 'diverged';
  /** Paths that differ; undefined where GitHub lists not all of them. */
  readonly files: readonly string[] | undefined;
}

export interface WorkflowRun {
  readonly name: string;
  /** `push`, `workflow_dispatch`, … */
  readonly event: string;
  readonly conclusion: string;
  readonly branch: string;
  readonly commit: string;
  /** Of the repository that the commit is in: another one for a fork's pull request. */
  readonly headRepository: number;
  /** Who set it off at first, and who had it run again. */
  readonly actors: readonly Account[];
}

/** What brought a branch to where it led then. */
export interface Push {
  /** Zeros where the branch was made. */
  readonly before: string;
  readonly after: string;
  readonly actor: Account | undefined;
}

export interface IssueComment {
  readonly body: string;
  readonly author: Account | undefined;
  readonly isEdited: boolean;
  /** Whether an app wrote it in somebody's name. */
  readonly isByApp: boolean;
  readonly createdAt: string;
}

/** Where webhooks are set up. Of an organisation, and of an App, it is asked with what we may in `repository`, `owner/name`. */
export interface HookPlace {
  readonly kind: 'repository' | 'organization' | 'app';
  readonly repository: string;
}

export interface HookDelivery {
  /** GitHub's number of this one attempt, which can be larger than a number of JavaScript. */
  readonly id: string;
  /** What the delivery is called in its header, the same for every attempt. */
  readonly guid: string;
  readonly event: string;
  readonly deliveredAt: string;
}

export interface HookDeliveries {
  /** Newest first. */
  readonly deliveries: readonly HookDelivery[];
  /** Whether there are older ones that were not listed, as they are too many. */
  readonly isCut: boolean;
}

export type Reaction = '+1' | '-1' | 'confused' | 'rocket';

/**
 * What GitHub is asked before anything acts on what it sent. What is not there is undefined. Repositories are `owner/name`.
 * Everything throws GitHubUnavailable and GitHubRefused.
 */
export interface GitHubReads {
  /** Follows the address of a repository that was renamed. */
  repository(name: string, asking: Asking): Promise<(GitHubRepositoryRef & { readonly defaultBranch: string }) | undefined>;
  /** The commit that `heads/NAME`, `tags/NAME` or a commit stands for. */
  commit(repository: string, ref: string, asking: Asking): Promise<string | undefined>;
  /** What a tag or branch points at itself: the object of an annotated tag, not its commit. */
  target(repository: string, ref: string, asking: Asking): Promise<string | undefined>;
  compare(repository: string, base: string, head: string, asking: Asking): Promise<Comparison | undefined>;
  /** Of all merged pull requests that brought a commit. */
  labels(repository: string, commit: string, asking: Asking): Promise<readonly string[]>;
  /** What brought a branch where it is, newest first, as far as one page goes; undefined where GitHub keeps no record of it. */
  pushes(repository: string, branch: string, asking: Asking): Promise<readonly Push[] | undefined>;
  workflowRun(repository: string, id: number, asking: Asking): Promise<WorkflowRun | undefined>;
  /** Names of the environments whose protection rules jobs of a run wait for; none where there is no such run. */
  awaited(repository: string, run: number, asking: Asking): Promise<readonly string[]>;
  checkSuite(
    repository: string,
    id: number,
    asking: Asking,
  ): Promise<
    | { readonly conclusion: string; readonly branch: string; readonly commit: string; readonly app: string; readonly repository: number }
    | undefined
  >;
  /** GitHub tells who wrote it, and neither who published it nor who moved its tag: that is no actor. */
  release(
    repository: string,
    id: number,
    asking: Asking,
  ): Promise<{ readonly tag: string; readonly isDraft: boolean; readonly isPrerelease: boolean } | undefined>;
  deployment(
    repository: string,
    id: number,
    asking: Asking,
  ): Promise<
    { readonly environment: string; readonly commit: string; readonly ref: string; readonly creator: Account | undefined } | undefined
  >;
  /** What whoever made a check run named it by, and the App that made it. */
  checkRun(
    repository: string,
    id: number,
    asking: Asking,
  ): Promise<{ readonly externalId: string; readonly app: number | undefined } | undefined>;
  /** Undefined where it is not installed. What was kept of it is forgotten, and bought anew when something is asked. */
  appStanding(repository: string, asking: Asking): Promise<AppStanding | undefined>;
  comment(repository: string, id: number, asking: Asking): Promise<IssueComment | undefined>;
  /** The same reaction twice is one. */
  react(repository: string, comment: number, reaction: Reaction, asking: Asking): Promise<void>;
  /** Bodies of comments of an issue from a moment on. */
  replies(repository: string, issue: number, since: string, asking: Asking): Promise<readonly string[]>;
  reply(repository: string, issue: number, body: string, asking: Asking): Promise<void>;
  /** Webhooks that send to this address. */
  hooks(place: HookPlace, url: string, asking: Asking): Promise<readonly number[]>;
  /** Those of after a moment. */
  deliveries(place: HookPlace, hook: number, since: string, asking: Asking): Promise<HookDeliveries>;
  /** What a delivery held; undefined where GitHub no longer has it. */
  payload(place: HookPlace, hook: number, delivery: string, asking: Asking): Promise<unknown>;
}
