import type { Step } from '../migrate.ts';

/** Steps that make an inbox of version n from one of version n - 1. Never changed once released. */
export const INBOX_MIGRATIONS: readonly (readonly Step[])[] = [
  [
    `CREATE TABLE deliveries (
      position BIGINT NOT NULL PRIMARY KEY,
      source TEXT NOT NULL,
      id TEXT NOT NULL,
      event TEXT NOT NULL,
      content_type TEXT NOT NULL,
      body TEXT NOT NULL,
      size BIGINT NOT NULL,
      content TEXT NOT NULL,
      lane TEXT NOT NULL,
      received_at TEXT NOT NULL,
      state TEXT NOT NULL,
      attempts BIGINT NOT NULL,
      due_at BIGINT NOT NULL,
      holder TEXT NOT NULL,
      detail TEXT NOT NULL,
      UNIQUE (source, id)
    )`,
    'CREATE INDEX deliveries_due ON deliveries (state, due_at)',
    'CREATE INDEX deliveries_content ON deliveries (source, content)',
    'CREATE INDEX deliveries_lane ON deliveries (lane, position)',
    'CREATE INDEX deliveries_received ON deliveries (received_at)',
    `CREATE TABLE drainers (
      name TEXT NOT NULL PRIMARY KEY,
      holder TEXT NOT NULL,
      life TEXT NOT NULL,
      ends_at BIGINT NOT NULL
    )`,
    `CREATE TABLE subjects (
      subject TEXT NOT NULL PRIMARY KEY,
      position BIGINT NOT NULL,
      at TEXT NOT NULL
    )`,
    `CREATE TABLE heads (
      place TEXT NOT NULL PRIMARY KEY,
      head TEXT NOT NULL
    )`,
  ],
  ["ALTER TABLE heads ADD COLUMN at TEXT NOT NULL DEFAULT ''", 'CREATE INDEX heads_at ON heads (at)'],
];
