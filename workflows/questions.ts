import { ApplicationFailure, CancellationScope, condition, setHandler } from '@temporalio/workflow';
import type { Deployment, DeploymentProgress } from '../domain/deployment.ts';
import {
  type FailureAnswer,
  type FailureRule,
  type HostDecision,
  type HostQuestion,
  objectionToDecision,
  shortReason,
} from '../domain/guided-failure.ts';
import type { LedgerAction, LedgerEntry } from '../domain/ledger.ts';
import { LedgerLane } from './lanes.ts';
import { decideHost } from './messages.ts';

/** What was decided about a host, and by whom in words that follow the decision. */
export interface Decided {
  readonly answer: FailureAnswer;
  readonly by: string;
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

/** The questions that a deployment asks people about hosts that failed. Question and answer are in the ledger before they count. */
export class Questions {
  readonly #open = new Map<string, Open>();
  readonly #lane = new LedgerLane();
  readonly #unwritten = new Set<LedgerEntry>();
  #asked = 0;
  #isClosed = false;

  constructor(
    private readonly deployment: Deployment,
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

  /** Records that the ledger has not taken yet. A way back does not wait for it: whoever is told of the outcome writes them. */
  unwritten(): LedgerEntry[] {
    return [...this.#unwritten];
  }

  /** Asks, and waits for an answer until the deadline. A cancellation is thrown as it is. */
  async ask(host: string, step: string, reason: string, rule: FailureRule): Promise<Decided> {
    const open = this.#begin(host, step, reason, rule);
    try {
      const isDecided = (): boolean => open.decided !== undefined || this.#isClosed;
      const inTime = await condition(isDecided, rule.deadlineMs);
      if (!inTime && open.isTaken) await condition(isDecided);
      if (open.decided !== undefined) return open.decided;
      return this.#isClosed ? { answer: 'roll-back', by: 'as the deployment went back' } : await this.#byDefault(open, rule);
    } finally {
      this.#open.delete(host);
    }
  }

  #begin(host: string, step: string, reason: string, { deadlineMs, default: fallback, deciders }: FailureRule): Open {
    const question: HostQuestion = {
      host,
      step,
      reason: shortReason(reason),
      since: new Date().toISOString(),
      until: new Date(Date.now() + deadlineMs).toISOString(),
      default: fallback,
      ...(deciders !== undefined && { deciders }),
    };
    this.#asked += 1;
    const open: Open = { question, number: this.#asked, isKept: false, isTaken: false };
    this.#open.set(host, open);
    const kept = this.#keep(open, 'decision-asked', 'tidegate', `${host} failed while ${step}: ${question.reason}`);
    void kept.then(() => {
      open.isKept = true;
    });
    return open;
  }

  async #byDefault(open: Open, rule: FailureRule): Promise<Decided> {
    const { host, until } = open.question;
    // Who comes now comes too late.
    open.isTaken = true;
    const kept = this.#keep(open, 'decision-taken', 'tidegate', `${rule.default} ${host}: nobody answered until ${until}`);
    if (rule.default !== 'roll-back') await Promise.race([kept, CancellationScope.current().cancelRequested]);
    return { answer: rule.default, by: 'as nobody answered in time' };
  }

  #refuse(decision: HostDecision): void {
    const objection = this.#objectionTo(decision);
    // A plain Error thrown by an accepted update would be retried for ever.
    if (objection !== undefined) throw ApplicationFailure.nonRetryable(objection);
  }

  #objectionTo(decision: HostDecision): string | undefined {
    const objection = objectionToDecision(decision, this.shown());
    if (objection !== undefined) return objection;
    return this.#open.get(decision.host)?.isTaken ? `About host ${decision.host} it has just been decided` : undefined;
  }

  async #take(decision: HostDecision): Promise<void> {
    this.#refuse(decision);
    const open = this.#open.get(decision.host);
    if (open === undefined) return;
    open.isTaken = true;
    const { host, answer, person, reason } = decision;
    const kept = this.#keep(open, 'decision-taken', person, `${answer} ${host}${reason === '' ? '' : `: ${reason}`}`);
    if (answer !== 'roll-back') await kept;
    open.decided = { answer, by: `by ${person}${reason === '' ? '' : `: ${reason}`}` };
  }

  /** Resolves when it is written. */
  async #keep({ question, number }: Open, action: LedgerAction, actor: string, reason: string): Promise<void> {
    const { id, application, environment, release } = this.deployment;
    const key = `${id}/${action}/${question.host}/${number}`;
    const entry: LedgerEntry = {
      key,
      action,
      actor,
      application,
      environment,
      release: release.number,
      reason,
      at: new Date().toISOString(),
    };
    this.#unwritten.add(entry);
    await this.#lane.append(entry);
    this.#unwritten.delete(entry);
  }
}
