import { LEDGER_TREE } from '../../adapters/ledger/hashing.ts';
import type { Checkpoint } from '../../domain/audit/checkpoint.ts';
import { type GrowthDocument, verifyGrowth } from '../../domain/audit/growth-document.ts';
import type { ApiClient } from '../client/api-client.ts';
import { type CommonOptions, type Context, connect, printJson } from '../context.ts';
import { CommandFailed, UsageError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { readKept, type Trust, trustOf } from './trust.ts';
import { writeText } from './write-file.ts';

export interface ProveOptions extends CommonOptions {
  readonly since?: string;
  readonly key?: string;
  readonly output?: string;
}

/** A record with all that proves it, or that the ledger has only grown since a moment. */
export async function prove(context: Context, sequence: number | undefined, options: ProveOptions): Promise<ExitCode> {
  const { since, output } = options;
  if ((sequence === undefined) === (since === undefined))
    throw new UsageError('One thing is proved at a time', "give a record's number, or --since with a checkpoint or a number of records");
  const client = await connect(context, options);
  const proof = sequence === undefined ? await growthSince(client, since ?? '', options) : await client.auditProof(sequence);
  if (output === undefined) printJson(context, proof);
  else {
    await writeText(output, `${JSON.stringify(proof, null, 2)}\n`);
    context.terminal.err.line(`The proof is in ${output}; 'tidegate audit verify ${output}' takes it`);
  }
  return EXIT.done;
}

/** Of a kept checkpoint it is looked at once whether the proof holds: a ledger that is not what it was proves nothing. Throws CommandFailed. */
async function growthSince(client: ApiClient, since: string, options: ProveOptions): Promise<GrowthDocument> {
  if (/^[1-9]\d{0,14}$/.test(since)) return client.auditGrowth(Number(since));
  const trust = await trustOf({ ...(options.key !== undefined && { key: options.key }) });
  const { size, key } = await client.auditCheckpoint();
  const kept = await readKept(since, verifierOf(key, trust));
  if (kept.size > size) throw contradicted(since, `it has ${size} records, and had ${kept.size}`);
  const document = await client.auditGrowth(kept.size);
  const verdict = verifyGrowth(document, { ...trust, kept, tree: LEDGER_TREE });
  if (verdict.kind === 'broken') throw contradicted(since, verdict.reason, kept);
  return document;
}

function verifierOf(key: string, { verifier }: Trust) {
  const found = verifier(key);
  if (found === undefined)
    throw new CommandFailed("The server's ledger has another key than --key", 'see that both are of the same ledger');
  return found;
}

function contradicted(file: string, reason: string, kept?: Checkpoint): CommandFailed {
  const which = kept === undefined ? file : `${file}, of ${kept.size} records`;
  return new CommandFailed(
    `The ledger is not what it was when the checkpoint ${which}, was signed: ${reason}`,
    "keep that checkpoint, and look who changed the ledger; 'tidegate audit verify' says more",
  );
}
