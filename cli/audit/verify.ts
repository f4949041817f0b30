import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { LEDGER_TREE, ledgerHash } from '../../adapters/ledger/hashing.ts';
import { readVerifierKey } from '../../adapters/ledger/note-keys.ts';
import { type Checkpoint, openCheckpoint } from '../../domain/audit/checkpoint.ts';
import { isProof, PROOF_FORMAT, type ProofDocument, verifyProof } from '../../domain/audit/proof-document.ts';
import type { NoteVerifier } from '../../domain/audit/signed-note.ts';
import { ExportVerifier } from '../../domain/audit/verify-export.ts';
import { type Context, printJson } from '../context.ts';
import { CommandFailed, UsageError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';

export interface VerifyOptions {
  readonly key?: string;
  readonly checkpoint?: string;
  readonly json?: boolean;
}

interface Trust {
  verifier(key: string): NoteVerifier | undefined;
  readonly kept?: Checkpoint;
}

/** What came of it, for people and programs. */
interface Verdict {
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
  const proof = await readProof(file);
  const verdict = proof === undefined ? await verifyFile(file, trust) : judgeProof(proof, trust);
  const { out, err } = context.terminal;
  if (options.key === undefined) err.line('No --key was given: whoever made this file could have made its key too');
  if (options.json) printJson(context, verdict);
  else out.line(out.style(verdict.whole ? 'good' : 'bad', verdict.whole ? verdict.reason : `Not as it was written: ${verdict.reason}`));
  return verdict.whole ? EXIT.done : EXIT.failed;
}

async function trustOf({ key, checkpoint }: VerifyOptions): Promise<Trust> {
  const own = key === undefined ? undefined : await readKey(key);
  const verifier = own === undefined ? readVerifierKey : (given: string) => (sameKey(readVerifierKey(given), own) ? own : undefined);
  if (checkpoint === undefined) return { verifier };
  if (own === undefined) throw new UsageError('A checkpoint is checked with the key that signed it', 'give it with --key');
  const kept = openCheckpoint(await readText(checkpoint), own);
  if (kept === undefined)
    throw new UsageError(`${checkpoint} holds no checkpoint that this key signed`, 'see that both are of the same ledger');
  return { verifier, kept };
}

async function readKey(text: string): Promise<NoteVerifier> {
  const verifier = readVerifierKey(text) ?? readVerifierKey(await readText(text));
  if (verifier === undefined)
    throw new UsageError('--key is no public key of a ledger', "'tidegate audit export' has it in its first line, under key");
  return verifier;
}

function sameKey(one: NoteVerifier | undefined, other: NoteVerifier): boolean {
  return one?.name === other.name && one.id.every((byte, place) => byte === other.id[place]);
}

async function readProof(file: string): Promise<ProofDocument | undefined> {
  const head = await readHead(file);
  if (!head.includes(PROOF_FORMAT) || head.includes('"tidegate-ledger/')) return undefined;
  const value = parsed(await readText(file));
  if (!isProof(value)) throw new UsageError(`${file} is no whole proof`, "write it again with 'tidegate audit prove'");
  return value;
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

function judgeProof(proof: ProofDocument, { verifier }: Trust): Verdict {
  const verdict = verifyProof(proof, { verifier, hash: ledgerHash, tree: LEDGER_TREE, toBytes: (text) => Buffer.from(text) });
  const record = proof.record.sequence;
  if (verdict.kind === 'broken') return { whole: false, record, reason: verdict.reason };
  return {
    whole: true,
    record,
    reason: `Record ${record} is in the ledger ${verdict.checkpoint.origin}, of ${verdict.checkpoint.size} records`,
  };
}

async function verifyFile(file: string, trust: Trust): Promise<Verdict> {
  const verifier = new ExportVerifier({
    ...trust,
    hash: ledgerHash,
    tree: LEDGER_TREE,
    toHex: (hash) => Buffer.from(hash).toString('hex'),
    toBytes: (text) => Buffer.from(text),
  });
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
  const verdict = verifier.finish(rest === '');
  if (verdict.kind === 'broken') {
    const where = verdict.record === undefined ? `line ${verdict.line}` : `record ${verdict.record}, line ${verdict.line}`;
    return {
      whole: false,
      line: verdict.line,
      ...(verdict.record !== undefined && { record: verdict.record }),
      reason: `${where}: ${verdict.reason}`,
    };
  }
  const { checkpoint, erased } = verdict;
  const besides = erased === 0 ? '' : `; of ${erased} of them it was erased who did it and why, as later records say`;
  return {
    whole: true,
    records: checkpoint.size,
    erased,
    reason: `All ${checkpoint.size} records of ${checkpoint.origin} are as they were written${besides}`,
  };
}

async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    throw unreadable(file, error);
  });
}

function unreadable(file: string, error: unknown): CommandFailed {
  return new CommandFailed(
    `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    'look at its name and its mode',
    {
      cause: error,
    },
  );
}
