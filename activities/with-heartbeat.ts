import { Context } from '@temporalio/activity';

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

/**
 * Does long work of the current activity: beats at once and then within every second until the work ends,
 * with its last progress line as detail, and hands it the activity's cancellation.
 */
export async function withHeartbeat<T>(work: (options: Work) => Promise<T>): Promise<T> {
  const context = Context.current();
  let detail = '';
  const beat = () => context.heartbeat(detail);
  beat();
  const timer = setInterval(beat, BEAT_MS);
  try {
    return await work({
      signal: context.cancellationSignal,
      onProgress: (line) => {
        detail = line.slice(0, DETAIL_CHARACTERS);
      },
    });
  } finally {
    clearInterval(timer);
  }
}
