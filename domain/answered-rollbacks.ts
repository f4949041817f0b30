import type { RollbackAnswer } from './rollback-request.ts';

/** A rollback that was answered, by the id of its request. */
export interface AnsweredRollback {
  readonly requestId: string;
  readonly answer: RollbackAnswer;
}

/** Far more than an environment sees while somebody may still ask again. */
const REMEMBERED = 100;

/** What was answered to this request; undefined for one that is new. */
export function answerTo(answered: readonly AnsweredRollback[], requestId: string): RollbackAnswer | undefined {
  return answered.find((known) => known.requestId === requestId)?.answer;
}

/** Remembers one more, and forgets the oldest of more than a hundred. */
export function withAnswer(answered: readonly AnsweredRollback[], requestId: string, answer: RollbackAnswer): readonly AnsweredRollback[] {
  return [...answered, { requestId, answer }].slice(-REMEMBERED);
}
