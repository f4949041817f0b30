import { fromBase64, toBase64 } from '../merkle/base64.ts';
import type { Hash } from '../merkle/tree-hash.ts';
import { type NoteVerifier, openNote } from './signed-note.ts';

/** What a ledger was at a moment: all its records, in their order, in one hash (C2SP tlog-checkpoint). */
export interface Checkpoint {
  /** Which ledger: the name of its key too. */
  readonly origin: string;
  readonly size: number;
  readonly root: Hash;
}

/** The text that is signed. */
export function printCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${toBase64(root)}\n`;
}

/** Undefined for what is no checkpoint. Lines after the third are extensions, and mean nothing here. */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  const [origin = '', size = '', encoded = '', ...extensions] = text.split('\n');
  const root = fromBase64(encoded);
  const isWhole = extensions.at(-1) === '' && extensions.slice(0, -1).every((line) => line !== '');
  if (origin === '' || !isWhole || !/^(0|[1-9]\d{0,14})$/.test(size) || root?.length !== 32) return undefined;
  return { origin, size: Number(size), root };
}

/** The checkpoint in a note that this key signed, of the ledger that the key is for; undefined otherwise. */
export function openCheckpoint(note: string, verifier: NoteVerifier): Checkpoint | undefined {
  const text = openNote(note, verifier);
  const checkpoint = text === undefined ? undefined : parseCheckpoint(text);
  return checkpoint?.origin === verifier.name ? checkpoint : undefined;
}
