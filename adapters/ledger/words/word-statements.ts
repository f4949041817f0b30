import type { CommitStatus } from '../../../activities/github.ts';
import type { Statement } from '../database.ts';

export type Context = Pick<CommitStatus, 'application' | 'commit' | 'context'>;

const KEY = 'application = ? AND revision = ? AND context = ?';
const keyOf = ({ application, commit, context }: Context) => [application, commit, context];

const textOf = (status: CommitStatus | undefined) => (status === undefined ? null : JSON.stringify(status));

export const WORD_STATEMENTS = {
  last: (of: Context): Statement => ({
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
  keep: (of: Context, verdict: CommitStatus | undefined): Statement => ({
    sql: `UPDATE github_words SET verdict = ? WHERE ${KEY}`,
    args: [textOf(verdict), ...keyOf(of)],
  }),

  /** Due again where an older word may still arrive after it. */
  told: (of: Context, turn: number): Statement => ({
    sql: `UPDATE github_words SET outcome = CASE WHEN astray_due > 0 THEN 'astray' ELSE 'told' END, due_at = astray_due, times = times + 1 WHERE ${KEY} AND turn = ?`,
    args: [...keyOf(of), turn],
  }),

  refused: (of: Context, turn: number, dueAt: number): Statement => ({
    sql: `UPDATE github_words SET outcome = 'refused', due_at = ? WHERE ${KEY} AND turn = ?`,
    args: [dueAt, ...keyOf(of), turn],
  }),

  untold: (application: string, now: number, most: number): Statement => ({
    sql: `SELECT word, turn, outcome FROM github_words
      WHERE application = ? AND outcome <> 'told' AND due_at <= ? AND tries < ? ORDER BY due_at, turn LIMIT 5`,
    args: [application, now, most],
  }),

  tried: (of: Context, dueAt: number): Statement => ({
    sql: `UPDATE github_words SET tries = tries + 1, due_at = ?, astray_due = ? WHERE ${KEY}`,
    args: [dueAt, dueAt, ...keyOf(of)],
  }),

  landed: (of: Context, astrayDue: number): Statement => ({
    sql: `UPDATE github_words SET astray_due = 0, outcome = CASE WHEN outcome = 'astray' THEN 'told' ELSE outcome END WHERE ${KEY} AND astray_due = ?`,
    args: [...keyOf(of), astrayDue],
  }),

  strayed: (of: Context, dueAt: number): Statement => ({
    sql: `UPDATE github_words SET astray_due = ?, due_at = CASE WHEN outcome IN ('told', 'astray') THEN ? ELSE due_at END,
        outcome = CASE WHEN outcome = 'told' THEN 'astray' ELSE outcome END WHERE ${KEY}`,
    args: [dueAt, dueAt, ...keyOf(of)],
  }),

  prune: (before: number): Statement => ({ sql: 'DELETE FROM github_words WHERE changed_at < ?', args: [before] }),
} as const;
