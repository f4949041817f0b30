import { randomBytes } from 'node:crypto';
import type { WebhookHeader } from '../domain/alarm.ts';
import { Secret } from '../domain/secret.ts';
import type { CheckAuthenticator, WebhookAuthenticator } from './ports.ts';
import { type SecretReading, secretsOf } from './secret-reading.ts';
import { isProved } from './webhook-signature.ts';

/** An alarm that a monitoring system raises, and by which secrets it is known. */
export interface WebhookKey {
  readonly environment: string;
  readonly alarm: string;
  readonly header: WebhookHeader;
  readonly secrets: readonly Secret[] | SecretReading;
}

/** Tells messages of monitoring systems from anybody's. An alarm that there is not is judged as one whose secret nobody knows. */
export function createWebhookAuthenticator(keys: readonly WebhookKey[], now: () => number = Date.now): WebhookAuthenticator {
  const unknown = { header: 'x-hub-signature-256', secrets: [new Secret(randomBytes(32).toString('hex'))] } as const;
  return async ({ environment, alarm }, delivery) => {
    const known = keys.find((key) => key.environment === environment && key.alarm === alarm);
    const { header, secrets } = known ?? unknown;
    return isProved(delivery, header, await secretsOf(secrets), now()) && known !== undefined;
  };
}

/** An external check, and by which secrets its answers are known. */
export interface CheckKey {
  readonly name: string;
  readonly secrets: readonly Secret[] | SecretReading;
}

/** Tells answers of external checks from anybody's, as Standard Webhooks say. */
export function createCheckAuthenticator(keys: readonly CheckKey[], now: () => number = Date.now): CheckAuthenticator {
  const unknown = [new Secret(randomBytes(32).toString('hex'))];
  return async (check, delivery) => {
    const known = keys.find(({ name }) => name === check);
    return isProved(delivery, 'webhook-signature', await secretsOf(known?.secrets ?? unknown), now()) && known !== undefined;
  };
}
