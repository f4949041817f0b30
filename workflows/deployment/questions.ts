import { ApplicationFailure, CancellationScope, CancelledFailure, condition, setHandler } from '@temporalio/workflow';
import type { DeploymentProgress } from '../../domain/deployment.ts';
import {
  type DecisionAnswer,
  type HostDecision,
  type HostQuestion,
  objectionToDecision,
  shortReason,
  subjectOf,
} from '../../domain/guided-failure.ts';
import type { LedgerAction } from '../../domain/ledger.ts';
import type { KnownBy } from '../../domain/people/known-by.ts';
import { decideHost } from '../messages.ts';
import { refuse } from '../refuse.ts';
import type { DeploymentRecords } from './deployment-records.ts';

/** What was decided, and by whom in words that follow the decision. */
export interface Decided {
  readonly answer: DecisionAnswer;
  readonly by: string;
}

/** What is asked about a host, or without one about the canary. */
export interface Asking extends Pick<HostQuestion, 'host' | 'step' | 'reason' | 'default' | 'deciders'> {
  readonly deadlineMs: number;
}

interface Open {
  readonly question: HostQuestion;
  /** In the ledger, so that people may see it. */
  isKept: boolean;
  /** Somebody's answer on its way to the ledger. */
  isTaken: boolean;
  decided?: Decided;
}

/**
 * The questions that a deployment asks people, at most one about each host and one about the canary. Question and answer are in the ledger
 * before they count; an answer that was written down and then came to nothing, as the deployment went back, is taken back there.
 */
export class Questions {
  /** By what they are about. */
  readonly #open = new Map<string, Open>();
  #asked: number;
  #isClosed = false;

  /** `asked` counts those of earlier runs of the deployment: the ledger knows each question by its number. */
  constructor(
    private readonly records: DeploymentRecords,
    progress: () => DeploymentProgress,
    asked = 0,
  ) {
    this.#asked = asked;
    setHandler(
      decideHost,
      async (decision) => {
        await CancellationScope.nonCancellable(() => this.#take(decision));
        return progress();
      },
      { validator: (decision) => refuse(this.#objectionTo(decision)) },
    );
  }

  /** Those that people may see, in the order in which they were asked. */
  shown(): HostQuestion[] {
    return [...this.#open.values()].filter(({ isKept }) => isKept).map(({ question }) => question);
  }

  get asked(): number {
    return this.#asked;
  }

  isAsking(): boolean {
    return this.#open.size > 0;
  }

  /** Nobody is asked any more: the deployment goes back. */
  close(): void {
    this.#isClosed = true;
  }

  /** Asks, and waits for an answer until the deadline. A cancellation is thrown as it is. */
  async ask(asking: Asking): Promise<Decided> {
    const open = this.#begin(asking);
    try {
      const isDecided = (): boolean => open.decided !== undefined || this.#isClosed;
      const inTime = await condition(isDecided, asking.deadlineMs);
      if (!inTime && open.isTaken) await condition(isDecided);
      if (open.decided !== undefined) return open.decided;
      return this.#isClosed ? AS_IT_GOES_BACK : await this.#byDefault(open);
    } finally {
      this.#open.delete(subjectOf(asking));
    }
  }

  #begin({ deadlineMs, reason, ...asking }: Asking): Open {
    const since = new Date().toISOString();
    const until = new Date(Date.now() + deadlineMs).toISOString();
    this.#asked += 1;
    const id = `${this.records.generation}.${this.#asked}`;
    const question: HostQuestion = { id, ...asking, reason: shortReason(reason), since, until };
    const { host, step } = question;
    const open: Open = { question, isKept: false, isTaken: false };
    this.#open.set(subjectOf(question), open);
    const what = host === undefined ? `the canary is unclear at ${step}` : `${host} failed while ${step}`;
    const kept = this.#keep(open, 'decision-asked', 'tidegate', `${what}: ${question.reason}`);
    void kept.then(() => {
      open.isKept = true;
    });
    return open;
  }

  async #byDefault(open: Open): Promise<Decided> {
    const { until, default: answer } = open.question;
    // Who comes now comes too late.
    open.isTaken = true;
    const counts = await this.#counts(open, answer, 'tidegate', `nobody answered until ${until}`);
    if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('stopped');
    return counts ? { answer, by: 'as nobody answered in time' } : AS_IT_GOES_BACK;
  }

  #objectionTo(decision: HostDecision): string | undefined {
    const objection = objectionToDecision(decision, this.shown());
    if (objection !== undefined) return objection;
    if (this.#open.get(subjectOf(decision))?.isTaken !== true) return undefined;
    return `About ${decision.host === undefined ? 'the canary' : `host ${decision.host}`} it has just been decided`;
  }

  async #take(decision: HostDecision): Promise<void> {
    refuse(this.#objectionTo(decision));
    const open = this.#open.get(subjectOf(decision));
    if (open === undefined) return;
    open.isTaken = true;
    const { answer, person, reason, known } = decision;
    if (!(await this.#counts(open, answer, person, reason, known)))
      throw ApplicationFailure.nonRetryable(
        `The deployment went back meanwhile, so that nothing came of ${answer} for ${subjectOf(decision)}`,
      );
    open.decided = { answer, by: `by ${person}${reason === '' ? '' : `: ${reason}`}` };
  }

  /** Writes an answer down; false when the deployment went back before that was done. Going back waits for no record. */
  async #counts(open: Open, answer: DecisionAnswer, actor: string, reason: string, known?: KnownBy): Promise<boolean> {
    const decision = `${answer} ${subjectOf(open.question)}`;
    const kept = this.#keep(open, 'decision-taken', actor, `${decision}${reason === '' ? '' : `: ${reason}`}`, known);
    if (answer === 'roll-back') return true;
    let isWritten = false;
    void kept.then(() => {
      isWritten = true;
    });
    const scope = CancellationScope.current();
    const isOver = (): boolean => this.#isClosed || scope.consideredCancelled;
    await CancellationScope.nonCancellable(() => condition(() => isWritten || isOver()));
    if (!isOver()) return true;
    void this.#keep(open, 'decision-overruled', 'tidegate', `${decision} was not carried out, as the deployment went back`);
    return false;
  }

  /** Resolves when it is written. */
  #keep({ question }: Open, action: LedgerAction, actor: string, reason: string, known?: KnownBy): Promise<void> {
    return this.records.keep(action, `${question.host ?? 'canary'}/${question.id}`, actor, reason, known);
  }
}

const AS_IT_GOES_BACK: Decided = { answer: 'roll-back', by: 'as the deployment went back' };
