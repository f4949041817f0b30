import { ApplicationFailure, CancellationScope, condition, setHandler } from '@temporalio/workflow';
import type { DeploymentProgress } from '../domain/deployment.ts';
import {
  type DecisionAnswer,
  type HostDecision,
  type HostQuestion,
  objectionToDecision,
  shortReason,
  subjectOf,
} from '../domain/guided-failure.ts';
import type { LedgerAction } from '../domain/ledger.ts';
import type { DeploymentRecords } from './deployment-records.ts';
import { decideHost } from './messages.ts';

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
  readonly number: number;
  /** In the ledger, so that people may see it. */
  isKept: boolean;
  /** Somebody's answer on its way to the ledger. */
  isTaken: boolean;
  decided?: Decided;
}

/** The questions that a deployment asks people, at most one about each host and one about the canary. Question and answer are in the ledger before they count. */
export class Questions {
  /** By what they are about. */
  readonly #open = new Map<string, Open>();
  #asked = 0;
  #isClosed = false;

  constructor(
    private readonly records: DeploymentRecords,
    progress: () => DeploymentProgress,
  ) {
    setHandler(
      decideHost,
      async (decision) => {
        await this.#take(decision);
        return progress();
      },
      { validator: (decision) => this.#refuse(decision) },
    );
  }

  /** Those that people may see, in the order in which they were asked. */
  shown(): HostQuestion[] {
    return [...this.#open.values()].filter(({ isKept }) => isKept).map(({ question }) => question);
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
      return this.#isClosed ? { answer: 'roll-back', by: 'as the deployment went back' } : await this.#byDefault(open);
    } finally {
      this.#open.delete(subjectOf(asking));
    }
  }

  #begin({ deadlineMs, reason, ...asking }: Asking): Open {
    const since = new Date().toISOString();
    const until = new Date(Date.now() + deadlineMs).toISOString();
    const question: HostQuestion = { ...asking, reason: shortReason(reason), since, until };
    const { host, step } = question;
    this.#asked += 1;
    const open: Open = { question, number: this.#asked, isKept: false, isTaken: false };
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
    const kept = this.#keep(open, 'decision-taken', 'tidegate', `${answer} ${subjectOf(open.question)}: nobody answered until ${until}`);
    if (answer !== 'roll-back') await Promise.race([kept, CancellationScope.current().cancelRequested]);
    return { answer, by: 'as nobody answered in time' };
  }

  #refuse(decision: HostDecision): void {
    const objection = this.#objectionTo(decision);
    // A plain Error thrown by an accepted update would be retried for ever.
    if (objection !== undefined) throw ApplicationFailure.nonRetryable(objection);
  }

  #objectionTo(decision: HostDecision): string | undefined {
    const objection = objectionToDecision(decision, this.shown());
    if (objection !== undefined) return objection;
    if (this.#open.get(subjectOf(decision))?.isTaken !== true) return undefined;
    return `About ${decision.host === undefined ? 'the canary' : `host ${decision.host}`} it has just been decided`;
  }

  async #take(decision: HostDecision): Promise<void> {
    this.#refuse(decision);
    const open = this.#open.get(subjectOf(decision));
    if (open === undefined) return;
    open.isTaken = true;
    const { answer, person, reason } = decision;
    const kept = this.#keep(open, 'decision-taken', person, `${answer} ${subjectOf(decision)}${reason === '' ? '' : `: ${reason}`}`);
    if (answer !== 'roll-back') await kept;
    open.decided = { answer, by: `by ${person}${reason === '' ? '' : `: ${reason}`}` };
  }

  /** Resolves when it is written. */
  #keep({ question, number }: Open, action: LedgerAction, actor: string, reason: string): Promise<void> {
    return this.records.keep(action, `${question.host ?? 'canary'}/${number}`, actor, reason);
  }
}
