import { currentUpdateInfo } from '@temporalio/workflow';
import { type LedgerEntry, promotionKey } from '../../domain/ledger.ts';
import type { ReleaseStatus } from '../../domain/release.ts';
import { objectionToPromotion, reopen, stateOf } from '../../domain/release-board.ts';
import type { PromoteMessage } from '../messages.ts';
import { refuse } from '../refuse.ts';
import type { ReleaseRun } from './release-run.ts';
import type { StagesAtWork } from './stages-at-work.ts';

/** Promotions by hand, as people ask for them: one after the other, each once. */
export class Promotions {
  /** Whose promotion is being written to the ledger. */
  #promoting: string | undefined;

  /** `startedFor` is the id of the request that this very run was started for. */
  constructor(
    private readonly run: ReleaseRun,
    private readonly stages: StagesAtWork,
    private readonly startedFor: string | undefined,
  ) {}

  /** Throws where a promotion cannot be taken now. */
  refuse(message: PromoteMessage): void {
    refuse(this.#isKnown() ? undefined : this.#objectionToRequest(message));
  }

  /** Writes it down, and takes the stage on: from the gates that it waits at, or by a further attempt. */
  async take(message: PromoteMessage): Promise<ReleaseStatus> {
    const { run } = this;
    if (this.#isKnown()) return run.status();
    // Of two at once the validator refuses one; here that would have histories of before in another order.
    refuse(this.#objectionTo(message));
    const id = currentUpdateInfo()?.id;
    this.#promoting = message.person;
    try {
      await run.records.keep('promotion-requested', message.stage, recordOfPromotion(run, message, id));
    } finally {
      this.#promoting = undefined;
    }
    run.taken.add(id);
    if (waitsForPromotion(run, message.stage)) run.promotedByHand(message);
    else this.#takeOn(message);
    return run.status();
  }

  #takeOn(message: PromoteMessage): void {
    const { run } = this;
    refuse(objectionToPromotion(run.board, message.stage, message.runAgain));
    run.takeUp(message);
    run.promotedByHand(message);
    run.forgetVotes(message.stage);
    run.board = reopen(run.board, message.stage);
    this.stages.goOnByHand();
  }

  /** Whether this is the request that this very run was started for, or one that an earlier run took, once more. */
  #isKnown(): boolean {
    const id = currentUpdateInfo()?.id;
    return this.run.taken.has(id) || (id !== undefined && id === this.startedFor);
  }

  #objectionToRequest(message: PromoteMessage): string | undefined {
    return this.#promoting === undefined
      ? this.#objectionTo(message)
      : `${this.#promoting} promotes a stage of this release just now; look and ask again`;
  }

  /** A stage that waits for somebody to promote it is under way, and still can be. */
  #objectionTo({ stage, runAgain }: PromoteMessage): string | undefined {
    return waitsForPromotion(this.run, stage) ? undefined : objectionToPromotion(this.run.board, stage, runAgain);
  }
}

/** For the ledger: who asked, and for what beside the stage. A request is recorded once, whichever run takes it. */
export function recordOfPromotion(
  { record: { application, number } }: ReleaseRun,
  { stage, person, known, reason, runAgain = [] }: PromoteMessage,
  requestId: string | undefined,
): Pick<LedgerEntry, 'reason'> & Partial<LedgerEntry> {
  const words = [reason, runAgain.length === 0 ? '' : `runs again: ${runAgain.join(', ')}`].filter((part) => part !== '');
  const key = requestId === undefined ? {} : { key: promotionKey(application, number, requestId) };
  return { ...known, actor: person, stage, reason: words.join('; '), ...key };
}

function waitsForPromotion(run: ReleaseRun, stage: string): boolean {
  const state = stateOf(run.board, stage);
  return state.kind === 'waiting' && state.gates.some(({ kind, open }) => kind === 'promotion' && !open);
}
