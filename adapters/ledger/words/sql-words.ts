import type { Word, WordBook } from '../../../activities/github/in-order.ts';
import type { CommitStatus } from '../../../activities/github.ts';
import { type LastWord, maySpeak } from '../../../domain/github/last-word.ts';
import type { Database, Row } from '../database.ts';
import { type Context, WORD_STATEMENTS } from './word-statements.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Whoever tells it tries for a day. */
const GIVEN_UP_AFTER_MS = 25 * HOUR_MS;
const TRIED_EVERY_MS = 10 * MINUTE_MS;
/** What is refused so often is refused for a reason that nobody will mend. */
const MOST_TRIES = 50;
/** As long as deliveries are remembered. */
const KEPT_MS = 90 * 24 * HOUR_MS;

/** What GitHub is to show, in a database of SQL. */
export class SqlWords implements WordBook {
  readonly #database: Database;
  readonly #now: () => number;

  /** `now` is in milliseconds since the epoch. */
  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  begin(status: CommitStatus): Promise<number | undefined> {
    return this.#database.transaction(async (transaction) => {
      const [row] = await transaction.read(WORD_STATEMENTS.last(status));
      if (!maySpeak(row && lastOf(row), { release: status.release ?? 0, state: status.state })) return undefined;
      const turn = Number(row?.turn ?? 0) + 1;
      const now = this.#now();
      await transaction.write([WORD_STATEMENTS.begin(status, turn, now, now + GIVEN_UP_AFTER_MS)]);
      return turn;
    });
  }

  async last(of: Context): Promise<Word | undefined> {
    const [row] = await this.#database.read(WORD_STATEMENTS.last(of));
    return row && wordOf(row);
  }

  async settle(of: Context, turn: number, outcome: 'told' | 'refused'): Promise<void> {
    const statement = outcome === 'told' ? WORD_STATEMENTS.told(of, turn) : WORD_STATEMENTS.refused(of, turn, this.#now() + TRIED_EVERY_MS);
    await this.#database.transaction((transaction) => transaction.write([statement]));
  }

  async untold(application: string): Promise<readonly Word[]> {
    const due = WORD_STATEMENTS.untold(application, this.#now(), MOST_TRIES);
    // Nothing is most of the time, and takes no turn to write.
    if ((await this.#database.read(due)).length === 0) return [];
    return this.#database.transaction(async (transaction) => {
      const words = (await transaction.read(due)).map(wordOf);
      const dueAt = this.#now() + TRIED_EVERY_MS;
      await transaction.write(words.map(({ status, turn }) => WORD_STATEMENTS.tried(status, turn, dueAt)));
      return words;
    });
  }

  /** Forgets what was said longer than 90 days ago. */
  async prune(): Promise<void> {
    const statement = WORD_STATEMENTS.prune(this.#now() - KEPT_MS);
    await this.#database.transaction((transaction) => transaction.write([statement]));
  }

  close(): void {
    this.#database.close();
  }
}

function lastOf({ release, state, times }: Row): LastWord {
  return { release: Number(release), state: String(state) as LastWord['state'], times: Number(times) };
}

function wordOf({ turn, word, outcome }: Row): Word {
  return { turn: Number(turn), status: JSON.parse(String(word)) as CommitStatus, isRefused: outcome === 'refused' };
}
