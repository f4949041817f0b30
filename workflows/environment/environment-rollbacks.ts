import { ApplicationFailure, condition, currentUpdateInfo, patched } from '@temporalio/workflow';
import { type AlarmMessage, alarmKey, objectionToAlarm, unwatched, watchedNow } from '../../domain/alarm.ts';
import { answerTo, withAnswer } from '../../domain/answered-rollbacks.ts';
import { withWarning } from '../../domain/ended-deployment.ts';
import { enqueueRollback } from '../../domain/environment-queue.ts';
import type { EnvironmentState } from '../../domain/environment-state.ts';
import { releaseOf } from '../../domain/environment-work.ts';
import { decideRollback } from '../../domain/rollback-decision.ts';
import type { RollbackAnswer, RollbackRequest } from '../../domain/rollback-request.ts';
import { joinWayBack, type WayBack, wayBackToJoin } from '../../domain/way-back-news.ts';
import { failureText } from '../failure-text.ts';
import type { EnvironmentTurns } from './environment-turns.ts';
import { type LivingEnvironment, now } from './living-environment.ts';

/** Ways back that people ask an environment for, and alarms. */
export class EnvironmentRollbacks {
  /** Those that are asked for and not answered yet, by what they are remembered by. */
  readonly #answering = new Map<string, Promise<RollbackAnswer>>();

  constructor(
    private readonly living: LivingEnvironment,
    private readonly turns: EnvironmentTurns,
    private readonly stopWatching: () => void,
  ) {}

  refuse(request: RollbackRequest): void {
    if (this.#given(requestId()) !== undefined || wayBackToJoin(this.living.state, request) !== undefined) return;
    const decision = decideRollback(this.living.state, request.to, request.pastForwardOnly, request);
    if (decision.kind === 'refused') throw ApplicationFailure.nonRetryable(decision.reason);
  }

  accept(request: RollbackRequest): Promise<RollbackAnswer> {
    return this.#once(requestId(), () => this.#rollBack(request));
  }

  refuseAlarm(message: AlarmMessage): void {
    if (this.#given(this.#keyOf(message)) !== undefined) return;
    const objection = objectionToAlarm(message, this.living.state, Date.now());
    if (objection !== undefined) throw ApplicationFailure.nonRetryable(objection);
  }

  acceptAlarm(message: AlarmMessage): Promise<RollbackAnswer> {
    return this.#once(this.#keyOf(message), () => this.goBackFor(message));
  }

  /** Returns to what served before, and says for which alarm. Where there is nothing to return to, the environment says so. */
  async goBackFor({ alarm, person, reason, known }: AlarmMessage): Promise<RollbackAnswer> {
    const { living } = this;
    const { current, history, last } = living.state;
    living.state = unwatched(living.state);
    this.stopWatching();
    const why = `Alarm ${alarm}: ${reason}`;
    const key = `${current?.deployment ?? ''}/alarm-raised/${alarm}/${now()}`;
    void living.keep('alarm-raised', key, person, current?.release.number ?? 0, why, known);
    const [before] = history;
    try {
      return await this.#rollBack({ person, reason: why, alarm, ...(before !== undefined && { to: before.release.number }) });
    } catch (error) {
      const warning = `${why}. It does not go back by itself: ${failureText(error)}`;
      if (last !== null) living.state = withWarning(living.state, last.deployment, warning);
      throw error;
    }
  }

  async #rollBack(request: RollbackRequest): Promise<RollbackAnswer> {
    const { living, turns } = this;
    const joined = wayBackToJoin(living.state, request);
    if (joined !== undefined && patched('a-way-back-is-joined')) return this.#join(request, joined);
    const decision = decideRollback(living.state, request.to, request.pastForwardOnly, request);
    if (decision.kind === 'refused') throw ApplicationFailure.nonRetryable(decision.reason);
    const { from } = decision;
    const to = decision.kind === 'stop-running' ? decision.to : decision.target.release.number;
    this.#record(request, from, to);
    const stopped = living.state.running;
    if (this.#givesWay(stopped)) turns.stop(`${request.person} rolled back: ${request.reason}`);
    if (decision.kind === 'stop-running') {
      turns.owe(request);
      return { deployment: stopped?.deployment ?? '', from, to };
    }
    living.state = enqueueRollback(living.state, request, decision.target, now());
    return this.#answerOnItsWay(from, to);
  }

  /** What another rollback does already is not done once more. */
  #join(request: RollbackRequest, joined: WayBack): Promise<RollbackAnswer> {
    const { living } = this;
    const from = living.state.current?.release.number ?? 0;
    const to = releaseOf(joined).number;
    this.#record(request, from, to);
    living.state = joinWayBack(living.state, joined, request);
    return this.#answerOnItsWay(from, to);
  }

  /** Several may be asked for in one moment by those that are told of the end, each for a reason of its own. */
  #record({ person, reason, known, reportTo }: RollbackRequest, from: number, to: number): void {
    const key = `rollback-requested/${this.living.state.generation}/${to}/${now()}${reportTo === undefined ? '' : `/${reportTo}`}`;
    void this.living.keep('rollback-requested', key, person, from, `to release ${to}: ${reason}`, known);
  }

  async #answerOnItsWay(from: number, to: number): Promise<RollbackAnswer> {
    await condition(() => this.#isReturningTo(to));
    return { deployment: this.living.state.running?.deployment ?? '', from, to };
  }

  /** A promotion is stopped wherever it is; a host's turn while it waits for the ledger, for which a rollback does not wait. */
  #givesWay(running: EnvironmentState['running']): boolean {
    if (running?.work.kind === 'promotion') return true;
    return running?.work.kind === 'host' && !this.turns.hasBegun() && patched('a-host-gives-way');
  }

  #isReturningTo(release: number): boolean {
    const { running } = this.living.state;
    return running?.work.kind === 'rollback' && releaseOf(running.work).number === release;
  }

  /** Temporal knows a repeated request within one run; across runs the state does. */
  async #once(key: string, act: () => Promise<RollbackAnswer>): Promise<RollbackAnswer> {
    const given = this.#given(key);
    if (given !== undefined) return given;
    const begun = act();
    this.#answering.set(key, begun);
    try {
      const answer = await begun;
      const { living } = this;
      living.state = { ...living.state, rollbacks: withAnswer(living.state.rollbacks ?? [], key, answer) };
      return answer;
    } finally {
      this.#answering.delete(key);
    }
  }

  #given(key: string): RollbackAnswer | Promise<RollbackAnswer> | undefined {
    return answerTo(this.living.state.rollbacks ?? [], key) ?? this.#answering.get(key);
  }

  #keyOf(message: AlarmMessage): string {
    const { state } = this.living;
    const known = [...(state.rollbacks ?? []).map((answered) => answered.requestId), ...this.#answering.keys()];
    return alarmKey(message, requestId(), watchedNow(state, Date.now()), known);
  }
}

/** Of the update that is being answered. */
export function requestId(): string {
  return currentUpdateInfo()?.id ?? '';
}
