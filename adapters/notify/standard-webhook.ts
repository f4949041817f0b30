import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../../domain/secret.ts';

/** What is signed: https://www.standardwebhooks.com */
export interface SignedMessage {
  readonly id: string;
  /** Unix seconds. */
  readonly timestamp: string;
  readonly body: string;
}

/** How far the other side's clock, and the way of a message, may be off. */
const TOLERANCE_MS = 300_000;

/** The headers by which a message proves where it comes from. */
export function signedHeaders(secret: Secret, message: SignedMessage): Record<string, string> {
  return {
    'webhook-id': message.id,
    'webhook-timestamp': message.timestamp,
    'webhook-signature': `v1,${signature(secret, message).toString('base64')}`,
  };
}

/** Whether headers prove that a message with this id was signed by one of the secrets within five minutes; compared in constant time. */
export function isSigned(headers: Headers, id: string, body: string, secrets: readonly Secret[], now: number): boolean {
  const timestamp = headers.get('webhook-timestamp') ?? '';
  if (headers.get('webhook-id') !== id || !/^\d{1,12}$/.test(timestamp)) return false;
  const given = (headers.get('webhook-signature') ?? '').split(' ').slice(0, 10);
  const proofs = given.flatMap((text) => (/^v1,[A-Za-z0-9+/]{43}=$/.test(text) ? [Buffer.from(text.slice(3), 'base64')] : []));
  const fitting = secrets.flatMap((secret) => {
    const made = signature(secret, { id, timestamp, body });
    return proofs.filter((proof) => timingSafeEqual(proof, made));
  });
  return fitting.length > 0 && Math.abs(now - Number(timestamp) * 1_000) <= TOLERANCE_MS;
}

function signature(secret: Secret, { id, timestamp, body }: SignedMessage): Buffer {
  return createHmac('sha256', keyOf(secret.reveal())).update(`${id}.${timestamp}.${body}`).digest();
}

/** The key is the base64 behind `whsec_`; a secret of another form is the key itself. */
function keyOf(secret: string): Buffer | string {
  return secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : secret;
}
