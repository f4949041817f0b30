import { plain } from '../../domain/github/plain.ts';
import { NotFound, Refused } from '../../temporal/errors.ts';
import { OutsideUnavailable, RequestProblem } from '../problems.ts';

/** What somebody who commanded is told. */
export interface Answer {
  readonly ok: boolean;
  readonly text: string;
}

/** A refusal is an answer. What does not answer is asked again later: throws what tells of that. */
export async function answerOf(command: () => Promise<string>): Promise<Answer> {
  try {
    return { ok: true, text: await command() };
  } catch (error) {
    if (error instanceof OutsideUnavailable) throw error;
    if (error instanceof RequestProblem) return { ok: false, text: `${plain(error.message)}; ${plain(error.hint)}.` };
    if (error instanceof Refused || error instanceof NotFound) return { ok: false, text: `${plain(error.message)}.` };
    throw error;
  }
}
