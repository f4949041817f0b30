import type { RequestNews } from '../../domain/deployment-request.ts';
import type { Vote } from '../../domain/gates/votes.ts';
import type { Stage } from '../../domain/pipeline.ts';
import type { Mover } from '../../domain/reach.ts';
import type { ReleaseRecord, ReleaseStatus, StageState } from '../../domain/release.ts';
import { type ReleaseBoard, releaseStatusOf, unreadBoard, withImages, withState } from '../../domain/release-board.ts';
import type { PromoteMessage } from '../messages.ts';
import { AskedChecks } from './asked-checks.ts';
import { GateWaits } from './gate-waits.ts';
import { ReleaseMovers, type SetOff } from './release-movers.ts';
import { ReleaseRecords } from './release-records.ts';
import type { ReleaseSoFar } from './release-so-far.ts';
import { RequestCounts } from './request-counts.ts';
import { RequestsTaken } from './requests-taken.ts';
import { type NewsDetails, StageNews } from './stage-news.ts';
import { StageStops } from './stage-stops.ts';
import { VotesGiven } from './votes-given.ts';

/** What the stages of one release workflow share: where each stands, what people decided, and when gates look again. */
export class ReleaseRun {
  board: ReleaseBoard;
  /** Grows with every vote and every new attempt, so that gates look again. */
  turns = 0;
  /** Grows when the world has changed, so that gates read it again. */
  changes = 0;
  /** Why the release could not even begin. */
  fault: string | undefined;
  /** By stage: jobs that its attempt by hand runs though they ran before. */
  readonly runAgain: Map<string, readonly string[]>;
  /** The last news of each request that an environment was asked. */
  readonly news: Record<string, RequestNews>;
  readonly records: ReleaseRecords;
  readonly stops = new StageStops();
  readonly votes: VotesGiven;
  readonly movers: ReleaseMovers;
  /** What external checks are asked, and what they answered. */
  readonly checks: AskedChecks;
  /** What routers had counted, for gates that go by it. */
  readonly counts: RequestCounts;
  readonly atGates: GateWaits;
  readonly taken: RequestsTaken;
  readonly #told: StageNews;
  #requests = 0;

  /** `soFar` is what an earlier run came to. */
  constructor(
    record: ReleaseRecord,
    readonly runId: string,
    { soFar, ...setOff }: SetOff & { readonly soFar?: ReleaseSoFar } = {},
  ) {
    this.board = soFar?.board ?? unreadBoard(record);
    this.runAgain = new Map(Object.entries(soFar?.runAgain ?? {}));
    this.news = { ...soFar?.news };
    this.records = new ReleaseRecords(record, runId);
    this.votes = new VotesGiven(soFar?.votes);
    this.movers = new ReleaseMovers(soFar, setOff);
    this.checks = new AskedChecks(soFar?.checks);
    this.counts = new RequestCounts(soFar?.counts);
    this.atGates = new GateWaits(soFar?.waits);
    this.taken = new RequestsTaken(soFar?.taken);
    this.#told = new StageNews(soFar);
  }

  /** What the next run is to know; undefined while any of these stages does more than to wait at its gates. */
  soFar(stages: ReadonlySet<string>): ReleaseSoFar | undefined {
    const checks = this.checks.soFar();
    const waits = this.atGates.soFar(stages);
    if (checks === undefined || waits === undefined) return undefined;
    return {
      board: this.board,
      votes: this.votes.all,
      waits,
      ...this.movers.soFar(),
      runAgain: Object.fromEntries(this.runAgain),
      news: this.news,
      checks,
      counts: this.counts.soFar(),
      taken: this.taken.soFar(),
      ...this.#told.soFar(),
    };
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
    this.note(stage, state);
    this.tell(stage);
  }

  /** Shows people what goes on before there is anything to tell GitHub. */
  note(stage: string, state: StageState): void {
    this.board = withState(this.board, stage, state);
  }

  /** Tells GitHub and the lists how a stage stands. */
  tell(stage: string, details: NewsDetails = {}): void {
    this.#told.tell(this.record, this.status(), stage, details);
  }

  /** Whether GitHub knows the last state of every stage, or has refused it for good. */
  isTold(): boolean {
    return this.#told.isTold();
  }

  /** Ends a stage: written to the ledger first, then told. */
  async end(stage: string, state: StageState): Promise<void> {
    await this.records.ended(stage, state, this.board.pipeline.revision);
    if (state.kind === 'passed') this.board = withImages(this.board, state.images);
    this.show(stage, state);
  }

  /** The release never began. */
  fail(reason: string): ReleaseStatus {
    this.fault = reason;
    this.#told.showFailed();
    return this.status();
  }

  addVote(vote: Vote): void {
    this.votes.add(vote);
    this.turns += 1;
  }

  /** A further attempt of a stage asks anew: what was voted on the last one is spent. */
  forgetVotes(stage: string): void {
    this.votes.forget(stage);
    this.turns += 1;
  }

  /** A person takes one stage on by hand. */
  promotedByHand(message: PromoteMessage): void {
    this.movers.promotedByHand(message);
    this.turns += 1;
  }

  /** Somebody else has set the same release off: gates look again at who may judge it, and how far it goes by itself. */
  startedToo(starter: Mover): void {
    if (this.movers.startedToo(starter)) this.turns += 1;
  }

  /** A person takes a stage through once more. */
  takeUp({ stage, person, runAgain }: PromoteMessage): void {
    this.movers.promoter = person;
    if (runAgain === undefined) this.runAgain.delete(stage);
    else this.runAgain.set(stage, runAgain);
  }

  /** Everybody but the initiator who brought the release to a stage. */
  furtherStartersOf(stage: string): readonly string[] {
    return this.movers.startersOf(stage, this.board.pipeline.stages);
  }

  /** Who brought the release to a stage without the right to take it there. */
  movedOutOfReach(stage: Extract<Stage, { kind: 'deploy' }>): Mover | undefined {
    return this.movers.outOfReach(stage, this.board.pipeline.stages);
  }
}
