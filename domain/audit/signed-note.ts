import { fromBase64, toBase64 } from '../merkle/base64.ts';

/** A text and who signed it (C2SP signed-note). The text ends with a line break. */
export interface SignedNote {
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

export interface NoteSignature {
  readonly name: string;
  /** The first four bytes are the key's id, the rest is what its algorithm makes. */
  readonly bytes: Uint8Array;
}

/** A key that notes are checked with; its id has four bytes. */
export interface NoteVerifier {
  readonly name: string;
  readonly id: Uint8Array;
  verify(text: string, signature: Uint8Array): boolean;
}

const ID_LENGTH = 4;
const MOST_SIGNATURES = 100;

export function printNote({ text, signatures }: SignedNote): string {
  return `${text}\n${signatures.map(({ name, bytes }) => `— ${name} ${toBase64(bytes)}\n`).join('')}`;
}

/** Undefined for what is no signed note. */
export function parseNote(note: string): SignedNote | undefined {
  const end = note.lastIndexOf('\n\n');
  if (end < 1 || !note.endsWith('\n') || hasControls(note)) return undefined;
  const signatures = note
    .slice(end + 2, -1)
    .split('\n')
    .map(parseSignature);
  const good = signatures.filter((signature) => signature !== undefined);
  if (good.length !== signatures.length || good.length > MOST_SIGNATURES) return undefined;
  return { text: note.slice(0, end + 1), signatures: good };
}

/** The text of a note that this key signed; undefined where it did not, whoever else did. */
export function openNote(note: string, verifier: NoteVerifier): string | undefined {
  const parsed = parseNote(note);
  const own = parsed?.signatures.filter(({ name, bytes }) => name === verifier.name && isOf(bytes, verifier.id)) ?? [];
  const isSigned = own.length === 1 && own.every(({ bytes }) => verifier.verify(parsed?.text ?? '', bytes.slice(ID_LENGTH)));
  return isSigned ? parsed?.text : undefined;
}

function parseSignature(line: string): NoteSignature | undefined {
  const [, name, encoded = ''] = /^— ([^\s+]+) (\S+)$/u.exec(line) ?? [];
  const bytes = fromBase64(encoded);
  return name === undefined || bytes === undefined || bytes.length <= ID_LENGTH ? undefined : { name, bytes };
}

function isOf(bytes: Uint8Array, id: Uint8Array): boolean {
  return id.length === ID_LENGTH && id.every((byte, place) => byte === bytes[place]);
}

function hasControls(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these are refused
  return /[\u0000-\u0009\u000b-\u001f]/.test(text);
}
