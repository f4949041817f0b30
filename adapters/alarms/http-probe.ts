import type { AlarmProbe } from '../../activities/alarms.ts';

/** Asks over HTTP, with a connection of its own each time and without following redirections. The body is not read. */
export function createHttpProbe(): AlarmProbe {
  return {
    async ask({ url, status, timeoutMs }, { signal }) {
      const deadline = AbortSignal.timeout(timeoutMs);
      try {
        const answer = await fetch(url, {
          redirect: 'manual',
          headers: { connection: 'close', 'user-agent': 'tidegate' },
          signal: AbortSignal.any([signal, deadline]),
        });
        await answer.body?.cancel();
        return answer.status === status ? undefined : `it answers ${answer.status}`;
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        return deadline.aborted ? `it does not answer within ${timeoutMs} ms` : `it does not answer: ${reasonOf(error)}`;
      }
    },
  };
}

/** `fetch` says that it failed, and its cause says why. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return (cause as Error | undefined)?.message ?? message;
}
