import type { ExportedRecord } from '../../domain/audit/export-lines.ts';
import { GROWTH_FORMAT, type GrowthDocument } from '../../domain/audit/growth-document.ts';
import { PROOF_FORMAT, type ProofDocument } from '../../domain/audit/proof-document.ts';
import type { LedgerEntry } from '../../domain/ledger.ts';
import { toBase64 } from '../../domain/merkle/base64.ts';
import { proveConsistency, proveInclusion, rootAt } from '../../domain/merkle/proofs.ts';
import type { CheckpointKeeper } from './checkpoint-keeper.ts';
import { CHECKPOINT_STATEMENTS } from './checkpoint-statements.ts';
import type { Database, Row } from './database.ts';
import { allDifferences } from './differences.ts';
import { eraseIn } from './erasure.ts';
import { LEDGER_TREE } from './hashing.ts';
import type { LedgerAudit } from './ledger-store.ts';
import { RECORD_STATEMENTS, type RecordPage } from './record-statements.ts';
import type { RecordWriter } from './record-writer.ts';
import { readRecord } from './rows.ts';
import type { SqlDecisions } from './sql-decisions.ts';
import type { SqlPeople } from './sql-people.ts';
import { storedNodes } from './tree-rows.ts';
import type { Difference } from './vouching.ts';

/** What the ledger shows to whoever looks into it, and how it proves that. */
export class SqlAudit implements LedgerAudit {
  readonly #parts: AuditParts;
  readonly #database: Database;
  readonly #keeper: CheckpointKeeper;

  constructor(parts: AuditParts) {
    this.#parts = parts;
    this.#database = parts.database;
    this.#keeper = parts.keeper;
  }

  get key(): string {
    return this.#keeper.verifierKey;
  }

  async records(page: RecordPage): Promise<readonly ExportedRecord[]> {
    return (await this.#database.read(RECORD_STATEMENTS.page(page))).map(readExported);
  }

  async record(sequence: number): Promise<ExportedRecord | undefined> {
    const [row] = await this.#database.read(RECORD_STATEMENTS.one(sequence));
    return row && readExported(row);
  }

  async checkpoint(): Promise<{ readonly checkpoint: string; readonly size: number; readonly key: string; readonly checkpoints: number }> {
    const { note, size } = await this.#keeper.sign();
    const [row] = await this.#database.read(CHECKPOINT_STATEMENTS.count(this.#keeper.origin, size));
    return { checkpoint: note, size, key: this.key, checkpoints: Number(row?.count ?? 0) };
  }

  async checkpoints(after: number, last: number): Promise<readonly { readonly size: number; readonly checkpoint: string }[]> {
    const rows = await this.#database.read(CHECKPOINT_STATEMENTS.between(this.#keeper.origin, after, last));
    return rows.map((row) => ({ size: Number(row.size), checkpoint: String(row.note) }));
  }

  async prove(sequence: number): Promise<ProofDocument | undefined> {
    const found = await this.record(sequence);
    if (found === undefined) return undefined;
    const { note, size } = await this.#keeper.sign();
    const inclusion = await proveInclusion(sequence - 1, size, storedNodes(this.#database), LEDGER_TREE);
    const { hash: _, ...record } = found;
    return { format: PROOF_FORMAT, record, inclusion: inclusion.map(toBase64), checkpoint: note, key: this.key };
  }

  async proveGrowth(since: number): Promise<GrowthDocument | undefined> {
    const { note, size } = await this.#keeper.sign();
    if (since > size) return undefined;
    const read = storedNodes(this.#database);
    const root = toBase64(await rootAt(since, read, LEDGER_TREE));
    const consistency = (await proveConsistency(since, size, read, LEDGER_TREE)).map(toBase64);
    return { format: GROWTH_FORMAT, size: since, root, consistency, checkpoint: note, key: this.key };
  }

  differences(): Promise<readonly Difference[]> {
    const { database, decisions, people, now } = this.#parts;
    return allDifferences(database, decisions, people, now().toISOString());
  }

  async erase(sequences: readonly number[], entry: LedgerEntry): Promise<readonly number[]> {
    const { database, writer, decisions, people, now } = this.#parts;
    const needed = [...(await decisions.keysInForce()), ...(await people.keysInForce(now().toISOString()))];
    const erased = await writer.transaction((transaction) => eraseIn(transaction, sequences, { entry, needed }));
    if (erased.length > 0) await database.forget();
    return erased;
  }
}

export interface AuditParts {
  readonly database: Database;
  readonly writer: RecordWriter;
  readonly keeper: CheckpointKeeper;
  readonly decisions: SqlDecisions;
  readonly people: SqlPeople;
  readonly now: () => Date;
}

function readExported(row: Row): ExportedRecord {
  return { ...readRecord(row), hash: String(row.leaf) };
}
