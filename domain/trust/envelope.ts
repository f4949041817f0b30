import { DSSE_ENVELOPE, type EvidenceDocument, SIGSTORE_BUNDLE } from './evidence.ts';

/** Bytes and the signatures over them: whose they are is still to be found out, and what they say read only then. */
export interface Envelope {
  readonly source: string;
  readonly format: 'simple-signing' | 'in-toto';
  readonly payload: Uint8Array;
  /** What was signed. */
  readonly message: Uint8Array;
  readonly signatures: readonly Uint8Array[];
}

/** Why a document counts for nothing. */
export interface Refused {
  readonly source: string;
  readonly reason: string;
}

const IN_TOTO = 'application/vnd.in-toto+json';
/** Each is tried with each key; more than these nobody attaches to one statement. */
const MOST_SIGNATURES = 4;
/** Bytes: those of the algorithms that are read have about seventy. */
const LONGEST_SIGNATURE = 512;

type Fields = Readonly<Record<string, unknown>>;

/** The signed bytes of a document, as far as its form says them. */
export function openDocument(document: EvidenceDocument): Envelope | Refused {
  const { source } = document;
  if (document.kind === 'unread') return { source, reason: document.reason };
  if (document.kind === 'simple-signing') {
    const signature = decodeBase64(document.signature);
    if (signature === undefined || !isSignature(signature)) return { source, reason: 'its signature is none' };
    return { source, format: 'simple-signing', payload: document.payload, message: document.payload, signatures: [signature] };
  }
  const fields = parseJson(document.bytes);
  if (fields === undefined) return { source, reason: 'it is no JSON' };
  const envelope = document.kind === 'bundle' ? inBundle(fields) : fields;
  return typeof envelope === 'string'
    ? { source, reason: envelope }
    : opened(source, envelope, document.kind === 'bundle' ? 1 : MOST_SIGNATURES);
}

/** The envelope of a bundle (sigstore/protobuf-specs, version 0.3), or why there is none that is read. */
function inBundle({ mediaType, dsseEnvelope, verificationMaterial }: Fields): Fields | string {
  if (mediaType !== SIGSTORE_BUNDLE) return `it is a bundle of another version: ${quoted(mediaType)}`;
  const material = fieldsOf(verificationMaterial) ?? {};
  if (material.publicKey === undefined) return 'it is signed with a certificate (keyless), and only public keys are known here';
  return fieldsOf(dsseEnvelope) ?? `it holds no ${DSSE_ENVELOPE}`;
}

function opened(source: string, { payloadType, payload, signatures }: Fields, most: number): Envelope | Refused {
  const refused = (reason: string): Refused => ({ source, reason });
  if (payloadType !== IN_TOTO) return refused(`its payload is of the unknown type ${quoted(payloadType)}`);
  const bytes = typeof payload === 'string' ? decodeBase64(payload) : undefined;
  if (bytes === undefined) return refused('its payload is no base64');
  if (!Array.isArray(signatures) || signatures.length < 1 || signatures.length > most)
    return refused(`it has not 1${most === 1 ? '' : ` to ${most}`} ${most === 1 ? 'signature' : 'signatures'}`);
  const decoded = signatures.map((one) => decodeBase64(String(fieldsOf(one)?.sig ?? '')));
  const good = decoded.filter((signature) => signature !== undefined).filter(isSignature);
  if (good.length < decoded.length) return refused('a signature of it is none');
  return { source, format: 'in-toto', payload: bytes, message: preAuthentication(IN_TOTO, bytes), signatures: good };
}

/** What a DSSE signature is over (secure-systems-lab/dsse, "PAE"). */
export function preAuthentication(type: string, payload: Uint8Array): Uint8Array {
  const head = new TextEncoder().encode(`DSSEv1 ${new TextEncoder().encode(type).length} ${type} ${payload.length} `);
  const message = new Uint8Array(head.length + payload.length);
  message.set(head);
  message.set(payload, head.length);
  return message;
}

function isSignature(bytes: Uint8Array): boolean {
  return bytes.length > 0 && bytes.length <= LONGEST_SIGNATURE;
}

/** The members of a JSON object in UTF-8; undefined for everything else. */
export function parseJson(bytes: Uint8Array): Fields | undefined {
  try {
    return fieldsOf(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
  } catch {
    return undefined;
  }
}

export function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

/** A word of a stranger's, short enough for a sentence. */
export function quoted(value: unknown): string {
  return JSON.stringify(typeof value === 'string' ? value.slice(0, 80) : null);
}

/** Both alphabets, as DSSE takes either; undefined for what is none of them. */
function decodeBase64(text: string): Uint8Array | undefined {
  const plain = text.replaceAll('-', '+').replaceAll('_', '/');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(plain)) return undefined;
  try {
    const binary = atob(plain);
    const bytes = new Uint8Array(binary.length);
    for (let place = 0; place < binary.length; place += 1) bytes[place] = binary.charCodeAt(place);
    return bytes;
  } catch {
    return undefined;
  }
}
