import { LEDGER_TREE } from '../../adapters/ledger/hashing.ts';
import { type Checkpoint, openCheckpoint, parseCheckpoint } from '../../domain/audit/checkpoint.ts';
import { type GrowthDocument, verifyGrowth } from '../../domain/audit/growth-document.ts';
import { type NoteVerifier, parseNote } from '../../domain/audit/signed-note.ts';
import type { ApiClient } from '../client/api-client.ts';
import { type CommonOptions, type Context, connect, printJson } from '../context.ts';
import { CommandFailed, UsageError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { onlyBy, readText, trustOf } from './trust.ts';
import { judgeProof } from './verify.ts';
import { writeText } from './write-file.ts';

export interface ProveOptions extends CommonOptions {
  readonly since?: string;
  readonly key?: string;
  readonly output?: string;
}

/** A record with all that proves it, or that the ledger has only grown since a moment; looked at before it is given to anybody. Throws CommandFailed. */
export async function prove(context: Context, sequence: number | undefined, options: ProveOptions): Promise<ExitCode> {
  const { since, output } = options;
  if ((sequence === undefined) === (since === undefined))
    throw new UsageError('One thing is proved at a time', "give a record's number, or --since with a checkpoint or a number of records");
  const client = await connect(context, options);
  const proof = sequence === undefined ? await growthSince(client, since ?? '', options) : await proofOf(client, sequence, options);
  if (output === undefined) printJson(context, proof);
  else {
    await writeText(output, `${JSON.stringify(proof, null, 2)}\n`);
    context.terminal.err.line(`The proof is in ${output}; 'tidegate audit verify ${output}' takes it`);
  }
  return EXIT.done;
}

async function proofOf(client: ApiClient, sequence: number, options: ProveOptions) {
  const { verifier } = await trustOf(keyOf(options));
  const proof = await client.audit.proof(sequence);
  const verdict = judgeProof(proof, { verifier });
  if (verdict.whole && verdict.record === sequence) return proof;
  throw new CommandFailed(`The ledger does not prove record ${sequence}: ${verdict.reason}`, LOOK);
}

/** A ledger that is not what it was proves nothing. Throws CommandFailed. */
async function growthSince(client: ApiClient, since: string, options: ProveOptions): Promise<GrowthDocument> {
  const trust = await trustOf(keyOf(options));
  const { size, key } = await client.audit.checkpoint();
  const verifier = trust.verifier(key);
  if (verifier === undefined)
    throw new CommandFailed("The server's ledger has another key than --key", 'see that both are of the same ledger');
  const from: Beginning = /^[1-9]\d{0,14}$/.test(since)
    ? { size: Number(since), what: `it had ${since} records` }
    : await keptAt(since, verifier);
  if (from.size > size) throw contradicted(from.what, `it has ${size} records now`);
  const document = await client.audit.growth(from.size);
  const verdict = verifyGrowth(document, { verifier: onlyBy(verifier), ...(from.kept && { kept: from.kept }), tree: LEDGER_TREE });
  if (verdict.kind === 'broken') throw contradicted(from.what, verdict.reason);
  if (document.size !== from.size) throw contradicted(from.what, `the server proves what it was with ${document.size} records`);
  return document;
}

interface Beginning {
  readonly size: number;
  readonly what: string;
  readonly kept?: Checkpoint;
}

/** A checkpoint that another key signed contradicts the ledger; what is no checkpoint says nothing of it. Throws CommandFailed, UsageError. */
async function keptAt(file: string, verifier: NoteVerifier): Promise<Beginning> {
  const note = await readText(file);
  const claimed = parseCheckpoint(parseNote(note)?.text ?? '');
  if (claimed === undefined) throw new UsageError(`${file} holds no checkpoint`, "'tidegate audit checkpoint' prints one");
  const what = `the checkpoint ${file}, of ${claimed.size} records, was signed`;
  const kept = openCheckpoint(note, verifier);
  if (kept === undefined)
    throw contradicted(what, "the ledger's key did not sign that checkpoint: it is of another ledger, or the key was changed");
  return { size: kept.size, what, kept };
}

function keyOf({ key }: ProveOptions): { readonly key?: string } {
  return key === undefined ? {} : { key };
}

const LOOK = "look who changed the ledger; 'tidegate audit verify' says more";

function contradicted(when: string, reason: string): CommandFailed {
  return new CommandFailed(`The ledger is not what it was when ${when}: ${reason}`, `keep what you have of it, and ${LOOK}`);
}
