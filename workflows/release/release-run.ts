import { CancellationScope, upsertSearchAttributes } from '@temporalio/workflow';
import { checkNews } from '../../domain/check-run.ts';
import { commitStatus } from '../../domain/commit-status.ts';
import { deploymentNews } from '../../domain/deployment-news.ts';
import type { RequestNews } from '../../domain/environment.ts';
import type { GateStay } from '../../domain/gate-stay.ts';
import type { GateQuestion } from '../../domain/gates/question.ts';
import type { Vote } from '../../domain/gates/votes.ts';
import { printImage } from '../../domain/image.ts';
import { printBase } from '../../domain/image-labels.ts';
import type { LedgerAction, LedgerEntry } from '../../domain/ledger.ts';
import type { Stage } from '../../domain/pipeline.ts';
import { type Promoters, promotersOf, withPromoter } from '../../domain/promoters.ts';
import { type Mover, type Movers, movedOutOfReach, withStarter } from '../../domain/reach.ts';
import type { ReleaseRecord, ReleaseStatus, StageState, StageStatus } from '../../domain/release.ts';
import { type ReleaseBoard, releaseStatusOf, unreadBoard, withImages, withState } from '../../domain/release-board.ts';
import type { StageTakenBack } from '../../domain/taken-back.ts';
import { StatusLane } from '../lanes.ts';
import type { CancelMessage, PromoteMessage } from '../messages.ts';
import { ledger } from '../proxies.ts';
import { SEARCH_ATTRIBUTES } from '../search-attributes.ts';
import { Checks } from './checks.ts';
import type { ReleaseSoFar, StageWait } from './release-so-far.ts';
import { RequestCounts } from './request-counts.ts';

/** Votes and promotions whose ids are handed to the next run. */
const TAKEN_LENGTH = 1_000;

/** What the stages of one release workflow share: where each stands, the votes, and who is told of a change. */
export class ReleaseRun {
  board: ReleaseBoard;
  /** Every vote that was taken, bound to what it was given for. */
  votes: readonly Vote[];
  /** Grows with every vote and every new attempt, so that gates look again. */
  turns = 0;
  /** Grows when the world has changed, so that gates read it again. */
  changes = 0;
  /** Who was the last to take a stage, and what follows it, through a further attempt by hand. */
  promoter: string | undefined;
  /** By stage: jobs that its attempt by hand runs though they ran before. */
  readonly runAgain: Map<string, readonly string[]>;
  /** The last news of each request that an environment was asked. */
  readonly news: Record<string, RequestNews>;
  /** The question that each waiting stage asks its approvers now. */
  readonly asked: Record<string, GateQuestion>;
  /** What external checks are asked, and what they answered. */
  readonly checks: Checks;
  /** What routers had counted, for gates that go by it. */
  readonly counts: RequestCounts;
  /** The turn at which each stage's gates were last evaluated. */
  readonly judged: Record<string, number> = {};
  /** Who asked for each stage by hand. */
  readonly promotedBy: Record<string, string>;
  cancelled: CancelMessage | undefined;
  /** Why the release could not even begin. */
  fault: string | undefined;
  /** The stages that are at work, and why each of them was stopped alone. */
  readonly #scopes = new Map<string, CancellationScope>();
  readonly #stopped = new Map<string, CancelMessage>();
  #promoters: Promoters;
  readonly #statuses = new StatusLane();
  /** The deployment that each stage's last attempt asked for and got. */
  readonly #deployments: Map<string, string>;
  #shown: string;
  #records = 0;
  #requests = 0;
  /** Votes that are being written down, by stage and person. */
  readonly #casting = new Set<string>();
  /** Stages that do nothing but wait at their gates just now: another run could go on with them. */
  readonly waits = new Map<string, Omit<StageWait, 'stay'>>();
  /** By stage: how its environment knows that it is at the gates. */
  readonly stays = new Map<string, GateStay>();
  /** Stages whose environment is being told of their stay. */
  readonly telling = new Set<string>();
  #taken: readonly string[];
  #movers: Movers;
  #starters: readonly Mover[];

  /** `soFar` is what an earlier run came to, `starter` who began the release without the right to take it everywhere, `further` who set it off as well. */
  constructor(
    record: ReleaseRecord,
    readonly runId: string,
    { soFar, starter, further = [] }: { readonly soFar?: ReleaseSoFar; readonly starter?: Mover; readonly further?: readonly Mover[] } = {},
  ) {
    this.#starters = soFar?.starters ?? [...(starter === undefined ? [] : [starter]), ...further];
    this.#movers = soFar?.movers ?? {};
    this.board = soFar?.board ?? unreadBoard(record);
    this.votes = soFar?.votes ?? [];
    this.promoter = soFar?.promoter;
    this.promotedBy = { ...soFar?.promotedBy };
    this.#promoters = new Map(Object.entries(soFar?.promoters ?? {}));
    this.runAgain = new Map(Object.entries(soFar?.runAgain ?? {}));
    this.news = { ...soFar?.news };
    this.checks = new Checks(soFar?.checks);
    this.counts = new RequestCounts(soFar?.counts);
    this.asked = Object.fromEntries(Object.entries(soFar?.waits ?? {}).map(([stage, { asked }]) => [stage, asked]));
    this.#taken = soFar?.taken ?? [];
    this.#shown = soFar?.shown ?? '';
    this.#deployments = new Map(Object.entries(soFar?.deployments ?? {}));
  }

  /** What the next run is to know; undefined while any of these stages does more than to wait at its gates. */
  soFar(stages: ReadonlySet<string>): ReleaseSoFar | undefined {
    const checks = this.checks.soFar();
    if (checks === undefined || ![...stages].every((stage) => this.waits.has(stage) && !this.telling.has(stage))) return undefined;
    return {
      board: this.board,
      votes: this.votes,
      waits: Object.fromEntries([...this.waits].map(([stage, wait]) => [stage, this.#handedOn(stage, wait)])),
      promotedBy: this.promotedBy,
      promoters: Object.fromEntries(this.#promoters),
      ...(this.promoter !== undefined && { promoter: this.promoter }),
      movers: this.#movers,
      starters: this.#starters,
      runAgain: Object.fromEntries(this.runAgain),
      news: this.news,
      checks,
      counts: this.counts.soFar(),
      taken: this.#taken,
      shown: this.#shown,
      deployments: Object.fromEntries(this.#deployments),
    };
  }

  #handedOn(stage: string, wait: Omit<StageWait, 'stay'>): StageWait {
    const stay = this.stays.get(stage);
    // The votes are handed on once.
    return { ...wait, asked: { ...wait.asked, votes: [] }, ...(stay !== undefined && { stay }) };
  }

  /** Whether a vote or promotion was taken already, in this run or an earlier one. */
  hasTaken(request: string | undefined): boolean {
    return request !== undefined && this.#taken.includes(request);
  }

  take(request: string | undefined): void {
    if (request !== undefined) this.#taken = [...this.#taken, request].slice(-TAKEN_LENGTH);
  }

  get record(): ReleaseRecord {
    return this.board.record;
  }

  status(): ReleaseStatus {
    const status = releaseStatusOf(this.board);
    return this.fault === undefined ? status : { ...status, state: 'failed', fault: this.fault };
  }

  /** A number for each request to an environment, so that none is taken for another. */
  nextRequest(): number {
    this.#requests += 1;
    return this.#requests;
  }

  /** Shows a change that decides nothing: running, waiting, queued. */
  show(stage: string, state: StageState): void {
    this.board = withState(this.board, stage, state);
    this.tell(stage);
  }

  /** Shows people what goes on before there is anything to tell GitHub. */
  note(stage: string, state: StageState): void {
    this.board = withState(this.board, stage, state);
  }

  /** Does a stage's work so that it can be stopped without the others. */
  stoppable<Result>(all: CancellationScope, stage: string, act: () => Promise<Result>): Promise<Result> {
    this.#stopped.delete(stage);
    // One scope deep: another would have later commands in another order than in histories of before.
    const scope = new CancellationScope({ cancellable: true, parent: all });
    this.#scopes.set(stage, scope);
    return scope.run(act);
  }

  /** Stops one stage: what it needs has passed no more. */
  stop(stage: string, reason: string): void {
    this.#stopped.set(stage, { person: 'tidegate', reason });
    this.#scopes.get(stage)?.cancel();
  }

  /** Who stopped a stage, alone or with the release, and why. */
  stopOf(stage: string): CancelMessage | undefined {
    return this.#stopped.get(stage) ?? this.cancelled;
  }

  addVote(vote: Vote): void {
    this.votes = [...this.votes, vote];
    this.turns += 1;
  }

  /** Whether a vote on a stage, or that of one person on it, is being written down. */
  isCasting(stage: string, person?: string): boolean {
    return [...this.#casting].some((key) => (person === undefined ? key.startsWith(`${stage}/`) : key === `${stage}/${person}`));
  }

  /** Writes a vote down while nothing of its stage is decided. */
  async cast(stage: string, person: string, write: () => Promise<void>): Promise<void> {
    const key = `${stage}/${person}`;
    this.#casting.add(key);
    try {
      await write();
    } finally {
      this.#casting.delete(key);
    }
  }

  /** A person takes one stage on by hand. */
  promotedByHand({ stage, person, reach }: PromoteMessage): void {
    this.promotedBy[stage] = person;
    this.#movers = { ...this.#movers, [stage]: { person, ...(reach !== undefined && { environments: reach }) } };
    this.#promoters = withPromoter(this.#promoters, stage, person);
    this.turns += 1;
  }

  /** What the ledger knows of earlier runs, and of who set the release off as well. */
  knowStarters(promotions: readonly { readonly stage: string; readonly person: string }[], starters: readonly string[]): void {
    this.#promoters = promotions.reduce((known, { stage, person }) => withPromoter(known, stage, person), this.#promoters);
    for (const person of starters) this.#starters = withStarter(this.#starters, { person });
  }

  /** Somebody else has set the same release off: gates look again at who may judge it, and how far it goes by itself. */
  startedToo(starter: Mover): void {
    const before = this.#starters;
    this.#starters = withStarter(before, starter);
    if (this.#starters !== before) this.turns += 1;
  }

  /** Everybody but the initiator who set the release off, or ever took a stage, or what it needs, on by hand. */
  furtherStartersOf(stage: string): readonly string[] {
    const promoters = promotersOf(stage, this.board.pipeline.stages, this.#promoters);
    return [...new Set([...this.#starters.map(({ person }) => person), ...promoters])];
  }

  /** Who brought the release to a stage without the right to take it there. */
  movedOutOfReach(stage: Extract<Stage, { kind: 'deploy' }>): Mover | undefined {
    return movedOutOfReach(stage, this.board.pipeline.stages, this.#movers, this.#starters);
  }

  /** A further attempt of a stage asks anew: what was voted on the last one is spent. */
  forgetVotes(stage: string): void {
    this.votes = this.votes.filter((vote) => vote.subject.stage !== stage);
    this.turns += 1;
  }

  /** A person takes a stage through once more. */
  takeUp({ stage, person, runAgain }: PromoteMessage): void {
    this.promoter = person;
    if (runAgain === undefined) this.runAgain.delete(stage);
    else this.runAgain.set(stage, runAgain);
  }

  /** The release never began; lists are to show it as what it is. */
  fail(reason: string): ReleaseStatus {
    this.fault = reason;
    upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.state, value: 'failed' }]);
    return this.status();
  }

  /** Ends a stage: written to the ledger first, then told. */
  async end(stage: string, state: StageState): Promise<void> {
    const entry = this.#entry(actionOf(state), `${stage}/${state.kind}`, { stage, reason: reasonOf(state) });
    await (state.kind === 'passed' ? this.#recordPass(stage, state, entry) : ledger.appendEntry(entry));
    if (state.kind === 'passed') this.board = withImages(this.board, state.images);
    this.show(stage, state);
  }

  /** Writes one record of this release; `event` names it within the run. */
  async keep(action: LedgerAction, event: string, details: Pick<LedgerEntry, 'reason'> & Partial<LedgerEntry>): Promise<void> {
    await ledger.appendEntry(this.#entry(action, event, details));
  }

  /** Writes once that a stage's passes count no more, whichever run of the release hears of it. */
  async recordReturn({ stage, deployment, person, to, reason, at }: StageTakenBack): Promise<void> {
    const { application, number } = this.record;
    const key = `${deployment}/taken-back/${number}`;
    const words = `Rolled back to release ${to}: ${reason}`;
    const entry: LedgerEntry = { key, action: 'stage-taken-back', actor: person, application, release: number, stage, reason: words, at };
    await ledger.takeBackStage({ application, number, stage, takenBack: { to, reason, at }, entry });
  }

  /** Whether GitHub knows the last state of every stage, or has refused it for good. */
  isTold(): boolean {
    return this.#statuses.isDrained();
  }

  #entry(action: LedgerAction, event: string, details: Pick<LedgerEntry, 'reason'> & Partial<LedgerEntry>): LedgerEntry {
    const { application, number } = this.record;
    this.#records += 1;
    const key = `release/${application}/${number}/${this.runId}/${this.#records}/${event}`;
    return { key, action, actor: 'tidegate', application, release: number, at: new Date().toISOString(), ...details };
  }

  #recordPass(stage: string, state: Extract<StageState, { kind: 'passed' }>, entry: LedgerEntry): Promise<void> {
    const { application, number } = this.record;
    const images = Object.fromEntries(Object.entries(state.images).map(([component, image]) => [component, printImage(image)]));
    return ledger.recordPass({
      application,
      number,
      pass: { stage, pipelineRevision: this.board.pipeline.revision, images, at: state.at },
      entry,
    });
  }

  /** Tells GitHub and the lists how a stage stands. */
  tell(stage: string, more: { readonly isTakenBack?: true } = {}): void {
    const status = this.status();
    const changed = status.stages.find((other) => other.name === stage);
    if (changed !== undefined) this.#tellGitHub(changed, more);
    const shown = `${status.state} ${stage}`;
    if (shown === this.#shown) return;
    this.#shown = shown;
    upsertSearchAttributes([
      { key: SEARCH_ATTRIBUTES.state, value: status.state },
      { key: SEARCH_ATTRIBUTES.stage, value: stage },
    ]);
  }

  #tellGitHub(stage: StageStatus, { isTakenBack = false }: { readonly isTakenBack?: boolean }): void {
    const { application, commit, number: release } = this.record;
    const text = commitStatus(stage);
    const deployment = this.#deploymentOf(stage);
    if (text === undefined || commit === undefined) return;
    const seen = { release, isTakenBack, ...(deployment !== undefined && { deployment }) };
    const news = stage.environment === undefined ? undefined : deploymentNews(stage.state, { environment: stage.environment, ...seen });
    const check = checkNews(stage, { application, release }, text.description);
    this.#statuses.tell({ application, commit, ...text, release, ...(news !== undefined && { deployments: [news] }), check });
  }

  /** A further attempt of a stage is another deployment, once it has begun. */
  #deploymentOf({ name, state }: StageStatus): string | undefined {
    if (state.kind === 'running' && state.deployment !== undefined) this.#deployments.set(name, state.deployment);
    else if (state.kind === 'running' || state.kind === 'waiting' || state.kind === 'queued') this.#deployments.delete(name);
    return this.#deployments.get(name);
  }
}

function actionOf(state: StageState): LedgerAction {
  if (state.kind === 'passed') return 'stage-passed';
  if (state.kind === 'incomplete') return 'stage-incomplete';
  if (state.kind === 'expired') return 'gate-expired';
  if (state.kind === 'superseded') return 'stage-superseded';
  return state.kind === 'cancelled' ? 'release-cancelled' : 'stage-failed';
}

function reasonOf(state: StageState): string {
  if ('reason' in state) return state.reason;
  const bases = state.kind === 'passed' ? Object.entries(state.bases ?? {}) : [];
  const from = bases.map(([component, images]) => `${component} from ${images.map(printBase).join(', ')}`);
  return from.length === 0 ? state.kind : `${state.kind}: ${from.join('; ')}`;
}
