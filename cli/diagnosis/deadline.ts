/** Waits for an answer this long and no longer, whether or not what is asked heeds signals. Rejects with NoAnswer. */
export async function withinDeadline<Answer>(milliseconds: number, ask: (signal: AbortSignal) => Promise<Answer>): Promise<Answer> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new NoAnswer(milliseconds)), milliseconds);
  const late = new Promise<never>((_resolve, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason), { once: true });
  });
  try {
    return await Promise.race([ask(controller.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}

export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';

  constructor(milliseconds: number) {
    super(`no answer within ${milliseconds / 1000} s`);
  }
}

/** An error in one sentence for a list, by its innermost cause where the outer ones only say that it failed. */
export function seenIn(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.errors.length > 0) return seenIn(error.errors[0]);
  const vague = error.message === '' || error.message === 'fetch failed';
  return vague && error.cause !== undefined ? seenIn(error.cause) : error.message;
}
