import type { CommitStatus, CommitStatuses, Telling } from '../github.ts';
import { GitHubRefused, GitHubUnavailable } from './errors.ts';

type Context = Pick<CommitStatus, 'application' | 'commit' | 'context'>;

interface Said {
  /** Grows with every word of its stage and commit. */
  readonly turn: number;
  readonly status: CommitStatus;
}

export interface Word extends Said {
  /** Whether GitHub said no to it. */
  readonly isRefused: boolean;
}

export interface Untold extends Word {
  /** By which `landed` knows this handing out from a later one. */
  readonly pass: number;
}

/** What is to be shown of each stage on a commit, and whether GitHub has taken it. Everything throws LedgerUnavailable. */
export interface WordBook {
  /**
   * Writes down what a release says, and answers what is to be told: that, or the verdict that it gives the stage back to. Undefined where nothing is,
   * as `maySpeak` says (domain/github/last-word.ts).
   */
  begin(status: CommitStatus): Promise<Said | undefined>;
  /** What is to be shown of a stage on a commit. */
  last(of: Context): Promise<Word | undefined>;
  /** Writes down what became of a word, where no other has taken its place. */
  settle(of: Context, turn: number, outcome: 'told' | 'refused'): Promise<void>;
  /**
   * Words of an application that GitHub refused, or did not take for a day, and that may be tried again by now; each is counted as tried. Until it has `landed`, one may arrive
   * at any time: ten minutes later what is to be shown of its stage and commit by then is among the untold, whatever was told meanwhile.
   */
  untold(application: string): Promise<readonly Untold[]>;
  /** Writes down that a word told again is on its way no more, and GitHub was seen to show what is to be shown. */
  landed(of: Context, pass: number): Promise<void>;
  /** Writes down that GitHub may show something else than what is to be shown; that is among the untold ten minutes later. */
  strayed(of: Context): Promise<void>;
}

/** More come at the next word. */
const TOLD_AGAIN = 5;

/**
 * Statuses of several releases of one commit, as if one had told them: whoever has written looks whether the book says something else by now, and writes that. The last who
 * writes has found nothing else, so that GitHub shows what the book says. What GitHub refused is told once it takes something of the same application again;
 * where the answer to that is lost, or its worker, the stage is looked after with a later word. Throws what CommitStatuses and WordBook say.
 */
export function inOrder(statuses: CommitStatuses, book: WordBook): CommitStatuses {
  return {
    report: async (status, telling) => {
      const said = await book.begin(status);
      if (said === undefined) return telling.isRepeat ? putRight({ statuses, book, telling }, status, undefined) : undefined;
      await tell({ statuses, book, telling }, said);
      await tellAgain({ statuses, book, telling }, status.application);
    },
  };
}

interface Parts {
  readonly statuses: CommitStatuses;
  readonly book: WordBook;
  readonly telling: Telling;
}

async function tell(parts: Parts, { turn, status }: Said): Promise<void> {
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

/** Writes what the book says where it is not `shown`. One that GitHub refuses, or refused, is told again later: others may have told it before what is shown arrived. */
async function putRight({ statuses, book, telling }: Parts, of: Context, shown: number | undefined): Promise<void> {
  let written = shown;
  // Goes on for as long as others speak meanwhile, and ends with the activity.
  for (;;) {
    const last = await book.last(of);
    if (last === undefined || last.turn === written) return;
    const isTaken = !last.isRefused && (await isAccepted(() => statuses.report(last.status, { ...telling, isRepeat: true })));
    if (!isTaken) return book.strayed(of);
    written = last.turn;
  }
}

/** What cannot be told now is tried again with a later word, as is what may have arrived after all. */
async function tellAgain(parts: Parts, application: string): Promise<void> {
  const telling = { ...parts.telling, isRepeat: true };
  for (const word of (await parts.book.untold(application)).slice(0, TOLD_AGAIN)) {
    try {
      await isAccepted(() => tell({ ...parts, telling }, word));
    } catch (error) {
      if (error instanceof GitHubUnavailable) return;
      throw error;
    }
    await parts.book.landed(word.status, word.pass);
  }
}

async function isAccepted(report: () => Promise<void>): Promise<boolean> {
  try {
    await report();
    return true;
  } catch (error) {
    if (error instanceof GitHubRefused) return false;
    throw error;
  }
}
