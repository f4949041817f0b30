import { createReadStream } from 'node:fs';
import { LEDGER_TREE, ledgerHash } from '../../adapters/ledger/hashing.ts';
import type { Checkpoint } from '../../domain/audit/checkpoint.ts';
import { GROWTH_FORMAT, type GrowthDocument, isGrowth, verifyGrowth } from '../../domain/audit/growth-document.ts';
import { isProof, PROOF_FORMAT, type ProofDocument, verifyProof } from '../../domain/audit/proof-document.ts';
import { type ExportVerdict, ExportVerifier } from '../../domain/audit/verify-export.ts';
import { sameHash } from '../../domain/merkle/tree-hash.ts';
import { type CommonOptions, type Context, printJson } from '../context.ts';
import { UsageError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { readText, type Trust, type TrustOptions, trustOf, unreadable } from './trust.ts';

export interface VerifyOptions extends TrustOptions, CommonOptions {}

/** What came of it, for people and programs. */
export interface Verdict {
  readonly whole: boolean;
  readonly record?: number;
  readonly line?: number;
  readonly reason: string;
  readonly records?: number;
  readonly erased?: number;
}

/** Looks whether an export or a proof is what the ledger said, by hashes and keys alone. Ends with 1 when it is not. */
export async function verify(context: Context, file: string, options: VerifyOptions): Promise<ExitCode> {
  const trust = await trustOf(options);
  const document = await readDocument(file);
  const verdict = document === undefined ? await verifyFile(file, trust) : judge(document, trust);
  const { out, err } = context.terminal;
  if (options.key === undefined) err.line('No --key was given: whoever made this file could have made its key too');
  if (options.json) printJson(context, verdict);
  else out.line(out.style(verdict.whole ? 'good' : 'bad', wordsOf(verdict)));
  return verdict.whole ? EXIT.done : EXIT.failed;
}

export function wordsOf({ whole, reason }: Verdict): string {
  return whole ? reason : `Not as it was written: ${reason}`;
}

type Document = ProofDocument | GrowthDocument;

/** Undefined for what is neither kind of proof. Throws UsageError for one that is cut. */
async function readDocument(file: string): Promise<Document | undefined> {
  const head = await readHead(file);
  if (!(head.includes(PROOF_FORMAT) || head.includes(GROWTH_FORMAT)) || head.includes('"tidegate-ledger/')) return undefined;
  const value = parsed(await readText(file));
  if (isProof(value) || isGrowth(value)) return value;
  throw new UsageError(`${file} is no whole proof`, "write it again with 'tidegate audit prove'");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function readHead(file: string): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of createReadStream(file, { end: 199 })) chunks.push(Buffer.from(chunk as Uint8Array));
  } catch (error) {
    throw unreadable(file, error);
  }
  return Buffer.concat(chunks).toString();
}

function judge(document: Document, trust: Trust): Verdict {
  return document.format === GROWTH_FORMAT ? judgeGrowth(document, trust) : judgeProof(document, trust);
}

function judgeGrowth(growth: GrowthDocument, trust: Trust): Verdict {
  const verdict = verifyGrowth(growth, { ...trust, tree: LEDGER_TREE });
  if (verdict.kind === 'broken') return { whole: false, reason: verdict.reason };
  const { origin, size } = verdict.checkpoint;
  const from = trust.kept === undefined ? `${growth.size} records with the root that the proof names` : 'the checkpoint that you kept';
  return { whole: true, records: size, reason: `The ledger ${origin} has only grown, from ${from} to ${size} records` };
}

/** Whether a record is in the ledger that the proof's checkpoint is of. Throws UsageError where a kept checkpoint is of another moment: the proof does not reach it. */
export function judgeProof(proof: ProofDocument, { verifier, kept }: Trust): Verdict {
  const verdict = verifyProof(proof, { verifier, hash: ledgerHash, tree: LEDGER_TREE, toBytes: (text) => Buffer.from(text) });
  const record = proof.record.sequence;
  if (verdict.kind === 'broken') return { whole: false, record, reason: verdict.reason };
  if (kept !== undefined && !isAt(verdict.checkpoint, kept))
    return { whole: false, record, reason: `the checkpoint that you kept, of ${counted(kept.size)} too, is of other records` };
  return {
    whole: true,
    record,
    reason: `Record ${record} is in the ledger ${verdict.checkpoint.origin}, of ${counted(verdict.checkpoint.size)}`,
  };
}

function isAt({ size, root }: Checkpoint, kept: Checkpoint): boolean {
  if (size === kept.size) return sameHash(root, kept.root);
  throw new UsageError(
    `The proof is of a ledger of ${counted(size)}, and the checkpoint that you kept is of ${kept.size}: nothing in the proof holds one against the other`,
    "leave --checkpoint away; 'tidegate audit prove --since' with that checkpoint shows that the ledger has only grown",
  );
}

/** What reads an export, line by line. */
export function exportVerifier(trust: Trust): ExportVerifier {
  return new ExportVerifier({
    ...trust,
    hash: ledgerHash,
    tree: LEDGER_TREE,
    toHex: (hash) => Buffer.from(hash).toString('hex'),
    toBytes: (text) => Buffer.from(text),
  });
}

async function verifyFile(file: string, trust: Trust): Promise<Verdict> {
  const verifier = exportVerifier(trust);
  let rest = '';
  const stream = createReadStream(file, { encoding: 'utf8', highWaterMark: 1_048_576 });
  try {
    reading: for await (const chunk of stream) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (!verifier.take(line)) break reading;
    }
  } catch (error) {
    throw unreadable(file, error);
  }
  if (rest !== '') verifier.take(rest);
  return toVerdict(verifier.finish(rest === ''));
}

export function toVerdict(verdict: ExportVerdict): Verdict {
  if (verdict.kind === 'broken') {
    const { line, record, reason } = verdict;
    const where = record === undefined ? `line ${line}` : `record ${record}, line ${line}`;
    return { whole: false, line, ...(record !== undefined && { record }), reason: `${where}: ${reason}` };
  }
  const { checkpoint, erased } = verdict;
  const besides = erased === 0 ? '' : `; of ${erased} of them it was erased who did it and why, as later records say`;
  const all = checkpoint.size === 1 ? 'The 1 record' : `All ${checkpoint.size} records`;
  const are = checkpoint.size === 1 ? 'is as it was' : 'are as they were';
  return { whole: true, records: checkpoint.size, erased, reason: `${all} of ${checkpoint.origin} ${are} written${besides}` };
}

function counted(size: number): string {
  return size === 1 ? '1 record' : `${size} records`;
}
