import { asyncLocalStorage, Context } from '@temporalio/activity';

interface Work {
  /** Aborted when the workflow cancels the activity or its worker shuts down. */
  readonly signal: AbortSignal;
  /** Takes the last thing that happened; the next beat carries it. */
  readonly onProgress: (line: string) => void;
}

/** Cancellation reaches an activity only in answer to a heartbeat, and a dead worker is noticed only by their absence. */
const BEAT_MS = 800;

/** Long lines tell no more and make every beat dearer. */
const DETAIL_CHARACTERS = 200;

/** Of each activity that is under way, the last line of its progress. */
const details = new WeakMap<Context, string>();

/**
 * Does long work of the current activity: beats at once and then within every second until the work ends,
 * with its last progress line as detail, and hands it the activity's cancellation.
 */
export async function withHeartbeat<T>(work: (options: Work) => Promise<T>): Promise<T> {
  const context = Context.current();
  const beat = () => context.heartbeat(details.get(context) ?? '');
  beat();
  const timer = setInterval(beat, BEAT_MS);
  try {
    return await work({
      signal: context.cancellationSignal,
      onProgress: (line) => {
        details.set(context, line.slice(0, DETAIL_CHARACTERS));
      },
    });
  } finally {
    clearInterval(timer);
  }
}

/** That of the current activity; outside of one, nobody cancels. */
export function cancellation(): AbortSignal {
  return asyncLocalStorage.getStore()?.cancellationSignal ?? new AbortController().signal;
}

/**
 * Short activities that beat while they last, should they last: their worker's death is noticed as soon as that of a long one. The first
 * beat comes after nearly a second, so that one which is soon over costs no message.
 */
export function beating<Short extends object>(activities: Short): Short {
  const wrapped = Object.entries(activities).map(([name, act]: [string, (input: unknown) => Promise<unknown>]) => [
    name,
    (input: unknown) => whileBeating(() => act.call(activities, input)),
  ]);
  return Object.fromEntries(wrapped) as Short;
}

async function whileBeating<T>(work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(details.get(context) ?? ''), BEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
