import type { CommitStatus, Telling } from '../github.ts';
import { GitHubRefused, GitHubUnavailable } from './errors.ts';

/** Which word is meant: there is one for each. */
export type Place = Pick<CommitStatus, 'application' | 'commit' | 'context'>;

interface Said<News> {
  /** Grows with every word of its place. */
  readonly turn: number;
  readonly news: News;
  /** The word that ruled over it when it was said; it may be this one. */
  readonly ruledBy?: Mark;
}

/** Which word of which place of an application. */
export interface Mark {
  readonly context: string;
  readonly turn: number;
}

export interface Word<News> extends Said<News> {
  /** Whether GitHub said no to it. */
  readonly isRefused: boolean;
}

export interface Untold<News> extends Word<News> {
  /** By which `landed` knows this handing out from a later one. */
  readonly pass: number;
}

/** What is to be shown on GitHub, and whether it has taken it. Everything throws LedgerUnavailable. */
export interface Book<News extends Place> {
  /** Writes down what a release says, and answers what is to be told: that, or what stands in its place. Undefined where nothing is. */
  begin(news: News): Promise<Said<News> | undefined>;
  /** What is to be shown in a place. */
  last(of: Place): Promise<Word<News> | undefined>;
  /** Writes down what became of a word, where no other has taken its place. */
  settle(of: Place, turn: number, outcome: 'told' | 'refused'): Promise<void>;
  /**
   * Words of an application that GitHub refused, or did not take for a day, and that may be tried again by now; each is counted as tried. Until it has `landed`, one may arrive
   * at any time: ten minutes later what is to be shown in its place by then is among the untold, whatever was told meanwhile.
   */
  untold(application: string): Promise<readonly Untold<News>[]>;
  /** Writes down that a word told again is on its way no more, and GitHub was seen to show what is to be shown. */
  landed(of: Place, pass: number): Promise<void>;
  /** Writes down that GitHub may show something else than what is to be shown; that is among the untold ten minutes later. */
  strayed(of: Place): Promise<void>;
  /** The word that decides now what is to be shown beside this one's place, too. Undefined where each is of its own place alone. */
  ruler(of: News): Promise<Word<News> | undefined>;
}

/** Of each stage on a commit the status, as `maySpeak` and `shownAfter` say (domain/github/last-word.ts). */
export type WordBook = Book<CommitStatus>;

/** Whoever tells GitHub. Throws GitHubRefused, GitHubUnavailable. */
export interface Teller<News> {
  report(news: News, telling: Telling): Promise<void>;
}

/** More come at the next word. */
const TOLD_AGAIN = 5;

/**
 * Words of several releases, as if one had told them: whoever has written looks whether the book says something else by now, and writes that. The last who
 * writes has found nothing else, so that GitHub shows what the book says. What GitHub refused is told once it takes something of the same application again;
 * where the answer to that is lost, or its worker, the place is looked after with a later word. Throws what Teller and Book say.
 */
export function inOrder<News extends Place>(teller: Teller<News>, book: Book<News>): Teller<News> {
  return {
    report: async (news, telling) => {
      const parts = { teller, book, telling };
      const said = await book.begin(news);
      if (said === undefined) return telling.isRepeat ? putAllRight(parts, news) : undefined;
      await tell(parts, said);
      await tellAgain(parts, news.application);
    },
  };
}

interface Parts<News extends Place> {
  readonly teller: Teller<News>;
  readonly book: Book<News>;
  readonly telling: Telling;
}

async function tell<News extends Place>(parts: Parts<News>, { turn, news, ruledBy }: Said<News>): Promise<void> {
  const { teller, book, telling } = parts;
  try {
    await teller.report(news, telling);
  } catch (error) {
    if (error instanceof GitHubRefused) await book.settle(news, turn, 'refused');
    throw error;
  }
  await book.settle(news, turn, 'told');
  // An attempt before this one may arrive later than what rules by now.
  await putAllRight(parts, news, turn, telling.isRepeat ? { context: news.context, turn } : ruledBy);
}

async function putAllRight<News extends Place>(parts: Parts<News>, of: News, shown?: number, ruledBy?: Mark): Promise<void> {
  await putRight(parts, of, shown);
  await letRule(parts, of, ruledBy);
}

/** Writes what the book says where it is not `shown`. One that GitHub refuses, or refused, is told again later: others may have told it before what is shown arrived. */
async function putRight<News extends Place>(parts: Parts<News>, of: Place, shown: number | undefined): Promise<void> {
  const { book } = parts;
  let written = shown;
  // Goes on for as long as others speak meanwhile, and ends with the activity.
  for (;;) {
    const last = await book.last(of);
    if (last === undefined || last.turn === written) return;
    if (!(await isTaken(parts, last))) return book.strayed(of);
    written = last.turn;
  }
}

/** Whoever has written what another word rules over by now writes that one, too. */
async function letRule<News extends Place>(parts: Parts<News>, of: News, ruledBy: Mark | undefined): Promise<void> {
  const { book } = parts;
  let known = ruledBy;
  for (;;) {
    const ruler = await book.ruler(of);
    if (ruler === undefined || (ruler.news.context === known?.context && ruler.turn === known.turn)) return;
    if (!(await isTaken(parts, ruler))) return book.strayed(ruler.news);
    known = { context: ruler.news.context, turn: ruler.turn };
  }
}

/** What cannot be told now is tried again with a later word, as is what may have arrived after all. */
async function tellAgain<News extends Place>(parts: Parts<News>, application: string): Promise<void> {
  const telling = { ...parts.telling, isRepeat: true };
  for (const word of (await parts.book.untold(application)).slice(0, TOLD_AGAIN)) {
    try {
      await isAccepted(() => tell({ ...parts, telling }, word));
    } catch (error) {
      if (error instanceof GitHubUnavailable) return;
      throw error;
    }
    await parts.book.landed(word.news, word.pass);
  }
}

async function isTaken<News extends Place>({ teller, telling }: Parts<News>, { isRefused, news }: Word<News>): Promise<boolean> {
  return !isRefused && (await isAccepted(() => teller.report(news, { ...telling, isRepeat: true })));
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
