import type { CheckQuestion, CheckVerdict } from '../domain/gates/check-question.ts';
import { heedingRetryAfter } from './registry/retry-after.ts';

/** What a check says when it is asked: its answer, or that it has the question and answers later. */
export type CheckReply = { readonly kind: 'taken' } | ({ readonly kind: 'answered' } & CheckVerdict);

/** Other people's systems that say whether a release may go on. */
export interface CheckAsker {
  /** Asked again, a question has the id that it had. Throws QuestionNotTaken, retryable. */
  ask(question: CheckQuestion): Promise<CheckReply>;
}

export const createCheckActivities = (asker: CheckAsker) => ({
  /** Asks again no sooner than the check wants it. */
  askCheck: (question: CheckQuestion): Promise<CheckReply> => heedingRetryAfter(() => asker.ask(question)),
});
