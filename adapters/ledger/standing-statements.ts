import { canonicalJson } from '../../domain/canonical.ts';
import { endOf, type StandingDecision, scopeOf } from '../../domain/standing.ts';
import { chunks, placesFor } from './chunks.ts';
import type { Statement } from './database.ts';

/** Sorts after every moment. */
const NEVER = '9999';

/** What concerns all of them has an empty name. */
const EVERY = '';

const READ = `SELECT id, ends, body,
    (SELECT body FROM standing_changes WHERE standing_changes.id = standing.id AND change = 'ratified') AS ratified,
    (SELECT body FROM standing_changes WHERE standing_changes.id = standing.id AND change = 'ended') AS ended
  FROM standing`;

/** Statements about what people decided beforehand. Rows are appended: that a decision ended or was ratified is a row of its own. */
export const STANDING_STATEMENTS = {
  keep: (decision: StandingDecision): Statement => ({
    sql: `INSERT INTO standing (position, id, application, environment, ends, body)
      VALUES (coalesce((SELECT max(position) FROM standing), 0) + 1, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    args: [decision.id, ...columnsOf(decision), endOf(decision) ?? NEVER, canonicalJson(decision)],
  }),

  change: (id: string, change: 'ended' | 'ratified', body: object): Statement => ({
    sql: 'INSERT INTO standing_changes (id, change, body) VALUES (?, ?, ?) ON CONFLICT (id, change) DO NOTHING',
    args: [id, change, canonicalJson(body)],
  }),

  find: (id: string): Statement => ({ sql: `${READ} WHERE id = ?`, args: [id] }),

  /** What has not ended by itself, as the rows say. */
  all: (now: string): Statement => ({ sql: `${READ} WHERE ends > ? ORDER BY position`, args: [now] }),

  withIds: (ids: readonly string[]): readonly Statement[] =>
    chunks(ids).map((some) => ({ sql: `${READ} WHERE id IN (${placesFor(some)}) ORDER BY position`, args: some })),
} as const;

function columnsOf(decision: StandingDecision): [application: string, environment: string] {
  const { application = EVERY, environment = EVERY } = scopeOf(decision);
  return [application, environment];
}
