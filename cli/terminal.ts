import { once } from 'node:events';
import type { WriteStream } from 'node:tty';
import type { Environment } from './environment.ts';
import { type Style, styleFor } from './rendering/styles.ts';

/** Where a command writes: results to `out`, progress and errors to `err`. */
export interface Terminal {
  readonly out: Output;
  readonly err: Output;
  /** Asks whoever sits there, and returns what was typed; undefined where nobody does. Rejects with the signal's reason. */
  readonly ask: ((question: string, signal: AbortSignal) => Promise<string>) | undefined;
}

/** One stream, with what can be shown on it. */
export interface Output {
  /** Writes text and ends the line. */
  line(text?: string): void;
  write(text: string): void;
  /** Resolves when whoever reads has room for more: without it a slow reader would have all of a long output kept in memory. */
  drained(): Promise<unknown>;
  readonly style: Style;
  /** Whether somebody watches: lines can be redrawn in place. */
  readonly live: boolean;
  /** In characters; undefined where lines may be as long as they are. */
  readonly columns: number | undefined;
  readonly rows: number;
}

/** The end of a shell's pipeline that was killed by SIGPIPE. */
const PIPE_CLOSED = 141;

/** The process's own streams. A reader that goes away, as `head` does, ends the command quietly. */
export function openTerminal(environment: Environment): Terminal {
  const isAttended = process.stdin.isTTY && process.stderr.isTTY;
  return { out: open(process.stdout, environment), err: open(process.stderr, environment), ask: isAttended ? ask : undefined };
}

/** On stderr, beside a result that may be JSON. Ctrl-C stays a signal of the process. */
async function ask(question: string, signal: AbortSignal): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
  try {
    return await lines.question(question, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    lines.close();
  }
}

function open(stream: WriteStream, { colour, variables }: Environment): Output {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(PIPE_CLOSED);
    throw error;
  });
  const coloured = colour === 'always' || (colour === 'terminal' && stream.isTTY && stream.hasColors());
  return {
    line: (text = '') => void stream.write(`${text}\n`),
    write: (text) => void stream.write(text),
    drained: async () => stream.writableNeedDrain && once(stream, 'drain'),
    style: styleFor(coloured),
    live: stream.isTTY === true && variables.TERM !== 'dumb',
    get columns() {
      return stream.isTTY ? stream.columns : undefined;
    },
    get rows() {
      return stream.isTTY ? stream.rows : 24;
    },
  };
}
