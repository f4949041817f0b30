import type { Statement } from './database.ts';

/** Statements about checkpoints that were signed. */
export const CHECKPOINT_STATEMENTS = {
  last: (origin: string): Statement => ({
    sql: 'SELECT size, note FROM checkpoints WHERE origin = ? ORDER BY size DESC LIMIT 1',
    args: [origin],
  }),

  /** The public key that the ledger of an origin was begun with. */
  key: (origin: string): Statement => ({ sql: 'SELECT key FROM ledger_keys WHERE origin = ?', args: [origin] }),

  bindKey: (origin: string, key: string): Statement => ({
    sql: 'INSERT INTO ledger_keys (origin, key) VALUES (?, ?) ON CONFLICT (origin) DO NOTHING',
    args: [origin, key],
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
