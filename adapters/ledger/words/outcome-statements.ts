import type { Place } from '../../../activities/github/in-order.ts';
import type { Statement } from '../database.ts';

export const KEY = 'application = ? AND revision = ? AND context = ?';
export const keyOf = ({ application, commit, context }: Place) => [application, commit, context];

/** What becomes of words is written down alike wherever they are kept; `kind` is given where words of several kinds are in one table. */
export function outcomeStatements(table: string, kind?: string) {
  const [ofKind, kinds] = kind === undefined ? ['', []] : [' AND kind = ?', [kind]];
  return {
    /** Due again where an older word may still arrive after it. */
    told: (of: Place, turn: number): Statement => ({
      sql: `UPDATE ${table} SET outcome = CASE WHEN astray_due > 0 THEN 'astray' ELSE 'told' END, due_at = astray_due, times = times + 1 WHERE ${KEY} AND turn = ?`,
      args: [...keyOf(of), turn],
    }),

    refused: (of: Place, turn: number, dueAt: number): Statement => ({
      sql: `UPDATE ${table} SET outcome = 'refused', due_at = ? WHERE ${KEY} AND turn = ?`,
      args: [dueAt, ...keyOf(of), turn],
    }),

    untold: (application: string, now: number, most: number): Statement => ({
      sql: `SELECT * FROM ${table}
        WHERE application = ? AND outcome <> 'told' AND due_at <= ? AND tries < ?${ofKind} ORDER BY due_at, turn LIMIT 5`,
      args: [application, now, most, ...kinds],
    }),

    tried: (of: Place, dueAt: number): Statement => ({
      sql: `UPDATE ${table} SET tries = tries + 1, due_at = ?, astray_due = ? WHERE ${KEY}`,
      args: [dueAt, dueAt, ...keyOf(of)],
    }),

    landed: (of: Place, astrayDue: number): Statement => ({
      sql: `UPDATE ${table} SET astray_due = 0, outcome = CASE WHEN outcome = 'astray' THEN 'told' ELSE outcome END WHERE ${KEY} AND astray_due = ?`,
      args: [...keyOf(of), astrayDue],
    }),

    strayed: (of: Place, dueAt: number): Statement => ({
      sql: `UPDATE ${table} SET astray_due = ?, due_at = CASE WHEN outcome IN ('told', 'astray') THEN ? ELSE due_at END,
          outcome = CASE WHEN outcome = 'told' THEN 'astray' ELSE outcome END WHERE ${KEY}`,
      args: [dueAt, dueAt, ...keyOf(of)],
    }),

    prune: (before: number): Statement => ({ sql: `DELETE FROM ${table} WHERE changed_at < ?`, args: [before] }),
  } as const;
}

export type OutcomeStatements = ReturnType<typeof outcomeStatements>;
