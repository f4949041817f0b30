import { canonicalJson } from '../../domain/canonical.ts';
import type { StagePass } from '../../domain/ledger.ts';
import type { ReleaseRecord } from '../../domain/release.ts';
import type { Statement } from './database.ts';

/**
 * Statements about releases, in the SQL that SQLite and PostgreSQL share.
 * Positions are counted within the transaction that writes them, so that none is left out.
 */
export const STATEMENTS = {
  allReleases: 'SELECT body FROM releases ORDER BY position',
  allPasses: 'SELECT application, number, stage, pipeline_revision, images, at FROM passes ORDER BY position',

  /** Fails when the number or the key is taken. */
  insertRelease: (key: string, record: ReleaseRecord): Statement => ({
    sql: `INSERT INTO releases (position, application, number, key, body)
      VALUES (coalesce((SELECT max(position) FROM releases), 0) + 1, ?, ?, ?, ?)`,
    args: [record.application, record.number, key, canonicalJson(record)],
  }),

  release: (application: string, number: number): Statement => ({
    sql: 'SELECT body FROM releases WHERE application = ? AND number = ?',
    args: [application, number],
  }),

  /** The newest; a body is canonical JSON, in which no text of another member can look like this one. */
  releaseOfCommit: (application: string, commit: string): Statement => ({
    sql: 'SELECT body FROM releases WHERE application = ? AND body LIKE ? ORDER BY number DESC LIMIT 1',
    args: [application, `%"commit":"${commit}"%`],
  }),

  releaseByKey: (application: string, key: string): Statement => ({
    sql: 'SELECT body FROM releases WHERE application = ? AND key = ?',
    args: [application, key],
  }),

  newest: (application: string): Statement => ({
    sql: 'SELECT max(number) AS number FROM releases WHERE application = ?',
    args: [application],
  }),

  releases: (before: number, limit: number, application: string | undefined): Statement =>
    application === undefined
      ? { sql: 'SELECT position, body FROM releases WHERE position < ? ORDER BY position DESC LIMIT ?', args: [before, limit] }
      : {
          sql: 'SELECT position, body FROM releases WHERE application = ? AND position < ? ORDER BY position DESC LIMIT ?',
          args: [application, before, limit],
        },

  recordPass: (application: string, number: number, pass: StagePass): Statement => ({
    sql: `INSERT INTO passes (position, application, number, stage, pipeline_revision, images, at)
      VALUES (coalesce((SELECT max(position) FROM passes), 0) + 1, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (application, number, stage, pipeline_revision, images) DO NOTHING`,
    args: [application, number, pass.stage, pass.pipelineRevision, canonicalJson(pass.images), pass.at],
  }),

  passes: (application: string, number: number): Statement => ({
    sql: 'SELECT stage, pipeline_revision, images, at FROM passes WHERE application = ? AND number = ? ORDER BY position',
    args: [application, number],
  }),

  version: 'SELECT max(version) AS version FROM ledger_versions',
} as const;
