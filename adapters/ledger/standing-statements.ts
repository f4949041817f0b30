import { canonicalJson } from '../../domain/canonical.ts';
import { endOf, type StandingDecision, scopeOf } from '../../domain/standing.ts';
import type { Statement } from './database.ts';

/** Sorts after every moment. */
const NEVER = '9999';

/** What concerns all of them has an empty name. */
const EVERY = '';

const READ = `SELECT body,
    (SELECT body FROM standing_changes WHERE standing_changes.id = standing.id AND change = 'ratified') AS ratified,
    (SELECT body FROM standing_changes WHERE standing_changes.id = standing.id AND change = 'ended') AS ended
  FROM standing`;

const OPEN = `ends > ? AND NOT EXISTS (SELECT 1 FROM standing_changes WHERE standing_changes.id = standing.id AND change = 'ended')`;

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

  all: (now: string): Statement => ({ sql: `${READ} WHERE ${OPEN} ORDER BY position`, args: [now] }),

  concerning: (application: string, environment: string, now: string): Statement => ({
    sql: `${READ} WHERE application IN (?, ?) AND environment IN (?, ?) AND ${OPEN} ORDER BY position`,
    args: [EVERY, application, EVERY, environment, now],
  }),
} as const;

function columnsOf(decision: StandingDecision): [application: string, environment: string] {
  const { application = EVERY, environment = EVERY } = scopeOf(decision);
  return [application, environment];
}
