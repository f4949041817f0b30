import { LEDGER_TREE, ledgerHash } from '../../adapters/ledger/hashing.ts';
import type { LedgerStore } from '../../adapters/ledger/ledger-store.ts';
import { readVerifierKey } from '../../adapters/ledger/note-keys.ts';
import { openLedger } from '../../adapters/ledger/open-ledger.ts';
import { EXPORT_FORMAT, printLine } from '../../domain/audit/export-lines.ts';
import { isProof, verifyProof } from '../../domain/audit/proof-document.ts';
import { ExportVerifier } from '../../domain/audit/verify-export.ts';
import type { LedgerEntry } from '../../domain/ledger.ts';
import { machine } from '../machine.ts';
import { median, type Report, type Row, row } from '../report.ts';
import { type BenchDatabase, benchDatabases } from './databases.ts';
import { PlainTable } from './plain-table.ts';

export interface LedgerBenchOptions {
  readonly quick: boolean;
  readonly environment: NodeJS.ProcessEnv;
  readonly onProgress: (line: string) => void;
  readonly interrupted: AbortSignal;
}

/** So many records wait at once, as those of many releases do: they share transactions, in both ways of writing. */
const TOGETHER = 500;
const PROOFS = 500;
const PAGE = 1_000;

/** What the tree costs, beside inserts of the same entries without it; how long a proof takes, and how long it takes to look at everything: in each kind of database. */
export async function benchLedger(options: LedgerBenchOptions): Promise<Report> {
  const count = options.quick ? 20_000 : 1_000_000;
  const databases = await benchDatabases(options.environment);
  const rows: Row[] = [];
  const facts: Record<string, unknown> = { records: count };
  for (const kind of databases) {
    const begin = performance.now();
    const measured = await measure(kind, count, options);
    rows.push(...measured.rows);
    facts[`${kind.name}, appended a second`] = Math.round(1e6 / measured.appended);
    facts[`${kind.name}, MiB`] = measured.mebibytes;
    facts[`${kind.name}, minutes in all`] = Number(((performance.now() - begin) / 60_000).toFixed(1));
  }
  if (databases.length === 1) options.onProgress('Left out: PostgreSQL, as its programs are not there');
  return { name: 'ledger', rows, facts: { ...facts, ...machine() } };
}

async function measure(kind: BenchDatabase, count: number, { onProgress, interrupted }: LedgerBenchOptions) {
  const started = await kind.start();
  const tell = (line: string) => onProgress(`${kind.name}: ${line}`);
  const ledger = await openLedger({ ...started.place, deadlineMs: 60_000 });
  const plain = await PlainTable.make(await started.openPlain());
  try {
    const appended = await timeAlternating(count, ledger, plain, tell, interrupted);
    tell(`proving ${PROOFS} of ${count} records`);
    const proof = await timeProofs(ledger, count);
    tell('verifying all of them');
    const verify = await timeVerification(ledger, count, interrupted);
    const rows = [
      row(`${kind.name}: append`, 'µs a record', appended.ours, { 'inserts without a tree': appended.plain }),
      row(`${kind.name}: prove one`, 'ms', proof.prove, {}),
      row(`${kind.name}: verify a proof`, 'ms', proof.verify, {}),
      row(`${kind.name}: verify all`, 'µs a record', verify, {}),
    ];
    return { rows, appended: appended.ours, mebibytes: Math.round((await started.bytes()) / 2 ** 20) };
  } finally {
    ledger.close();
    plain.close();
    await started.stop();
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
    onProgress(`appending, ${from} of ${count} so far`);
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
