import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { WebhookHeader } from '../domain/alarm.ts';
import type { Secret } from '../domain/secret.ts';
import { bearerToken } from './authenticate.ts';
import type { Delivery } from './ports.ts';

/** How far the sender's clock and the way of a message may be off, where the sender signs when it sent it. */
const TOLERANCE_MS = 300_000;

/** What a message claims: proofs of which one must be right, and what is made with a secret to compare them with. */
interface Claim {
  readonly proofs: readonly Buffer[];
  readonly made: (secret: string) => Buffer;
  /** Unix seconds, where the sender says when it sent the message. */
  readonly sentAt?: number;
}

/**
 * Whether a message proves by its header that its sender has one of the secrets: HMAC SHA-256 over the raw bytes, or the secret itself. Every
 * proof is compared with every secret, in constant time. A message that says when it was sent is good for five minutes.
 */
export function isProved(delivery: Delivery, header: WebhookHeader, secrets: readonly Secret[], now: number): boolean {
  const claim = CLAIMS[header](delivery);
  const fitting = secrets.flatMap((secret) => {
    const made = claim.made(secret.reveal());
    return claim.proofs.filter((proof) => proof.length === made.length && timingSafeEqual(proof, made));
  });
  return fitting.length > 0 && isFresh(claim, now);
}

/** Whether a message whose body nobody has read yet bears a proof at all: one without can be refused before its body is taken in. */
export function isClaimed(delivery: Delivery, header: WebhookHeader, now: number): boolean {
  const claim = CLAIMS[header](delivery);
  return claim.proofs.length > 0 && isFresh(claim, now);
}

function isFresh({ sentAt }: Claim, now: number): boolean {
  return sentAt === undefined || Math.abs(now - sentAt * 1_000) <= TOLERANCE_MS;
}

const CLAIMS: Readonly<Record<WebhookHeader, (delivery: Delivery) => Claim>> = {
  authorization: ({ headers }) => ({
    proofs: [bearerToken(headers.authorization)].flatMap((token) => (token === undefined ? [] : [hash(token)])),
    made: hash,
  }),
  'x-hub-signature-256': ({ headers, body }) => ({
    proofs: hexOf(/^sha256=([0-9a-f]{64})$/i, headers['x-hub-signature-256']),
    made: (secret) => hmac(secret, body),
  }),
  'x-grafana-alerting-signature': grafana,
  'webhook-signature': standard,
};

/** Grafana signs the time before the body where its contact point names a header for that. */
function grafana({ headers, body }: Delivery): Claim {
  const time = one(headers['x-grafana-alerting-timestamp']);
  const proofs = hexOf(/^([0-9a-f]{64})$/i, headers['x-grafana-alerting-signature']);
  if (time === undefined) return { proofs, made: (secret) => hmac(secret, body) };
  return { proofs, sentAt: secondsOf(time), made: (secret) => hmac(secret, Buffer.concat([Buffer.from(`${time}:`), body])) };
}

/** https://www.standardwebhooks.com: several signatures, each `v1,` and base64; the key is the base64 behind `whsec_`. */
function standard({ headers, body }: Delivery): Claim {
  const [id = '', time = ''] = [one(headers['webhook-id']), one(headers['webhook-timestamp'])];
  const signatures = (one(headers['webhook-signature']) ?? '').split(' ').slice(0, 10);
  return {
    proofs: signatures.flatMap((text) => (/^v1,[A-Za-z0-9+/]{43}=$/.test(text) ? [Buffer.from(text.slice(3), 'base64')] : [])),
    sentAt: secondsOf(time),
    made: (secret) => hmac(keyOf(secret), Buffer.concat([Buffer.from(`${id}.${time}.`), body])),
  };
}

function keyOf(secret: string): Buffer | string {
  return secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : secret;
}

/** No time at all is as far off as can be. */
function secondsOf(text: string): number {
  return /^\d{1,12}$/.test(text) ? Number(text) : Number.NEGATIVE_INFINITY;
}

function hexOf(form: RegExp, header: string | string[] | undefined): Buffer[] {
  const digits = form.exec(one(header) ?? '')?.[1];
  return digits === undefined ? [] : [Buffer.from(digits, 'hex')];
}

function one(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}

function hmac(key: Buffer | string, content: Buffer): Buffer {
  return createHmac('sha256', key).update(content).digest();
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
