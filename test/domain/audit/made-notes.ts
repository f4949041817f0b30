import { LEDGER_TREE } from '../../../adapters/ledger/hashing.ts';
import { type NoteVerifier, printNote } from '../../../domain/audit/signed-note.ts';

const ID = Uint8Array.from([1, 2, 3, 4]);

/** A signature that anybody can make: the root of the text. What is tried is not the algorithm. */
const signatureOf = (text: string): Uint8Array => LEDGER_TREE.leaf(Buffer.from(text));

/** A key of this name and id. */
export const verifierOf = (name: string, id = ID): NoteVerifier => ({
  name,
  id,
  verify: (text, signature) => Buffer.from(signature).equals(signatureOf(text)),
});

export const signedBy = (text: string, name: string, id = ID, signature = signatureOf(text)) => ({
  name,
  bytes: Uint8Array.from([...id, ...signature]),
});

export const noteBy = (name: string, text: string): string => printNote({ text, signatures: [signedBy(text, name)] });
