import { canonicalJson } from '../../domain/canonical.ts';
import type { LedgerEntry, TakenBack } from '../../domain/ledger.ts';
import type { Statement } from './database.ts';

/** What became of passes since: `null` is a stage that passed once more. A pass is written once and never changed. */
export type StageTurn = TakenBack | null;

/** Statements about stages that passed, were taken back, and may have passed again; each is known by its entry. */
export const TURN_STATEMENTS = {
  add: (application: string, number: number, stage: string, turn: StageTurn, { key }: LedgerEntry): Statement => ({
    sql: `INSERT INTO stage_turns (position, key, application, number, stage, body)
      VALUES (coalesce((SELECT max(position) FROM stage_turns), 0) + 1, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING`,
    args: [key, application, number, stage, canonicalJson(turn)],
  }),

  /** Nothing for a stage that was never taken back: its pass says all. */
  passAgain: (application: string, number: number, stage: string, { key }: LedgerEntry): Statement => ({
    sql: `INSERT INTO stage_turns (position, key, application, number, stage, body)
      SELECT coalesce((SELECT max(position) FROM stage_turns), 0) + 1, ?, ?, ?, ?, ?
      WHERE EXISTS (SELECT 1 FROM stage_turns WHERE application = ? AND number = ? AND stage = ?) ON CONFLICT (key) DO NOTHING`,
    args: [key, application, number, stage, canonicalJson(null), application, number, stage],
  }),

  of: (application: string, number: number): Statement => ({
    sql: 'SELECT stage, body FROM stage_turns WHERE application = ? AND number = ? ORDER BY position',
    args: [application, number],
  }),
} as const;
