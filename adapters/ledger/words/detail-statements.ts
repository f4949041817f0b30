import type { Place } from '../../../activities/github/in-order.ts';
import type { Statement } from '../database.ts';
import { KEY, keyOf, outcomeStatements } from './outcome-statements.ts';

/** What a row of `github_details` holds beside the word itself. */
export interface DetailRow {
  readonly kind: 'check' | 'deployment';
  /** Of deployments: which environment, and which release. */
  readonly environment?: string;
  readonly release?: number;
  /** How late what it says of the environment is; 0 where that is nothing. */
  readonly rank?: number;
}

export const DETAIL_COLUMNS = 'context, word, rank, turn, outcome';

export function detailStatements(kind: DetailRow['kind']) {
  return {
    ...outcomeStatements('github_details', kind),

    last: (of: Place): Statement => ({
      sql: `SELECT ${DETAIL_COLUMNS} FROM github_details WHERE ${KEY}`,
      args: keyOf(of),
    }),

    /** Due for another attempt where nobody has settled it by then. */
    begin: (word: Place, row: Omit<DetailRow, 'kind'>, turn: number, now: number, dueAt: number): Statement => ({
      sql: `INSERT INTO github_details (application, revision, context, kind, environment, release, rank, word, turn, times, outcome, tries, due_at, astray_due, changed_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 'telling', 0, ?, 0, ?)
        ON CONFLICT (application, revision, context) DO UPDATE SET rank = excluded.rank, word = excluded.word, turn = excluded.turn,
          outcome = 'telling', tries = 0, due_at = excluded.due_at, changed_at = excluded.changed_at`,
      args: [...keyOf(word), kind, row.environment ?? '', row.release ?? 0, row.rank ?? 0, JSON.stringify(word), turn, dueAt, now],
    }),

    /** What decides which release an environment is shown to run. */
    ruler: (application: string, environment: string): Statement => ({
      sql: `SELECT ${DETAIL_COLUMNS} FROM github_details WHERE application = ? AND environment = ? AND kind = ? AND rank > 0 ORDER BY rank DESC LIMIT 1`,
      args: [application, environment, kind],
    }),

    /** What was told of a release in an environment last. */
    ofRelease: (application: string, environment: string, release: number): Statement => ({
      sql: `SELECT ${DETAIL_COLUMNS} FROM github_details WHERE application = ? AND environment = ? AND kind = ? AND release = ? ORDER BY rank DESC LIMIT 1`,
      args: [application, environment, kind, release],
    }),
  } as const;
}
