import { readFile } from 'node:fs/promises';
import { readVerifierKey } from '../../adapters/ledger/note-keys.ts';
import { type Checkpoint, openCheckpoint } from '../../domain/audit/checkpoint.ts';
import type { NoteVerifier } from '../../domain/audit/signed-note.ts';
import { UsageError } from '../errors.ts';

export interface TrustOptions {
  /** A public key, or a file that holds it. */
  readonly key?: string;
  /** A file with a checkpoint that was kept. */
  readonly checkpoint?: string;
}

/** By what somebody holds the ledger against itself. */
export interface Trust {
  verifier(key: string): NoteVerifier | undefined;
  readonly kept?: Checkpoint;
}

/** Throws UsageError for a key or a checkpoint that cannot be used. */
export async function trustOf({ key, checkpoint }: TrustOptions): Promise<Trust> {
  const own = key === undefined ? undefined : await readKey(key);
  const verifier = own === undefined ? readVerifierKey : onlyBy(own);
  if (checkpoint === undefined) return { verifier };
  if (own === undefined) throw new UsageError('A checkpoint is checked with the key that signed it', 'give it with --key');
  return { verifier, kept: await readKept(checkpoint, own) };
}

/** Takes this key and no other. */
export function onlyBy(own: NoteVerifier): Trust['verifier'] {
  return (given) => (sameKey(readVerifierKey(given), own) ? own : undefined);
}

/** Throws UsageError. */
async function readKept(file: string, verifier: NoteVerifier): Promise<Checkpoint> {
  const kept = openCheckpoint(await readText(file), verifier);
  if (kept === undefined) throw new UsageError(`${file} holds no checkpoint that this key signed`, 'see that both are of the same ledger');
  return kept;
}

async function readKey(text: string): Promise<NoteVerifier> {
  const verifier = readVerifierKey(text) ?? readVerifierKey(await readText(text));
  if (verifier === undefined) throw new UsageError('--key is no public key of a ledger', "'tidegate audit key' prints it");
  return verifier;
}

function sameKey(one: NoteVerifier | undefined, other: NoteVerifier): boolean {
  return one?.name === other.name && one.id.every((byte, place) => byte === other.id[place]);
}

/** Throws UsageError: that a file is not there says nothing about the ledger. */
export async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    throw unreadable(file, error);
  });
}

export function unreadable(file: string, error: unknown): UsageError {
  const seen = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return new UsageError(`${file} cannot be read: ${seen}`, 'look at its name and its mode', { cause: error });
}
