import type { Secret } from '../../domain/secret.ts';
import type { LabApp, LabAppOptions, Permissions } from './app.ts';
import type { ArchiveHost } from './archives.ts';
import type { Breakage } from './broken-answers.ts';
import type { InjectedFailure, Limit } from './faults.ts';
import type { LocalAccount, RecordedComment, RecordedDelivery } from './repository-records.ts';
import type { CheckRun, Recorded, RecordedStatus, RepositoryName } from './store.ts';

/** A GitHub of one's own, for the demo and the tests. */
export interface LocalGitHub {
  /** The address of its REST API, without a slash at the end. */
  readonly url: string;
  stop(): Promise<void>;
  /** What a commit was told, oldest first. */
  statuses(owner: string, repo: string, sha: string): readonly RecordedStatus[];
  /** What else it was told of a repository, oldest first: the records of a kind. */
  records<Kind extends Recorded['kind']>(kind: Kind, owner: string, repo: string): readonly Extract<Recorded, { kind: Kind }>[];
  /** The check runs of a commit as they are now, oldest first. */
  checkRuns(owner: string, repo: string, sha: string): readonly CheckRun[];
  /** A status that was there before, as if somebody had posted it. */
  seedStatus(owner: string, repo: string, status: Pick<RecordedStatus, 'sha' | 'context' | 'state'>): void;
  /** The App that is registered. Throws where there is none. */
  app(): LabApp;
  /** The code that GitHub's page would hand over once a person has agreed to make the App. */
  agreeToManifest(app: LabAppOptions): string;
  /** Every request since the start, oldest first. */
  requests(): readonly RecordedRequest[];
  /** Puts a commit on top of a branch, or moves a tag to it, as if somebody had pushed, and tells every hook. Resolves when each has answered or not. */
  push(name: RepositoryName, pushed: LocalPush): Promise<void>;
  /** Tells every hook of something else. */
  tell(name: RepositoryName, event: string, payload: Readonly<Record<string, unknown>>): Promise<void>;
  /** As somebody adds a webhook in the settings: of a repository, of an organisation (`organizationPlace`), or of the App (`APP_PLACE`). */
  addHook(name: RepositoryName, hook: { readonly url: string; readonly secret: string; readonly events: readonly string[] }): void;
  /** Keeps that a hook was sent something, by whoever sent it instead. `statusCode` 0 is no answer. */
  keepDelivery(name: RepositoryName, delivery: Pick<RecordedDelivery, 'guid' | 'event' | 'payload' | 'statusCode'>): void;
  /** As somebody writes below an issue; its hooks are told. Returns the comment's id. */
  comment(name: RepositoryName, issue: number, body: string, author: LocalAccount): Promise<number>;
  /** What was written below issues, oldest first. */
  comments(name: RepositoryName): readonly RecordedComment[];
  /** Shows a repository that git has in a folder as its own: commits, files, comparisons and archives of it are git's. */
  showGit(name: RepositoryName, directory: string): void;
  /** The host that archives are downloaded from: what goes wrong there next, and what it was asked. */
  readonly archives: Pick<ArchiveHost, 'failNext' | 'requests'>;
  /** As a job of GitHub Actions comes to an environment with a protection rule: the hooks are told. Returns the number of its deployment. */
  jobWaits(name: RepositoryName, job: LocalJob): Promise<number>;
  /** As somebody cancels a run: nothing of it waits any more. */
  cancelRun(name: RepositoryName, run: number): void;
  failNext(failure: InjectedFailure): void;
  /** While on, connections are closed without an answer. */
  outage(on: boolean): void;
  /** So many requests are still answered, then the primary rate limit is reached; undefined takes it away. */
  limit(limit: Limit | undefined): void;
  /** The next answers begin and never end. */
  endlessNext(times: number): void;
  /** The next answers break off in their middle. */
  truncateNext(times: number): void;
  /** Makes every answer take this much longer, in milliseconds. */
  slow(milliseconds: number): void;
}

export interface LocalGitHubOptions {
  /** Who asks with another token, or with none, gets 401. */
  readonly token: Secret;
  /** Where records are kept, so that they outlive a restart; without it they live in memory. */
  readonly directory?: string;
  /** A free one by default. */
  readonly port?: number;
  /** `owner/repo` of the repositories that exist; every one does by default. */
  readonly repositories?: readonly string[];
  /** A GitHub App that is registered, whose installation's tokens count beside the token. */
  readonly app?: LabAppOptions;
  /** What the token may do, as a fine-grained one; everything by default. */
  readonly permissions?: Permissions;
  /** The scopes of a classic token, which every answer tells; by default it is none. */
  readonly scopes?: readonly string[];
}

export interface RecordedRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body: unknown;
  /** What was answered; `cut` is a connection closed without an answer. */
  readonly status: number | Breakage;
}

/** A commit and where it was pushed to. */
export interface LocalPush {
  /** `heads/main` or `tags/v1`. */
  readonly ref: string;
  readonly sha: string;
  readonly by: LocalAccount;
  readonly files?: readonly string[];
  /** False is a push whose webhook is lost. */
  readonly isTold?: boolean;
}

export interface LocalJob {
  readonly run: number;
  readonly environment: string;
  readonly sha: string;
  /** `main` by default. */
  readonly branch?: string;
  /** `push` by default. */
  readonly event?: string;
  /** The id of another repository, where it runs for a fork. */
  readonly headRepository?: number;
}
