import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LEDGER_TREE, ledgerHash } from '../../adapters/ledger/hashing.ts';
import type { LedgerStore } from '../../adapters/ledger/ledger-store.ts';
import { readVerifierKey } from '../../adapters/ledger/note-keys.ts';
import { openLedger } from '../../adapters/ledger/open-ledger.ts';
import { SqliteDatabase } from '../../adapters/ledger/sqlite-database.ts';
import { EXPORT_FORMAT, printLine } from '../../domain/audit/export-lines.ts';
import { isProof, verifyProof } from '../../domain/audit/proof-document.ts';
import { ExportVerifier } from '../../domain/audit/verify-export.ts';
import { canonicalJson } from '../../domain/canonical.ts';
import type { LedgerEntry } from '../../domain/ledger.ts';
import { machine } from '../machine.ts';
import { median, type Report, row } from '../report.ts';

export interface LedgerBenchOptions {
  readonly quick: boolean;
  readonly onProgress: (line: string) => void;
  readonly interrupted: AbortSignal;
}

/** So many records wait at once, as those of many releases do: they share transactions, in both ways of writing. */
const TOGETHER = 500;
const PROOFS = 500;
const PAGE = 1_000;

/** What the tree costs, beside inserts of the same entries without it; how long a proof takes, and how long it takes to look at everything. */
export async function benchLedger({ quick, onProgress, interrupted }: LedgerBenchOptions): Promise<Report> {
  const count = quick ? 20_000 : 1_000_000;
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-bench-ledger-'));
  const ledger = await openLedger({ file: join(folder, 'ledger.db'), deadlineMs: 60_000 });
  const plain = await PlainTable.open(join(folder, 'plain.db'));
  try {
    const appended = await timeAlternating(count, ledger, plain, onProgress, interrupted);
    onProgress(`Proving ${PROOFS} of ${count} records`);
    const proof = await timeProofs(ledger, count);
    onProgress('Verifying all of them');
    const verify = await timeVerification(ledger, count, interrupted);
    const rows = [
      row('append', 'µs a record', appended.ours, { 'inserts without a tree': appended.plain }),
      row('prove one', 'ms', proof.prove, {}),
      row('verify a proof', 'ms', proof.verify, {}),
      row('verify all', 'µs a record', verify, {}),
    ];
    const mebibytes = Math.round((await stat(join(folder, 'ledger.db'))).size / 2 ** 20);
    return {
      name: 'ledger',
      rows,
      facts: { records: count, 'appended a second': Math.round(1e6 / appended.ours), 'database, MiB': mebibytes, ...machine() },
    };
  } finally {
    ledger.close();
    plain.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function entryOf(index: number): LedgerEntry {
  return {
    key: `release/shop/${index}/run/7/vote`,
    action: 'vote',
    actor: 'rita',
    authentication: 'token tk_0123456789',
    requestId: `request-${index}`,
    application: 'shop',
    release: index,
    stage: 'production',
    planHash: `sha256:${'ab'.repeat(32)}`,
    reason: 'looks good on staging',
    at: '2026-01-01T00:00:00.000Z',
  };
}

/** In turns of a tenth, so that what else the machine does falls on both. Microseconds a record. */
async function timeAlternating(
  count: number,
  ledger: LedgerStore,
  plain: PlainTable,
  onProgress: (line: string) => void,
  interrupted: AbortSignal,
) {
  const spent = { ours: 0, plain: 0 };
  const turn = count / 10;
  for (let from = 0; from < count; from += turn) {
    interrupted.throwIfAborted();
    onProgress(`Appending, ${from} of ${count} so far`);
    spent.plain += await timed(() => inGroups(from, from + turn, (entries) => plain.append(entries)));
    spent.ours += await timed(() => inGroups(from, from + turn, (entries) => Promise.all(entries.map((entry) => ledger.append(entry)))));
  }
  return { ours: (spent.ours * 1_000) / count, plain: (spent.plain * 1_000) / count };
}

async function inGroups(from: number, to: number, write: (entries: readonly LedgerEntry[]) => Promise<unknown>): Promise<void> {
  for (let start = from; start < to; start += TOGETHER) {
    const end = Math.min(to, start + TOGETHER);
    await write(Array.from({ length: end - start }, (_, index) => entryOf(start + index)));
  }
}

/** Milliseconds. */
async function timeProofs(ledger: LedgerStore, count: number): Promise<{ readonly prove: number; readonly verify: number }> {
  await ledger.audit.checkpoint();
  const [prove, verify]: [number[], number[]] = [[], []];
  for (let index = 0; index < PROOFS; index++) {
    const sequence = 1 + ((index * 7_919) % count);
    let proof: unknown;
    prove.push(await timed(async () => (proof = await ledger.audit.prove(sequence))));
    verify.push(
      await timed(async () => {
        if (!isProof(proof) || verifyProof(proof, TRUST).kind !== 'whole') throw new Error(`The proof of record ${sequence} does not hold`);
      }),
    );
  }
  return { prove: median(prove), verify: median(verify) };
}

const TRUST = {
  verifier: readVerifierKey,
  hash: ledgerHash,
  tree: LEDGER_TREE,
  toHex: (hash: Uint8Array) => Buffer.from(hash).toString('hex'),
  toBytes: (text: string) => Buffer.from(text),
};

/** Microseconds a record, of the lines of an export as they are read. */
async function timeVerification(ledger: LedgerStore, count: number, interrupted: AbortSignal): Promise<number> {
  const verifier = new ExportVerifier(TRUST);
  const { checkpoint, key, checkpoints } = await ledger.audit.checkpoint();
  verifier.take(printLine({ format: EXPORT_FORMAT, checkpoint, key, checkpoints }).trimEnd());
  let spent = 0;
  for (let after = 0; after < count; after += PAGE) {
    interrupted.throwIfAborted();
    const lines = (await ledger.audit.records({ after, limit: PAGE })).map((record) => printLine(record).trimEnd());
    spent += await timed(async () => lines.forEach((line) => void verifier.take(line)));
  }
  const verdict = verifier.finish(true);
  if (verdict.kind === 'broken') throw new Error(`The ledger of the measurement does not verify: ${verdict.reason}`);
  return (spent * 1_000) / count;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

/** The same entries in the same database, as they would be kept without any proof. */
class PlainTable {
  readonly #database: SqliteDatabase;

  private constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  static async open(file: string): Promise<PlainTable> {
    const database = await SqliteDatabase.open(file, 60_000);
    await database.transaction(async (transaction) => {
      await transaction.write([
        'CREATE TABLE entries (sequence BIGINT NOT NULL PRIMARY KEY, key TEXT NOT NULL UNIQUE, application TEXT NOT NULL, actor TEXT NOT NULL, body TEXT NOT NULL)',
        'CREATE INDEX entries_of_application ON entries (application, sequence)',
        'CREATE INDEX entries_of_actor ON entries (actor, sequence)',
      ]);
    });
    return new PlainTable(database);
  }

  append(entries: readonly LedgerEntry[]): Promise<void> {
    return this.#database.transaction(async (transaction) => {
      const [end] = await transaction.read('SELECT coalesce(max(sequence), 0) AS sequence FROM entries');
      const first = Number(end?.sequence) + 1;
      for (let start = 0; start < entries.length; start += 100) {
        const some = entries.slice(start, start + 100);
        await transaction.write([
          {
            sql: `INSERT INTO entries VALUES ${some.map(() => '(?, ?, ?, ?, ?)').join(', ')} ON CONFLICT (key) DO NOTHING`,
            args: some.flatMap((entry, index) => [
              first + start + index,
              entry.key,
              entry.application ?? '',
              entry.actor,
              canonicalJson(entry),
            ]),
          },
        ]);
      }
    });
  }

  close(): void {
    this.#database.close();
  }
}
