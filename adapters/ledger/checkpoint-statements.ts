import type { Statement } from './database.ts';

/** Statements about checkpoints that were signed. */
export const CHECKPOINT_STATEMENTS = {
  last: (origin: string): Statement => ({
    sql: 'SELECT size, note FROM checkpoints WHERE origin = ? ORDER BY size DESC LIMIT 1',
    args: [origin],
  }),

  insert: (origin: string, size: number, note: string): Statement => ({
    sql: 'INSERT INTO checkpoints (origin, size, note) VALUES (?, ?, ?)',
    args: [origin, size, note],
  }),

  count: (origin: string, before: number): Statement => ({
    sql: 'SELECT count(*) AS count FROM checkpoints WHERE origin = ? AND size < ? AND size > 0',
    args: [origin, before],
  }),

  between: (origin: string, after: number, last: number): Statement => ({
    sql: 'SELECT size, note FROM checkpoints WHERE origin = ? AND size > ? AND size <= ? ORDER BY size',
    args: [origin, after, last],
  }),
} as const;
