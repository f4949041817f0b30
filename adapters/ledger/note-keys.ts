import { createHash, createPrivateKey, createPublicKey, type KeyObject, randomBytes, sign, verify } from 'node:crypto';
import { type NoteVerifier, printNote } from '../../domain/audit/signed-note.ts';
import { fromBase64, toBase64 } from '../../domain/merkle/base64.ts';

/** Ed25519 as C2SP signed-note numbers it. */
const ED25519 = 1;
const SEED_LENGTH = 32;
/** PKCS #8 and SPKI (RFC 8410), up to the 32 bytes of the key. */
const PRIVATE_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const PUBLIC_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** Signs notes in a name. */
export interface NoteSigner {
  readonly name: string;
  /** The public key as others are given it: C2SP vkey. */
  readonly verifierKey: string;
  readonly verifier: NoteVerifier;
  /** The text, which ends with a line break, as a note with our signature. Ed25519 signs equal texts equally. */
  sign(text: string): string;
}

/** A new private key in the form that Go's `note.GenerateKey` gives it. */
export function makeSigningKey(name: string): string {
  const seed = randomBytes(SEED_LENGTH);
  return `PRIVATE+KEY+${name}+${hex(keyId(name, publicBytes(privateKey(seed))))}+${toBase64(Buffer.concat([Buffer.of(ED25519), seed]))}`;
}

/** Undefined for what is no private key of this form. */
export function readSigningKey(text: string): NoteSigner | undefined {
  const [, name = '', id, encoded = ''] = /^PRIVATE\+KEY\+([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(text.trim()) ?? [];
  const bytes = fromBase64(encoded);
  if (bytes?.length !== SEED_LENGTH + 1 || bytes[0] !== ED25519) return undefined;
  const key = privateKey(bytes.slice(1));
  const raw = publicBytes(key);
  return id === hex(keyId(name, raw)) ? signer(name, key, raw) : undefined;
}

/** The verifier that a C2SP vkey describes; undefined for what is none, and for other algorithms than Ed25519. */
export function readVerifierKey(text: string): NoteVerifier | undefined {
  const [, name = '', id, encoded = ''] = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(text.trim()) ?? [];
  const bytes = fromBase64(encoded);
  if (bytes?.length !== SEED_LENGTH + 1 || bytes[0] !== ED25519) return undefined;
  const raw = bytes.slice(1);
  return id === hex(keyId(name, raw)) ? noteVerifier(name, raw) : undefined;
}

function signer(name: string, key: KeyObject, raw: Uint8Array): NoteSigner {
  const id = keyId(name, raw);
  return {
    name,
    verifierKey: `${name}+${hex(id)}+${toBase64(Buffer.concat([Buffer.of(ED25519), raw]))}`,
    verifier: noteVerifier(name, raw),
    sign: (text) => printNote({ text, signatures: [{ name, bytes: Buffer.concat([id, sign(null, Buffer.from(text), key)]) }] }),
  };
}

function noteVerifier(name: string, raw: Uint8Array): NoteVerifier {
  const key = createPublicKey({ key: Buffer.concat([PUBLIC_PREFIX, raw]), format: 'der', type: 'spki' });
  return { name, id: keyId(name, raw), verify: (text, signature) => verify(null, Buffer.from(text), key, signature) };
}

function privateKey(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PRIVATE_PREFIX, seed]), format: 'der', type: 'pkcs8' });
}

function publicBytes(key: KeyObject): Buffer {
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(PUBLIC_PREFIX.length);
}

/** The first four bytes of SHA-256 over name, line break, algorithm and key. */
function keyId(name: string, raw: Uint8Array): Buffer {
  return createHash('sha256').update(`${name}\n`).update(Buffer.of(ED25519)).update(raw).digest().subarray(0, 4);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
