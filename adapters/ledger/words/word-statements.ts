import type { Place } from '../../../activities/github/in-order.ts';
import type { CommitStatus } from '../../../activities/github.ts';
import type { Statement } from '../database.ts';
import { KEY, keyOf, outcomeStatements } from './outcome-statements.ts';

const textOf = (status: CommitStatus | undefined) => (status === undefined ? null : JSON.stringify(status));

export const WORD_STATEMENTS = {
  ...outcomeStatements('github_words'),

  last: (of: Place): Statement => ({
    sql: `SELECT release, state, word, verdict, turn, times, outcome FROM github_words WHERE ${KEY}`,
    args: keyOf(of),
  }),

  /** Due for another attempt where nobody has settled it by then. */
  begin: (status: CommitStatus, verdict: CommitStatus | undefined, turn: number, now: number, dueAt: number): Statement => ({
    sql: `INSERT INTO github_words (application, revision, context, release, state, word, verdict, turn, times, outcome, tries, due_at, changed_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 'telling', 0, ?, ?)
      ON CONFLICT (application, revision, context) DO UPDATE SET release = excluded.release, state = excluded.state, word = excluded.word,
        verdict = excluded.verdict, turn = excluded.turn, outcome = 'telling', tries = 0, due_at = excluded.due_at, changed_at = excluded.changed_at`,
    args: [...keyOf(status), status.release ?? 0, status.state, JSON.stringify(status), textOf(verdict), turn, dueAt, now],
  }),

  /** What is kept of a release that is not heard. */
  keep: (of: Place, verdict: CommitStatus | undefined): Statement => ({
    sql: `UPDATE github_words SET verdict = ? WHERE ${KEY}`,
    args: [textOf(verdict), ...keyOf(of)],
  }),
} as const;
