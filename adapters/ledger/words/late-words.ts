import type { WordBook } from '../../../activities/github/in-order.ts';
import type { SqlWords } from './sql-words.ts';

export interface ClosableWords extends WordBook {
  close(): void;
}

/** A book that is opened when something is told for the first time, and tried again while it cannot be: what is told is a courtesy, and keeps no worker from starting. */
export function lateWords(open: () => Promise<SqlWords>): ClosableWords {
  let opening: Promise<SqlWords> | undefined;
  let isClosed = false;
  const opened = (): Promise<SqlWords> => {
    opening ??= open().catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };
  return {
    begin: async (status) => (await opened()).begin(status),
    last: async (of) => (await opened()).last(of),
    settle: async (...settled) => (await opened()).settle(...settled),
    untold: async (application) => (await opened()).untold(application),
    landed: async (...landed) => (await opened()).landed(...landed),
    strayed: async (of) => (await opened()).strayed(of),
    close: () => {
      if (!isClosed) void opening?.then((words) => words.close()).catch(() => undefined);
      isClosed = true;
    },
  };
}
