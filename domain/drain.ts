import { printDuration } from './duration.ts';

/**
 * How a component without a port ends what it has begun before it is stopped: it is told by a signal, and has ended when it ends by itself, or
 * when a file is there in its container.
 */
export interface Drain {
  readonly signal: string;
  /** The file's absolute path. */
  readonly until: 'exit' | { readonly file: string };
  /** Then it is stopped as it is. */
  readonly timeoutMs: number;
}

/** `SIGUSR1 until it ends by itself, for at most 1m` */
export function drainWords({ signal, until, timeoutMs }: Drain): string {
  const end = until === 'exit' ? 'it ends by itself' : `${until.file} is there`;
  return `${signal} until ${end}, for at most ${printDuration(timeoutMs)}`;
}
