import type { DeliveryState, ReceivedDelivery } from '../../../domain/inbox/delivery.ts';
import type { Statement } from '../database.ts';

const SHOWN = 'position, source, id, event, received_at, state, attempts, due_at, detail';

export const INBOX_STATEMENTS = {
  /** Answers with nothing where the delivery is known. */
  receive: ({ source, id, event, contentType, body }: ReceivedDelivery, now: Date): Statement => ({
    sql: `INSERT INTO deliveries (position, source, id, event, content_type, body, received_at, state, attempts, due_at, holder, detail)
      VALUES (coalesce((SELECT max(position) FROM deliveries), 0) + 1, ?, ?, ?, ?, ?, ?, 'waiting', 0, ?, '', '')
      ON CONFLICT (source, id) DO NOTHING RETURNING position`,
    args: [source, id, event, contentType, body, now.toISOString(), now.getTime()],
  }),

  due: (now: number, limit: number, except: readonly number[]): Statement => ({
    sql: `SELECT position, source, id, event, content_type, body, received_at, attempts FROM deliveries
      WHERE state = 'waiting' AND due_at <= ? AND position NOT IN (${[0, ...except].map(() => '?').join(', ')}) ORDER BY position LIMIT ?`,
    args: [now, 0, ...except, limit],
  }),

  /** Nobody else takes it on until then. */
  claim: (position: number, until: number, holder: string): Statement => ({
    sql: 'UPDATE deliveries SET attempts = attempts + 1, due_at = ?, holder = ? WHERE position = ?',
    args: [until, holder, position],
  }),

  /** What a holder has not settled is due at once. */
  letGo: (holder: string, now: number): Statement => ({
    sql: "UPDATE deliveries SET due_at = ?, holder = '' WHERE holder = ? AND state = 'waiting'",
    args: [now, holder],
  }),

  end: (position: number, state: DeliveryState, detail: string): Statement => ({
    sql: "UPDATE deliveries SET state = ?, holder = '', detail = ? WHERE position = ? AND state = 'waiting'",
    args: [state, detail, position],
  }),

  later: (position: number, due: number, detail: string): Statement => ({
    sql: "UPDATE deliveries SET attempts = 0, due_at = ?, holder = '', detail = ? WHERE position = ? AND state = 'waiting'",
    args: [due, detail, position],
  }),

  failed: (position: number, due: number, detail: string): Statement => ({
    sql: "UPDATE deliveries SET due_at = ?, holder = '', detail = ? WHERE position = ? AND state = 'waiting'",
    args: [due, detail, position],
  }),

  remember: (subject: string, position: number, at: string): Statement => ({
    sql: 'INSERT INTO subjects (subject, position, at) VALUES (?, ?, ?) ON CONFLICT (subject) DO NOTHING',
    args: [subject, position, at],
  }),

  handled: (subject: string): Statement => ({ sql: 'SELECT position FROM subjects WHERE subject = ?', args: [subject] }),

  forget: (position: number): Statement => ({ sql: 'DELETE FROM subjects WHERE position = ?', args: [position] }),

  head: (place: string): Statement => ({ sql: 'SELECT head FROM heads WHERE place = ?', args: [place] }),

  setHead: (place: string, head: string): Statement => ({
    sql: 'INSERT INTO heads (place, head) VALUES (?, ?) ON CONFLICT (place) DO UPDATE SET head = excluded.head',
    args: [place, head],
  }),

  list: (before: number, limit: number, state: DeliveryState | undefined): Statement =>
    state === undefined
      ? { sql: `SELECT ${SHOWN} FROM deliveries WHERE position < ? ORDER BY position DESC LIMIT ?`, args: [before, limit] }
      : {
          sql: `SELECT ${SHOWN} FROM deliveries WHERE state = ? AND position < ? ORDER BY position DESC LIMIT ?`,
          args: [state, before, limit],
        },

  one: (position: number): Statement => ({ sql: `SELECT ${SHOWN}, body FROM deliveries WHERE position = ?`, args: [position] }),

  known: (source: string, id: string): Statement => ({
    sql: 'SELECT position FROM deliveries WHERE source = ? AND id = ?',
    args: [source, id],
  }),

  again: (position: number, now: number, detail: string): Statement => ({
    sql: "UPDATE deliveries SET state = 'waiting', attempts = 0, due_at = ?, detail = ? WHERE position = ? AND state <> 'waiting'",
    args: [now, detail, position],
  }),

  /** What waits or is parked is a person's to end. */
  emptyBodies: (before: string): Statement => ({
    sql: "UPDATE deliveries SET body = '' WHERE received_at < ? AND body <> '' AND state IN ('done', 'ignored')",
    args: [before],
  }),

  prune: (before: string): Statement => ({ sql: "DELETE FROM deliveries WHERE received_at < ? AND state <> 'waiting'", args: [before] }),
  pruneSubjects: (before: string): Statement => ({ sql: 'DELETE FROM subjects WHERE at < ?', args: [before] }),
} as const;
