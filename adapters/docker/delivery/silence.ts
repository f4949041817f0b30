/** When somebody is waited for no longer. */
export interface Patience {
  readonly signal: AbortSignal;
  readonly silenceMs: number;
  /** Why it is given up. */
  readonly silent: () => Error;
}

/** Does something that ends, with the reason `silent`, when it takes longer than silence may last. */
export async function unlessLate<T>({ signal, silenceMs, silent }: Patience, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const lateness = new AbortController();
  const timer = setTimeout(() => lateness.abort(silent()), silenceMs);
  try {
    return await work(AbortSignal.any([signal, lateness.signal]));
  } finally {
    clearTimeout(timer);
  }
}

/** Content that is given up when nothing of it comes for so long. Time that its reader takes does not count. */
export async function* unlessSilent(
  { signal, silenceMs, silent }: Patience,
  content: (signal: AbortSignal) => AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  const silence = new AbortController();
  const chunks = content(AbortSignal.any([signal, silence.signal]))[Symbol.asyncIterator]();
  try {
    for (;;) {
      const timer = setTimeout(() => silence.abort(silent()), silenceMs);
      const chunk = await chunks.next().finally(() => clearTimeout(timer));
      if (chunk.done === true) return;
      yield chunk.value;
    }
  } finally {
    await chunks.return?.();
  }
}
