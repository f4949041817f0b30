import { patched } from '@temporalio/workflow';
import { withdraw } from '../../domain/environment-queue.ts';
import { beginsAnyway, type NextTurn, nextTurn } from '../../domain/next-turn.ts';
import type { RollbackRequest } from '../../domain/rollback-request.ts';
import { failureText } from '../failure-text.ts';
import { EnvironmentTurn, type Foreseen } from './environment-turn.ts';
import type { LivingEnvironment } from './living-environment.ts';
import { lookOut, type Outlook } from './next-turn.ts';
import { QueueLooks } from './queue-looks.ts';
import { tellQueue, tellRelease, tellReplaced } from './release-news.ts';

/** Takes what waits in an environment through its deployment, one at a time. */
export class EnvironmentTurns {
  readonly #looks = new QueueLooks();
  /** The one under way, or the last. */
  #turn: EnvironmentTurn | undefined;
  /** Grows with every change of what people decided beforehand. */
  #changes = 0;

  /** `onBegin` is called when somebody's turn begins. */
  constructor(
    private readonly living: LivingEnvironment,
    private readonly onBegin: () => void,
  ) {}

  /** Whether somebody's turn may have come. */
  isDue(): boolean {
    return this.#looks.isDue(this.living.state.queue);
  }

  /** Milliseconds until it may have come by itself. */
  untilDue(): number {
    return this.#looks.untilDue();
  }

  /** Whether something is held back that could begin otherwise. */
  isHolding(): boolean {
    return this.#looks.isHolding();
  }

  /** What people decided beforehand has changed. */
  lookAgain(): void {
    this.#looks.lookAgain();
    this.#changes += 1;
  }

  /** Whether the turn under way may have changed something: it has been recorded, and signed where it goes forward. */
  hasBegun(): boolean {
    return this.#turn?.hasBegun === true;
  }

  /** Stops the deployment under way; its own way back leads to what served before. */
  stop(reason: string): void {
    this.#turn?.stop(reason);
  }

  /** A deployment that was stopped for this, and succeeds all the same, is followed by this rollback. */
  owe(request: RollbackRequest): void {
    this.#turn?.owe(request);
  }

  /** Takes who is next through its deployment, if anybody may begin; the ledger knows of each turn before a release does. */
  async takeNext(): Promise<void> {
    if (beginsAnyway(this.living.state) || !patched('look-before-a-turn')) return this.#take(undefined);
    this.#looks.lookAgain();
    const changes = this.#changes;
    const seen = await lookOut(this.living).catch((error: unknown) => ({ fault: failureText(error) }));
    if (seen === undefined) return;
    if ('fault' in seen) return this.#isHeld() ? this.#looks.waitOn(this.living.state.queue) : this.#take(seen);
    // What was decided while it was being read counts.
    if (changes !== this.#changes) return;
    if (await this.#sendBack(seen.hasLapsed)) return;
    const next = nextTurn(this.living.state, seen.rules, Date.now());
    this.living.state = next.state;
    if (next.kind === 'go') await Promise.all([tellReplaced(next.replaced), this.#take(seen)]);
    else await this.#wait(next);
    if (next.kind === 'wait' && next.replaced.length > 0) await tellReplaced(next.replaced);
  }

  #take(foreseen: Foreseen | undefined): Promise<void> {
    this.#turn = new EnvironmentTurn(this.living);
    return this.#turn.take(foreseen, this.onBegin);
  }

  async #wait({ state, until }: Extract<NextTurn, { kind: 'wait' }>): Promise<void> {
    if (this.#looks.saw(state.queue, until)) await tellQueue(state);
  }

  /** What is held back already is not failed because a look at it was. */
  #isHeld(): boolean {
    const [first] = this.living.state.queue;
    return first?.kind === 'promotion' && first.held !== undefined;
  }

  /** Those whose broken glass lets them past no more go back to their gates; false where there are none. */
  async #sendBack(hasLapsed: Outlook['hasLapsed']): Promise<boolean> {
    const lapsed = this.living.state.queue.filter((work) => work.kind === 'promotion').filter(({ request }) => hasLapsed(request));
    for (const { request } of lapsed) this.living.state = withdraw(this.living.state, request.requestId);
    const outcome = { kind: 'plan-changed', planHash: '' } as const;
    await Promise.all(lapsed.map((work) => tellRelease(work, { kind: 'ended', outcome, previous: null })));
    return lapsed.length > 0;
  }
}
