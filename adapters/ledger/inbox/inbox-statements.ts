import type { DeliveryState, ReceivedDelivery } from '../../../domain/inbox/delivery.ts';
import type { Statement } from '../database.ts';
import type { ClaimRoom } from './inbox-store.ts';

/** There is one inbox in a database, and one server at a time that takes things out of it. */
const DRAINER = 'inbox';
/** What was begun so often and came to no end may be what ended its server. */
export const SUSPECT = 2;

/** What is kept of a delivery beside its names. */
interface Kept {
  /** The digest of what it holds; empty where the same words can tell of something new. */
  readonly content: string;
  readonly state: DeliveryState;
  readonly detail: string;
  readonly body: string;
}

function marks(values: readonly unknown[]): string {
  return values.map(() => '?').join(', ');
}

const SHOWN = 'position, source, id, event, received_at, state, attempts, due_at, detail';

export const INBOX_STATEMENTS = {
  /** What was told in these very words before. What was parked then may be told again, once what kept it is mended. */
  twin: (source: string, content: string): Statement => ({
    sql: "SELECT min(position) AS twin FROM deliveries WHERE source = ? AND content = ? AND content <> '' AND state <> 'parked'",
    args: [source, content],
  }),

  /** Answers with nothing where the delivery is known. */
  receive: (delivery: ReceivedDelivery, { content, state, detail, body }: Kept, now: Date): Statement => ({
    sql: `INSERT INTO deliveries
        (position, source, id, event, content_type, body, size, content, lane, received_at, state, attempts, due_at, holder, detail)
      VALUES (coalesce((SELECT max(position) FROM deliveries), 0) + 1, ?, ?, ?, ?, ?, ?, ?, '', ?, ?, 0, ?, '', ?)
      ON CONFLICT (source, id) DO NOTHING RETURNING position`,
    args: [
      delivery.source,
      delivery.id,
      delivery.event,
      delivery.contentType,
      body,
      body.length,
      content,
      now.toISOString(),
      state,
      now.getTime(),
      detail,
    ],
  }),

  oldestDue: (now: number): Statement => ({
    sql: "SELECT position, due_at FROM deliveries WHERE state = 'waiting' AND due_at <= ? ORDER BY due_at LIMIT 1",
    args: [now],
  }),

  /** Of a lane that is known, the oldest alone: none overtakes it, and none takes a place where it could only wait. */
  due: (now: number, { limit, except, lanes, suspects }: ClaimRoom): Statement => ({
    sql: `SELECT position, size, attempts FROM deliveries AS one
      WHERE state = 'waiting' AND due_at <= ? AND position NOT IN (${marks([0, ...except])}) AND lane NOT IN (${marks(['-', ...lanes])})
        ${suspects ? '' : `AND attempts < ${SUSPECT}`}
        AND (lane = '' OR NOT EXISTS (SELECT 1 FROM deliveries AS older
          WHERE older.lane = one.lane AND older.position < one.position AND older.state = 'waiting' AND older.due_at <= ?))
      ORDER BY position LIMIT ?`,
    args: [now, 0, ...except, '-', ...lanes, now, limit],
  }),

  whole: (positions: readonly number[]): Statement => ({
    sql: `SELECT position, source, id, event, content_type, body, received_at, attempts FROM deliveries
      WHERE position IN (${marks(positions)}) ORDER BY position`,
    args: positions,
  }),

  claim: (position: number, until: number, life: string): Statement => ({
    sql: 'UPDATE deliveries SET attempts = attempts + 1, due_at = ?, holder = ? WHERE position = ?',
    args: [until, life, position],
  }),

  /** As if it had never been claimed; what its lane is, is known from now on. */
  putBack: (position: number, lane: string, life: string, now: number): Statement => ({
    sql: "UPDATE deliveries SET attempts = attempts - 1, lane = ?, due_at = ?, holder = '' WHERE position = ? AND holder = ? AND state = 'waiting'",
    args: [lane, now, position, life],
  }),

  /** What somebody claimed and did not settle is due at once. */
  letGo: (now: number): Statement => ({
    sql: "UPDATE deliveries SET due_at = ?, holder = '' WHERE holder <> '' AND state = 'waiting'",
    args: [now],
  }),

  drainer: (): Statement => ({ sql: `SELECT holder, life, ends_at FROM drainers WHERE name = '${DRAINER}'`, args: [] }),

  drain: (holder: string, life: string, endsAt: number): Statement => ({
    sql: `INSERT INTO drainers (name, holder, life, ends_at) VALUES ('${DRAINER}', ?, ?, ?)
      ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, life = excluded.life, ends_at = excluded.ends_at`,
    args: [holder, life, endsAt],
  }),

  /** Changes nothing where another life drains by now. */
  renew: (life: string, endsAt: number): Statement => ({ sql: 'UPDATE drainers SET ends_at = ? WHERE life = ?', args: [endsAt, life] }),

  end: (position: number, state: DeliveryState, detail: string): Statement => ({
    sql: "UPDATE deliveries SET state = ?, holder = '', detail = ? WHERE position = ? AND state = 'waiting'",
    args: [state, detail, position],
  }),

  /** What is told in the same words is no twin of it. */
  mayRepeat: (position: number): Statement => ({
    sql: "UPDATE deliveries SET content = '' WHERE position = ? AND state = 'waiting'",
    args: [position],
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

  setHead: (place: string, head: string, at: string): Statement => ({
    sql: 'INSERT INTO heads (place, head, at) VALUES (?, ?, ?) ON CONFLICT (place) DO UPDATE SET head = excluded.head, at = excluded.at',
    args: [place, head, at],
  }),

  /** A comment that is older commands nothing, whoever tells of it; and a button's delivery is another one by then. */
  pruneAnswers: (before: string): Statement => ({ sql: "DELETE FROM heads WHERE place LIKE 'answer/%' AND at < ?", args: [before] }),

  /** The newest are kept however old they are: whoever runs checks of an old commit again must not take a quiet branch back. Repositories' ids are kept for good. */
  pruneBranches: (before: string, kept: number): Statement => ({
    sql: `DELETE FROM heads WHERE at < ? AND place NOT LIKE 'repository %' AND place NOT LIKE 'answer/%'
      AND place NOT IN (SELECT place FROM heads WHERE place NOT LIKE 'repository %' AND place NOT LIKE 'answer/%' ORDER BY at DESC, place LIMIT ?)`,
    args: [before, kept],
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
