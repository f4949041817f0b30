import type { InStatement } from '@libsql/client/sqlite3';
import { canonicalJson } from '../../domain/canonical.ts';
import type { LedgerEntry, StagePass } from '../../domain/ledger.ts';
import type { ReleaseRecord } from '../../domain/release.ts';

/**
 * Every statement of the ledger, in the SQL that SQLite and PostgreSQL share.
 * Positions and sequences are counted within the transaction that writes them, so that none is left out.
 */
export const STATEMENTS = {
  appendEntry: (entry: LedgerEntry): InStatement => ({
    sql: `INSERT INTO entries (sequence, key, application, body)
      VALUES (coalesce((SELECT max(sequence) FROM entries), 0) + 1, ?, ?, ?) ON CONFLICT (key) DO NOTHING`,
    args: [entry.key, entry.application ?? '', canonicalJson(entry)],
  }),

  entries: (after: number, limit: number, application: string | undefined): InStatement =>
    application === undefined
      ? { sql: 'SELECT sequence, body FROM entries WHERE sequence > ? ORDER BY sequence LIMIT ?', args: [after, limit] }
      : {
          sql: 'SELECT sequence, body FROM entries WHERE application = ? AND sequence > ? ORDER BY sequence LIMIT ?',
          args: [application, after, limit],
        },

  entry: (key: string): InStatement => ({ sql: 'SELECT sequence FROM entries WHERE key = ?', args: [key] }),

  entriesUnder: (prefix: string): InStatement => ({
    sql: 'SELECT sequence, body FROM entries WHERE substr(key, 1, ?) = ? ORDER BY sequence',
    args: [prefix.length, prefix],
  }),

  allReleases: 'SELECT body FROM releases ORDER BY position',
  allPasses: 'SELECT application, number, stage, pipeline_revision, images, at FROM passes ORDER BY position',

  /** Fails when the number or the key is taken. */
  insertRelease: (key: string, record: ReleaseRecord): InStatement => ({
    sql: `INSERT INTO releases (position, application, number, key, body)
      VALUES (coalesce((SELECT max(position) FROM releases), 0) + 1, ?, ?, ?, ?)`,
    args: [record.application, record.number, key, canonicalJson(record)],
  }),

  release: (application: string, number: number): InStatement => ({
    sql: 'SELECT body FROM releases WHERE application = ? AND number = ?',
    args: [application, number],
  }),

  releaseByKey: (application: string, key: string): InStatement => ({
    sql: 'SELECT body FROM releases WHERE application = ? AND key = ?',
    args: [application, key],
  }),

  newest: (application: string): InStatement => ({
    sql: 'SELECT max(number) AS number FROM releases WHERE application = ?',
    args: [application],
  }),

  releases: (before: number, limit: number, application: string | undefined): InStatement =>
    application === undefined
      ? { sql: 'SELECT position, body FROM releases WHERE position < ? ORDER BY position DESC LIMIT ?', args: [before, limit] }
      : {
          sql: 'SELECT position, body FROM releases WHERE application = ? AND position < ? ORDER BY position DESC LIMIT ?',
          args: [application, before, limit],
        },

  recordPass: (application: string, number: number, pass: StagePass): InStatement => ({
    sql: `INSERT INTO passes (position, application, number, stage, pipeline_revision, images, at)
      VALUES (coalesce((SELECT max(position) FROM passes), 0) + 1, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (application, number, stage, pipeline_revision, images) DO NOTHING`,
    args: [application, number, pass.stage, pass.pipelineRevision, canonicalJson(pass.images), pass.at],
  }),

  passes: (application: string, number: number): InStatement => ({
    sql: 'SELECT stage, pipeline_revision, images, at FROM passes WHERE application = ? AND number = ? ORDER BY position',
    args: [application, number],
  }),

  version: 'SELECT max(version) AS version FROM ledger_versions',
  insertVersion: (version: number): InStatement => ({ sql: 'INSERT INTO ledger_versions (version) VALUES (?)', args: [version] }),
} as const;
