import type { LedgerEntry } from '../../domain/ledger.ts';
import type { Dialect, Transaction } from './database.ts';
import type { Step } from './migrate.ts';
import { PASSING } from './record-statements.ts';
import { sealEntries } from './seal.ts';

/** Steps that make a ledger of version n from one of version n - 1; the first makes it from nothing. Never changed once released. */
export const MIGRATIONS: readonly (readonly Step[])[] = [
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
    ...['releases', 'entries', 'passes'].map(appendOnly),
  ],
  [
    `CREATE TABLE records (
      sequence BIGINT NOT NULL PRIMARY KEY,
      key TEXT NOT NULL UNIQUE,
      application TEXT NOT NULL,
      number BIGINT NOT NULL,
      action TEXT NOT NULL,
      actor TEXT NOT NULL,
      at TEXT NOT NULL,
      leaf TEXT NOT NULL,
      commitment TEXT NOT NULL,
      facts TEXT NOT NULL,
      personal TEXT NOT NULL
    )`,
    'CREATE INDEX records_of_application ON records (application, sequence)',
    'CREATE INDEX records_of_actor ON records (actor, sequence)',
    `CREATE TABLE nodes (
      level BIGINT NOT NULL,
      place BIGINT NOT NULL,
      hash TEXT NOT NULL,
      PRIMARY KEY (level, place)
    )`,
    `CREATE TABLE checkpoints (
      origin TEXT NOT NULL,
      size BIGINT NOT NULL,
      note TEXT NOT NULL,
      PRIMARY KEY (origin, size)
    )`,
    ...['nodes', 'checkpoints'].map(appendOnly),
    erasable,
    moveEntries,
    'DROP TABLE entries',
  ],
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
    ...['standing', 'standing_changes'].map(appendOnly),
  ],
  [
    `CREATE TABLE tokens (
      id TEXT NOT NULL PRIMARY KEY,
      hash TEXT NOT NULL UNIQUE,
      person TEXT NOT NULL,
      body TEXT NOT NULL,
      created_at TEXT NOT NULL,
      revoked_at TEXT NOT NULL,
      revoked_by TEXT NOT NULL,
      used_at TEXT NOT NULL
    )`,
    `CREATE TABLE identities (
      issuer TEXT NOT NULL,
      subject TEXT NOT NULL,
      name TEXT NOT NULL UNIQUE,
      skeleton TEXT NOT NULL UNIQUE,
      body TEXT NOT NULL,
      PRIMARY KEY (issuer, subject)
    )`,
    appendOnly('identities'),
  ],
  [
    `CREATE TABLE stage_turns (
      position BIGINT NOT NULL PRIMARY KEY,
      key TEXT NOT NULL UNIQUE,
      application TEXT NOT NULL,
      number BIGINT NOT NULL,
      stage TEXT NOT NULL,
      body TEXT NOT NULL
    )`,
    'CREATE INDEX stage_turns_of_release ON stage_turns (application, number)',
    appendOnly('stage_turns'),
  ],
  [
    `CREATE TABLE ledger_keys (
      origin TEXT NOT NULL PRIMARY KEY,
      key TEXT NOT NULL
    )`,
    appendOnly('ledger_keys'),
  ],
  [
    "ALTER TABLE records ADD COLUMN content TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX records_of_content ON records (content) WHERE content <> ''",
    "CREATE INDEX records_with_content ON records (sequence) WHERE content <> ''",
    `CREATE INDEX records_of_passes ON records (application, number) WHERE ${PASSING}`,
  ],
];

/** Has the database itself refuse changes and deletions, whoever asks for them. */
function appendOnly(table: string): Step {
  return async (transaction, dialect) => {
    for (const verb of ['UPDATE', 'DELETE']) await transaction.write(refusal(dialect, { table, verb, when: '' }));
  };
}

const UNCHANGED = ['sequence', 'application', 'number', 'action', 'at', 'leaf', 'commitment', 'facts'].map(
  (column) => `NEW.${column} = OLD.${column}`,
);

/** Of a record nothing can be changed but this: who did it and why can go, and its key with it, as that may name a person. */
async function erasable(transaction: Transaction, dialect: Dialect): Promise<void> {
  const erased = ["NEW.personal = ''", "NEW.actor = ''", "NEW.key = 'erased/' || OLD.sequence", ...UNCHANGED].join(' AND ');
  await transaction.write(refusal(dialect, { table: 'records', verb: 'DELETE', when: '' }));
  await transaction.write(refusal(dialect, { table: 'records', verb: 'UPDATE', when: `WHEN (NOT (${erased}))` }));
}

function refusal(
  dialect: Dialect,
  { table, verb, when }: { readonly table: string; readonly verb: string; readonly when: string },
): string[] {
  const name = `${table}_refuse_${verb.toLowerCase()}`;
  const words = `${table} are appended and never changed`;
  if (dialect === 'sqlite') return [`CREATE TRIGGER ${name} BEFORE ${verb} ON ${table} ${when} BEGIN SELECT RAISE(ABORT, '${words}'); END`];
  return [
    `CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '${words}'; END $$`,
    `CREATE TRIGGER ${name} BEFORE ${verb} ON ${table} FOR EACH ROW ${when} EXECUTE FUNCTION ${name}()`,
  ];
}

const AT_ONCE = 500;

/** Entries of ledgers that had no tree yet become records, in their order. */
async function moveEntries(transaction: Transaction): Promise<void> {
  for (let after = 0; ; ) {
    const rows = await transaction.read({
      sql: 'SELECT sequence, body FROM entries WHERE sequence > ? ORDER BY sequence LIMIT ?',
      args: [after, AT_ONCE],
    });
    if (rows.length === 0) return;
    await sealEntries(
      transaction,
      rows.map((row) => JSON.parse(String(row.body)) as LedgerEntry),
    );
    after = Number(rows.at(-1)?.sequence);
  }
}
