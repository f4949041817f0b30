import type { Untold, Word, WordBook } from '../../../activities/github/in-order.ts';
import type { CommitStatus } from '../../../activities/github.ts';
import { type LastWord, maySpeak, type Said, shownAfter, verdictAfter } from '../../../domain/github/last-word.ts';
import type { Database, Row, Statement } from '../database.ts';
import { type Context, WORD_STATEMENTS } from './word-statements.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Whoever tells it tries for a day. */
const GIVEN_UP_AFTER_MS = 25 * HOUR_MS;
const TRIED_EVERY_MS = 10 * MINUTE_MS;
/** What is refused so often is refused for a reason that nobody will mend. */
const MOST_TRIES = 50;
const DAY_MS = 24 * HOUR_MS;
/** As long as deliveries are remembered. */
const KEPT_MS = 90 * DAY_MS;

/** What GitHub is to show, in a database of SQL. */
export class SqlWords implements WordBook {
  readonly #database: Database;
  readonly #now: () => number;
  #prunedAt = 0;

  /** `now` is in milliseconds since the epoch. */
  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  begin(status: CommitStatus): Promise<Pick<Word, 'turn' | 'status'> | undefined> {
    return this.#database.transaction(async (transaction) => {
      const [row] = await transaction.read(WORD_STATEMENTS.last(status));
      const next = saidBy(status);
      const verdict = verdictAfter(verdictIn(row), next);
      const shown = maySpeak(row && lastOf(row), next) ? shownAfter(verdict, next).status : undefined;
      const [turn, now] = [Number(row?.turn ?? 0) + 1, this.#now()];
      const statement =
        shown === undefined
          ? WORD_STATEMENTS.keep(status, verdict?.status)
          : WORD_STATEMENTS.begin(shown, verdict?.status, turn, now, now + GIVEN_UP_AFTER_MS);
      await transaction.write([statement, ...this.#pruning(now)]);
      return shown && { turn, status: shown };
    });
  }

  async last(of: Context): Promise<Word | undefined> {
    const [row] = await this.#database.read(WORD_STATEMENTS.last(of));
    return row && wordOf(row);
  }

  async settle(of: Context, turn: number, outcome: 'told' | 'refused'): Promise<void> {
    const statement = outcome === 'told' ? WORD_STATEMENTS.told(of, turn) : WORD_STATEMENTS.refused(of, turn, this.#now() + TRIED_EVERY_MS);
    await this.#write(statement);
  }

  async untold(application: string): Promise<readonly Untold[]> {
    const due = WORD_STATEMENTS.untold(application, this.#now(), MOST_TRIES);
    // Nothing is most of the time, and takes no turn to write.
    if ((await this.#database.read(due)).length === 0) return [];
    return this.#database.transaction(async (transaction) => {
      const words = (await transaction.read(due)).map(wordOf);
      const dueAt = this.#now() + TRIED_EVERY_MS;
      await transaction.write(words.map(({ status }) => WORD_STATEMENTS.tried(status, dueAt)));
      return words.map((word) => ({ ...word, pass: dueAt }));
    });
  }

  landed(of: Context, pass: number): Promise<void> {
    return this.#write(WORD_STATEMENTS.landed(of, pass));
  }

  strayed(of: Context): Promise<void> {
    return this.#write(WORD_STATEMENTS.strayed(of, this.#now() + TRIED_EVERY_MS));
  }

  /** Forgets what was said longer than 90 days ago; each day's first word does so, too. */
  async prune(): Promise<void> {
    await this.#write(...this.#pruning(this.#now()));
  }

  #write(...statements: readonly Statement[]): Promise<void> {
    return this.#database.transaction((transaction) => transaction.write(statements));
  }

  #pruning(now: number): readonly Statement[] {
    if (now < this.#prunedAt + DAY_MS) return [];
    this.#prunedAt = now;
    return [WORD_STATEMENTS.prune(now - KEPT_MS)];
  }

  close(): void {
    this.#database.close();
  }
}

interface SaidStatus extends Said {
  readonly status: CommitStatus;
}

function saidBy(status: CommitStatus): SaidStatus {
  return { release: status.release ?? 0, state: status.state, status };
}

function verdictIn(row: Row | undefined): SaidStatus | undefined {
  return typeof row?.verdict === 'string' ? saidBy(JSON.parse(row.verdict) as CommitStatus) : undefined;
}

function lastOf({ release, state, times }: Row): LastWord {
  return { release: Number(release), state: String(state) as LastWord['state'], times: Number(times) };
}

function wordOf({ turn, word, outcome }: Row): Word {
  return { turn: Number(turn), status: JSON.parse(String(word)) as CommitStatus, isRefused: outcome === 'refused' };
}
