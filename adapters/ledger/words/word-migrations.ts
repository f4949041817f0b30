import type { Step } from '../migrate.ts';

/** Steps that make a book of words of version n from one of version n - 1. Never changed once released. */
export const WORD_MIGRATIONS: readonly (readonly Step[])[] = [
  [
    `CREATE TABLE github_words (
      application TEXT NOT NULL,
      revision TEXT NOT NULL,
      context TEXT NOT NULL,
      release BIGINT NOT NULL,
      state TEXT NOT NULL,
      word TEXT NOT NULL,
      turn BIGINT NOT NULL,
      times BIGINT NOT NULL,
      outcome TEXT NOT NULL,
      tries BIGINT NOT NULL,
      due_at BIGINT NOT NULL,
      changed_at BIGINT NOT NULL,
      PRIMARY KEY (application, revision, context)
    )`,
    'CREATE INDEX github_words_untold ON github_words (application, outcome, due_at)',
    'CREATE INDEX github_words_changed ON github_words (changed_at)',
  ],
  [
    'ALTER TABLE github_words ADD COLUMN verdict TEXT',
    "UPDATE github_words SET verdict = word WHERE state IN ('success', 'failure')",
    // When it is looked at whether a word that was told again has arrived late; 0 where none is on its way.
    'ALTER TABLE github_words ADD COLUMN astray_due BIGINT NOT NULL DEFAULT 0',
  ],
  [
    // Deployments and check runs, beside the statuses.
    `CREATE TABLE github_details (
      application TEXT NOT NULL,
      revision TEXT NOT NULL,
      context TEXT NOT NULL,
      kind TEXT NOT NULL,
      environment TEXT NOT NULL,
      release BIGINT NOT NULL,
      rank BIGINT NOT NULL,
      word TEXT NOT NULL,
      turn BIGINT NOT NULL,
      times BIGINT NOT NULL,
      outcome TEXT NOT NULL,
      tries BIGINT NOT NULL,
      due_at BIGINT NOT NULL,
      astray_due BIGINT NOT NULL,
      changed_at BIGINT NOT NULL,
      PRIMARY KEY (application, revision, context)
    )`,
    'CREATE INDEX github_details_untold ON github_details (application, kind, outcome, due_at)',
    'CREATE INDEX github_details_ruler ON github_details (application, environment, kind, rank)',
    'CREATE INDEX github_details_changed ON github_details (changed_at)',
  ],
];
