import type { AppStanding, Comparison, GitHubReads, IssueComment, Reaction, WorkflowRun } from '../../adapters/github/reads.ts';
import type { Account } from '../../domain/github/event.ts';

const RITA: Account = { id: 7, login: 'rita-codes', isPerson: true };

/** A repository in memory: commits with their parents, and what leads to them. */
export class FakeGitHub implements GitHubReads {
  id = 101;
  /** What the repository is called now; older names lead to it. */
  name = 'acme/shop';
  readonly formerNames: string[] = [];
  /** Commit to its parent. */
  readonly parents = new Map<string, string>();
  /** `heads/main`, `tags/v1`. */
  readonly refs = new Map<string, string>();
  /** Commits that a comparison lists files of. */
  readonly files = new Map<string, readonly string[]>();
  /** Objects of annotated tags, by `tags/NAME`. */
  readonly annotated = new Map<string, string>();
  /** By branch, newest first; undefined where this GitHub keeps no record of who pushed. */
  activity: Map<string, { before?: string; after: string; actor: Account | undefined }[]> | undefined = new Map();
  /** How the App stands, by repository. */
  readonly standings = new Map<string, AppStanding>();
  readonly labelled = new Map<string, readonly string[]>();
  readonly runs = new Map<number, WorkflowRun>();
  /** Environments that jobs of a run wait for. */
  readonly awaitedBy = new Map<number, readonly string[]>();
  readonly suites = new Map<number, { conclusion: string; branch: string; commit: string; app: string; repository: number }>();
  readonly releases = new Map<number, { tag: string; isDraft: boolean; isPrerelease: boolean }>();
  readonly deployments = new Map<number, { environment: string; commit: string; ref: string; creator: Account | undefined }>();
  readonly checkRuns = new Map<number, { externalId: string; app: number }>();
  readonly comments = new Map<number, IssueComment>();
  readonly reactions: { readonly comment: number; readonly reaction: Reaction }[] = [];
  readonly replied: { readonly issue: number; readonly body: string }[] = [];
  failure: Error | undefined;
  activityFailure: Error | undefined;
  reactionFailure: Error | undefined;
  asked = 0;

  /** Puts a commit on top of a branch, and keeps a record of who did. */
  push(branch: string, commit: string, files: readonly string[] = ['src/web.ts'], actor: Account | undefined = RITA): void {
    const before = this.refs.get(`heads/${branch}`);
    this.activity?.set(branch, [{ before: before ?? '0'.repeat(40), after: commit, actor }, ...(this.activity.get(branch) ?? [])]);
    if (before !== undefined) this.parents.set(commit, before);
    else this.parents.set(commit, '');
    this.refs.set(`heads/${branch}`, commit);
    this.files.set(commit, files);
  }

  async repository(name: string) {
    this.#ask();
    const is = [this.name, ...this.formerNames].some((one) => one.toLowerCase() === name.toLowerCase());
    return is ? { id: this.id, name: this.name, defaultBranch: 'main' } : undefined;
  }

  async commit(_repository: string, ref: string): Promise<string | undefined> {
    this.#ask();
    return this.refs.get(ref) ?? (this.parents.has(ref) ? ref : undefined);
  }

  async target(_repository: string, ref: string): Promise<string | undefined> {
    this.#ask();
    return this.annotated.get(ref) ?? this.refs.get(ref);
  }

  async compare(_repository: string, base: string, head: string): Promise<Comparison | undefined> {
    this.#ask();
    if (!this.parents.has(base) || !this.parents.has(head)) return undefined;
    const files = this.files.get(head);
    if (base === head) return { status: 'identical', files: [] };
    return { status: this.#leadsTo(base, head) ? 'ahead' : this.#leadsTo(head, base) ? 'behind' : 'diverged', files };
  }

  async labels(_repository: string, commit: string): Promise<readonly string[]> {
    this.#ask();
    return this.labelled.get(commit) ?? [];
  }

  async pushes(_repository: string, branch: string) {
    this.#ask();
    if (this.activityFailure) throw this.activityFailure;
    return this.activity && (this.activity.get(branch) ?? []).map((push) => ({ before: '', ...push }));
  }

  async appStanding(repository: string) {
    this.#ask();
    return this.standings.get(repository);
  }

  async workflowRun(_repository: string, id: number) {
    this.#ask();
    return this.runs.get(id);
  }

  async awaited(_repository: string, run: number) {
    this.#ask();
    return this.awaitedBy.get(run) ?? [];
  }

  async checkSuite(_repository: string, id: number) {
    this.#ask();
    return this.suites.get(id);
  }

  async checkRun(_repository: string, id: number) {
    this.#ask();
    return this.checkRuns.get(id);
  }

  async release(_repository: string, id: number) {
    this.#ask();
    return this.releases.get(id);
  }

  async deployment(_repository: string, id: number) {
    this.#ask();
    return this.deployments.get(id);
  }

  async comment(_repository: string, id: number) {
    this.#ask();
    return this.comments.get(id);
  }

  async react(_repository: string, comment: number, reaction: Reaction): Promise<void> {
    this.#ask();
    if (this.reactionFailure) throw this.reactionFailure;
    this.reactions.push({ comment, reaction });
  }

  async replies(_repository: string, issue: number): Promise<readonly string[]> {
    this.#ask();
    return this.replied.filter((reply) => reply.issue === issue).map(({ body }) => body);
  }

  async reply(_repository: string, issue: number, body: string): Promise<void> {
    this.#ask();
    this.replied.push({ issue, body });
  }

  async hooks(): Promise<readonly number[]> {
    return [];
  }

  async deliveries() {
    return { deliveries: [], isCut: false };
  }

  async payload(): Promise<unknown> {
    return undefined;
  }

  #leadsTo(base: string, head: string): boolean {
    for (let at: string | undefined = head; at; at = this.parents.get(at)) if (at === base) return true;
    return false;
  }

  #ask(): void {
    this.asked += 1;
    if (this.failure) throw this.failure;
  }
}
