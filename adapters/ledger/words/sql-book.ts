import type { Book, Mark, Place, Untold, Word } from '../../../activities/github/in-order.ts';
import type { Database, Row, Statement } from '../database.ts';
import type { OutcomeStatements } from './outcome-statements.ts';

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

/** Where words read, within what is written at once or not. */
export type Reader = Pick<Database, 'read'>;

/** What is written when something is said, and what is told then. */
export interface Beginning<News> {
  readonly statements: readonly Statement[];
  readonly said: (Pick<Word<News>, 'turn' | 'news'> & { readonly ruledBy?: Mark }) | undefined;
}

export interface Moment {
  readonly now: number;
  /** When it is told again where nobody settles it. */
  readonly dueAt: number;
}

/** How the words of one kind are kept. */
export interface BookKind<News extends Place> {
  readonly statements: OutcomeStatements & { readonly last: (of: Place) => Statement };
  begin(reader: Reader, news: News, moment: Moment): Promise<Beginning<News>>;
  /** A row as it is told now. */
  wordOf(reader: Reader, row: Row): Promise<Word<News>>;
  ruler?(reader: Reader, of: News): Promise<Word<News> | undefined>;
}

/** What GitHub is to show, in a database of SQL. */
export class SqlBook<News extends Place> implements Book<News> {
  readonly #database: Database;
  readonly #kind: BookKind<News>;
  readonly #now: () => number;
  #prunedAt = 0;

  /** `now` is in milliseconds since the epoch. */
  constructor(database: Database, kind: BookKind<News>, now: () => number) {
    this.#database = database;
    this.#kind = kind;
    this.#now = now;
  }

  begin(news: News): Promise<Beginning<News>['said']> {
    return this.#database.transaction(async (transaction) => {
      const now = this.#now();
      const { statements, said } = await this.#kind.begin(transaction, news, { now, dueAt: now + GIVEN_UP_AFTER_MS });
      await transaction.write([...statements, ...this.#pruning(now)]);
      return said;
    });
  }

  async last(of: Place): Promise<Word<News> | undefined> {
    const [row] = await this.#database.read(this.#kind.statements.last(of));
    return row && this.#kind.wordOf(this.#database, row);
  }

  async ruler(of: News): Promise<Word<News> | undefined> {
    return this.#kind.ruler?.(this.#database, of);
  }

  async settle(of: Place, turn: number, outcome: 'told' | 'refused'): Promise<void> {
    const { told, refused } = this.#kind.statements;
    await this.#write(outcome === 'told' ? told(of, turn) : refused(of, turn, this.#now() + TRIED_EVERY_MS));
  }

  async untold(application: string): Promise<readonly Untold<News>[]> {
    const due = this.#kind.statements.untold(application, this.#now(), MOST_TRIES);
    // Nothing is most of the time, and takes no turn to write.
    if ((await this.#database.read(due)).length === 0) return [];
    return this.#database.transaction(async (transaction) => {
      const rows = await transaction.read(due);
      const words: Word<News>[] = [];
      for (const row of rows) words.push(await this.#kind.wordOf(transaction, row));
      const pass = this.#now() + TRIED_EVERY_MS;
      await transaction.write(words.map(({ news }) => this.#kind.statements.tried(news, pass)));
      return words.map((word) => ({ ...word, pass }));
    });
  }

  landed(of: Place, pass: number): Promise<void> {
    return this.#write(this.#kind.statements.landed(of, pass));
  }

  strayed(of: Place): Promise<void> {
    return this.#write(this.#kind.statements.strayed(of, this.#now() + TRIED_EVERY_MS));
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
    return [this.#kind.statements.prune(now - KEPT_MS)];
  }
}
