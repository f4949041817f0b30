import { erasedKey } from '../../domain/audit/record.ts';
import type { LedgerAction } from '../../domain/ledger.ts';
import type { HashedNode } from '../../domain/merkle/frontier.ts';
import type { StoredRun } from '../../domain/merkle/stored-nodes.ts';
import { chunks, placesFor } from './chunks.ts';
import type { Statement, Value } from './database.ts';

/** A record as the database has it. `personal` is empty once it was erased. */
export interface RecordRow {
  readonly sequence: number;
  readonly key: string;
  readonly application: string;
  readonly number: number;
  readonly action: string;
  readonly actor: string;
  readonly at: string;
  readonly leaf: string;
  readonly commitment: string;
  readonly facts: string;
  readonly personal: string;
  /** Where a record is looked for by what it vouches for; empty where it is for nothing. */
  readonly content: string;
}

const COLUMNS = [
  'sequence',
  'key',
  'application',
  'number',
  'action',
  'actor',
  'at',
  'leaf',
  'commitment',
  'facts',
  'personal',
  'content',
] as const;

/** As the index over them has it. */
export const PASSING = "action IN ('stage-passed', 'stage-taken-back')";

/** Which records are asked for; all that is given must fit. */
export interface RecordFilter {
  readonly application?: string;
  readonly release?: number;
  readonly actor?: string;
  readonly action?: string;
  /** ISO 8601 in UTC: from this moment on, and before that one. */
  readonly since?: string;
  readonly until?: string;
}

export interface RecordPage extends RecordFilter {
  /** After this sequence, and up to and with that one. */
  readonly after?: number;
  readonly last?: number;
  readonly limit: number;
  readonly newestFirst?: boolean;
}

/** Statements about records. */
export const RECORD_STATEMENTS = {
  insert: (rows: readonly RecordRow[]): readonly Statement[] => {
    // A ledger that is being moved here from an older form has no column for it yet.
    const columns = COLUMNS.filter((column) => column !== 'content' || rows.some(({ content }) => content !== ''));
    return inserts(
      `records (${columns.join(', ')})`,
      rows.map((row) => columns.map((column) => row[column])),
    );
  },

  /** Those of the keys that are there. */
  keys: (keys: readonly string[]): readonly Statement[] =>
    chunks(keys).map((some) => ({ sql: `SELECT key FROM records WHERE key IN (${placesFor(some)})`, args: some })),

  withKeys: (keys: readonly string[]): readonly Statement[] =>
    chunks(keys).map((some) => ({ sql: `SELECT * FROM records WHERE key IN (${placesFor(some)})`, args: some })),

  withContents: (contents: readonly string[]): readonly Statement[] =>
    chunks(contents).map((some) => ({
      sql: `SELECT * FROM records WHERE content IN (${placesFor(some)}) AND content <> ''`,
      args: some,
    })),

  /** Those of these actions that vouch for something, after one record and up to another. */
  vouching: (after: number, last: number, actions: readonly LedgerAction[]): Statement => ({
    sql: `SELECT * FROM records WHERE content <> '' AND sequence > ? AND sequence <= ? AND action IN (${placesFor(actions)}) ORDER BY sequence`,
    args: [after, last, ...actions],
  }),

  /** How the stages of a release passed and were taken back, in this order. */
  passing: (application: string, number: number): Statement => ({
    sql: `SELECT * FROM records WHERE application = ? AND number = ? AND ${PASSING} ORDER BY sequence`,
    args: [application, number],
  }),

  page: ({ after = 0, last = Number.MAX_SAFE_INTEGER, limit, newestFirst = false, ...filter }: RecordPage): Statement => {
    const wanted = conditions(filter);
    const where = ['sequence > ?', 'sequence <= ?', ...wanted.map(([condition]) => condition)].join(' AND ');
    return {
      sql: `SELECT * FROM records WHERE ${where} ORDER BY sequence ${newestFirst ? 'DESC' : 'ASC'} LIMIT ?`,
      args: [after, last, ...wanted.map(([, value]) => value), limit],
    };
  },

  one: (sequence: number): Statement => ({ sql: 'SELECT * FROM records WHERE sequence = ?', args: [sequence] }),

  byKey: (key: string): Statement => ({ sql: 'SELECT sequence FROM records WHERE key = ?', args: [key] }),

  under: (prefix: string): Statement => ({
    sql: 'SELECT * FROM records WHERE substr(key, 1, ?) = ? ORDER BY sequence',
    args: [prefix.length, prefix],
  }),

  erase: (sequence: number): Statement => ({
    sql: "UPDATE records SET key = ?, actor = '', personal = '' WHERE sequence = ? AND personal <> ''",
    args: [erasedKey(sequence), sequence],
  }),
} as const;

/** Statements about the tree over the records. */
export const TREE_STATEMENTS = {
  end: 'SELECT sequence, leaf FROM records ORDER BY sequence DESC LIMIT 1',

  leaves: (start: number, count: number): Statement => ({
    sql: 'SELECT leaf AS hash FROM records WHERE sequence > ? AND sequence <= ? ORDER BY sequence',
    args: [start, start + count],
  }),

  nodes: ({ level, start, count }: StoredRun): Statement => ({
    sql: 'SELECT hash FROM nodes WHERE level = ? AND place >= ? AND place < ? ORDER BY place',
    args: [level, start, start + count],
  }),

  insertNodes: (nodes: readonly HashedNode[]): readonly Statement[] =>
    inserts(
      'nodes (level, place, hash)',
      nodes.map(({ level, index, hash }) => [level, index, Buffer.from(hash).toString('hex')]),
    ),
} as const;

function conditions({ application, release, actor, action, since, until }: RecordFilter): (readonly [string, Value])[] {
  const all: readonly (readonly [string, Value | undefined])[] = [
    ['application = ?', application],
    ['number = ?', release],
    ['actor = ?', actor],
    ['action = ?', action],
    ['at >= ?', since],
    ['at < ?', until],
  ];
  return all.flatMap(([condition, value]) => (value === undefined ? [] : [[condition, value] as const]));
}

function inserts(into: string, rows: readonly (readonly Value[])[]): readonly Statement[] {
  return chunks(rows).map((some) => ({
    sql: `INSERT INTO ${into} VALUES ${some.map((row) => `(${placesFor(row)})`).join(', ')}`,
    args: some.flat(),
  }));
}
