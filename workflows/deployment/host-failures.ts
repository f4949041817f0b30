import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { HostPhase, HostReference } from '../../domain/deployment.ts';
import type { DecisionAnswer } from '../../domain/guided-failure.ts';
import { areTooMany } from '../../domain/strategy.ts';
import { failureText } from '../failure-text.ts';
import type { HostsState } from './hosts-state.ts';
import type { HostsWayBack } from './hosts-way-back.ts';
import type { Decided, Questions } from './questions.ts';

/** Payloads are bounded: a dossier has the whole, and a fleet can leave out hundreds. */
const DETAIL_LENGTH = 1_000;

const PAST = 'A forward-only job has run, and the version before may not bear what it did. ';

/** What becomes of hosts that fail, and of the deployment for it: as its stage says, or as a person does. */
export class HostFailures {
  #reason: unknown;

  constructor(
    private readonly state: HostsState,
    private readonly questions: Questions,
    private readonly wayBack: HostsWayBack,
  ) {}

  /** Why the deployment goes back; undefined while it does not. */
  get reason(): unknown {
    return this.#reason;
  }

  /** Decides what becomes of a host that failed, or that all go back, and sees to it. */
  async judge(host: HostReference, doing: HostPhase, error: unknown): Promise<DecisionAnswer> {
    this.state.failures += 1;
    const { answer, by } = await this.#answerTo(host, doing, error);
    if (answer === 'retry') this.state.failures -= 1;
    if (answer === 'roll-back') this.#fail(error);
    if (answer !== 'skip' && answer !== 'exclude') return answer;
    const reason = `${failureText(error)}. ${answer === 'skip' ? 'Skipped' : 'Excluded'} ${by}`;
    await CancellationScope.nonCancellable(() => this.#leaveOut(host, answer, reason.trim()));
    return answer;
  }

  /** Asks about something that failed when a job has run that nothing undoes; back it goes where none has. A cancellation is thrown as it is. */
  async askPast(host: string, step: string, reason: string): Promise<Decided> {
    const { isPastForwardOnly, input } = this.state;
    const rule = isPastForwardOnly ? input.onForwardOnly : undefined;
    if (rule === undefined) return { answer: 'roll-back', by: '' };
    return this.questions.ask({ ...rule, host, step, reason: `${PAST}${reason}` });
  }

  async #answerTo(host: HostReference, doing: HostPhase, error: unknown): Promise<Decided> {
    const { isPastForwardOnly, failures, phases, input } = this.state;
    if (isCancellation(error) || this.#reason !== undefined) return { answer: 'roll-back', by: '' };
    if (!areTooMany(failures, input.strategy)) return { answer: 'skip', by: 'as the stage suffers it' };
    const rule = isPastForwardOnly ? input.onForwardOnly : input.onFailure;
    if (rule === undefined) return { answer: 'roll-back', by: '' };
    phases[host.name] = 'asking';
    try {
      const reason = `${isPastForwardOnly ? PAST : ''}${failureText(error)}`;
      return await this.questions.ask({ ...rule, host: host.name, step: doing, reason });
    } catch (cancellation) {
      this.#fail(cancellation);
      return { answer: 'roll-back', by: '' };
    } finally {
      phases[host.name] = 'failed';
    }
  }

  /** The first reason counts; nobody is asked any more. */
  #fail(error: unknown): void {
    this.#reason ??= error;
    this.questions.close();
  }

  /** The others go on. A host that was not put back for sure counts as healthy no more. */
  async #leaveOut(host: HostReference, answer: 'skip' | 'exclude', reason: string): Promise<void> {
    const { state, wayBack } = this;
    const report = await (answer === 'skip' && state.wasTouched(host) ? wayBack.putBack(host) : wayBack.tidy(host));
    const outcome = answer === 'exclude' || report.outcome === 'unrestored' ? 'excluded' : 'skipped';
    state.left.set(host.name, { ...report, outcome, detail: `${reason}. ${report.detail}`.slice(0, DETAIL_LENGTH) });
    state.phases[host.name] = 'left-out';
  }
}
