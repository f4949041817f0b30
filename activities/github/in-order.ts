import type { CommitStatus, CommitStatuses, Telling } from '../github.ts';
import { GitHubRefused, GitHubUnavailable } from './errors.ts';

type Context = Pick<CommitStatus, 'application' | 'commit' | 'context'>;

export interface Word {
  /** Grows with every word of its stage and commit. */
  readonly turn: number;
  readonly status: CommitStatus;
  /** Whether GitHub said no to it. */
  readonly isRefused: boolean;
}

/** What is to be shown of each stage on a commit, and whether GitHub has taken it. Everything throws LedgerUnavailable. */
export interface WordBook {
  /** Writes down what is about to be told. Undefined where it is not to be told, as `maySpeak` says (domain/github/last-word.ts). */
  begin(status: CommitStatus): Promise<number | undefined>;
  /** What is to be shown of a stage on a commit. */
  last(of: Context): Promise<Word | undefined>;
  /** Writes down what became of a word, where no other has taken its place. */
  settle(of: Context, turn: number, outcome: 'told' | 'refused'): Promise<void>;
  /** Words of an application that GitHub refused, or did not take for a day, and that may be tried again by now; each is counted as tried. */
  untold(application: string): Promise<readonly Word[]>;
}

/** More come at the next word. */
const TOLD_AGAIN = 5;

/**
 * Statuses of several releases of one commit, as if one had told them: whoever has written looks whether the book says something else by now, and writes that. The last who
 * writes has found nothing else, so that GitHub shows what the book says. What GitHub refused is told once it takes something of the same application again.
 * Throws what CommitStatuses and WordBook say.
 */
export function inOrder(statuses: CommitStatuses, book: WordBook): CommitStatuses {
  return {
    report: async (status, telling) => {
      const turn = await book.begin(status);
      if (turn === undefined) return telling.isRepeat ? putRight({ statuses, book, telling }, status, undefined) : undefined;
      await tell({ statuses, book, telling }, { turn, status });
      await tellAgain({ statuses, book, telling }, status.application);
    },
  };
}

interface Parts {
  readonly statuses: CommitStatuses;
  readonly book: WordBook;
  readonly telling: Telling;
}

async function tell(parts: Parts, { turn, status }: Pick<Word, 'turn' | 'status'>): Promise<void> {
  const { statuses, book, telling } = parts;
  try {
    await statuses.report(status, telling);
  } catch (error) {
    if (error instanceof GitHubRefused) await book.settle(status, turn, 'refused');
    throw error;
  }
  await book.settle(status, turn, 'told');
  await putRight(parts, status, turn);
}

/** Writes what the book says where it is not `shown`; one that GitHub refuses is for its own release to tell of. */
async function putRight({ statuses, book, telling }: Parts, of: Context, shown: number | undefined): Promise<void> {
  let written = shown;
  // Goes on for as long as others speak meanwhile, and ends with the activity.
  for (;;) {
    const last = await book.last(of);
    if (last === undefined || last.isRefused || last.turn === written) return;
    await statuses.report(last.status, { ...telling, isRepeat: true }).catch(ignoreRefusal);
    written = last.turn;
  }
}

/** What cannot be told now is tried again with a later word. */
async function tellAgain(parts: Parts, application: string): Promise<void> {
  const telling = { ...parts.telling, isRepeat: true };
  for (const word of (await parts.book.untold(application)).slice(0, TOLD_AGAIN)) {
    try {
      await tell({ ...parts, telling }, word);
    } catch (error) {
      if (error instanceof GitHubUnavailable) return;
      ignoreRefusal(error);
    }
  }
}

function ignoreRefusal(error: unknown): void {
  if (!(error instanceof GitHubRefused)) throw error;
}
