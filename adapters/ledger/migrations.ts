/** Statements that make a ledger of version n from one of version n - 1; the first makes it from nothing. Never changed once released. */
export const MIGRATIONS: readonly (readonly string[])[] = [
  [
    `CREATE TABLE releases (
      position BIGINT NOT NULL PRIMARY KEY,
      application TEXT NOT NULL,
      number BIGINT NOT NULL,
      key TEXT NOT NULL,
      body TEXT NOT NULL,
      UNIQUE (application, number),
      UNIQUE (application, key)
    )`,
    `CREATE TABLE entries (
      sequence BIGINT NOT NULL PRIMARY KEY,
      key TEXT NOT NULL UNIQUE,
      application TEXT NOT NULL,
      body TEXT NOT NULL
    )`,
    'CREATE INDEX entries_of_application ON entries (application, sequence)',
    `CREATE TABLE passes (
      position BIGINT NOT NULL PRIMARY KEY,
      application TEXT NOT NULL,
      number BIGINT NOT NULL,
      stage TEXT NOT NULL,
      pipeline_revision TEXT NOT NULL,
      images TEXT NOT NULL,
      at TEXT NOT NULL,
      UNIQUE (application, number, stage, pipeline_revision, images)
    )`,
    ...['releases', 'entries', 'passes'].flatMap(appendOnly),
  ],
  [],
  [
    `CREATE TABLE standing (
      position BIGINT NOT NULL PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      application TEXT NOT NULL,
      environment TEXT NOT NULL,
      ends TEXT NOT NULL,
      body TEXT NOT NULL
    )`,
    'CREATE INDEX standing_now ON standing (ends)',
    `CREATE TABLE standing_changes (
      id TEXT NOT NULL,
      change TEXT NOT NULL,
      body TEXT NOT NULL,
      PRIMARY KEY (id, change)
    )`,
    ...['standing', 'standing_changes'].flatMap(appendOnly),
  ],
];

/** The table of versions is there before any migration: its primary key lets one process of several do each. */
export const VERSIONS = 'CREATE TABLE IF NOT EXISTS ledger_versions (version BIGINT NOT NULL PRIMARY KEY)';

/** The one part that is SQLite's own: PostgreSQL needs a function for it. */
function appendOnly(table: string): string[] {
  return ['UPDATE', 'DELETE'].map(
    (verb) =>
      `CREATE TRIGGER ${table}_refuse_${verb.toLowerCase()} BEFORE ${verb} ON ${table} BEGIN SELECT RAISE(ABORT, '${table} are appended and never changed'); END`,
  );
}
