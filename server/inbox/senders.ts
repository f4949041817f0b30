import { randomBytes } from 'node:crypto';
import type { WebhookHeader } from '../../domain/alarm.ts';
import { Secret } from '../../domain/secret.ts';
import type { Delivery } from '../ports.ts';
import { isProved } from '../webhook-signature.ts';

/** Who may send deliveries, and by which secrets they are known; `path` is for those that can sign nothing, and have a secret in their URL. */
export interface SenderKey {
  readonly source: string;
  readonly header: WebhookHeader | 'path';
  readonly secrets: readonly Secret[];
}

/** Whether a delivery comes from this source. Takes as long, and says the same, for a source that there is not. */
export type SenderAuthenticator = (source: string, delivery: Delivery, pathSecret?: string) => boolean;

/** Tells deliveries of the installation's sources from anybody's. */
export function createSenderAuthenticator(keys: readonly SenderKey[], now: () => number = Date.now): SenderAuthenticator {
  const nobody: SenderKey = { source: '', header: 'x-hub-signature-256', secrets: [new Secret(randomBytes(32).toString('hex'))] };
  return (source, delivery, pathSecret) => {
    const known = keys.find((key) => key.source === source);
    const { header, secrets } = known ?? nobody;
    return isProved(header === 'path' ? fromPath(delivery, pathSecret) : delivery, headerOf(header), secrets, now()) && known !== undefined;
  };
}

/** A secret of the path is compared as one of a header would be. */
function fromPath(delivery: Delivery, pathSecret: string | undefined): Delivery {
  return { ...delivery, headers: pathSecret === undefined ? {} : { authorization: `Bearer ${pathSecret}` } };
}

function headerOf(header: SenderKey['header']): WebhookHeader {
  return header === 'path' ? 'authorization' : header;
}
