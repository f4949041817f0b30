import type { WebhookHeader } from '../../domain/alarm.ts';
import type { Secret } from '../../domain/secret.ts';
import type { Delivery } from '../ports.ts';
import { type SecretReading, secretsOf } from '../secret-reading.ts';
import { isClaimed, isProved } from '../webhook-signature.ts';

/** Who may send deliveries, and by which secrets they are known; `path` is for those that can sign nothing, and have a secret in their URL. */
export interface SenderKey {
  readonly source: string;
  readonly header: WebhookHeader | 'path';
  readonly secrets: readonly Secret[] | SecretReading;
}

/** Tells deliveries of the installation's sources from anybody's. Both throw SenderUnreadable while the secrets of a source cannot be read. */
export interface SenderAuthenticator {
  /** Whether a delivery whose body nobody has read yet may come from this source: a secret that was sent is right, a signature is one by its form. */
  mayBe(source: string, headers: Delivery['headers'], pathSecret?: string): Promise<boolean>;
  /** Whether a delivery comes from this source. */
  proves(source: string, delivery: Delivery, pathSecret?: string): Promise<boolean>;
}

const NO_BODY = Buffer.alloc(0);

export function createSenderAuthenticator(keys: readonly SenderKey[], now: () => number = Date.now): SenderAuthenticator {
  const keyOf = (source: string) => keys.find((key) => key.source === source);
  const proves = async (key: SenderKey, delivery: Delivery) =>
    isProved(delivery, headerOf(key.header), await secretsOf(key.secrets), now());
  return {
    mayBe: async (source, headers, pathSecret) => {
      const key = keyOf(source);
      if (key === undefined || isOutOfPlace(key, pathSecret)) return false;
      const delivery = shown(key, { headers, body: NO_BODY }, pathSecret);
      const isSigned = headerOf(key.header) !== 'authorization';
      return isSigned ? isClaimed(delivery, headerOf(key.header), now()) : proves(key, delivery);
    },
    proves: async (source, delivery, pathSecret) => {
      const key = keyOf(source);
      return key !== undefined && !isOutOfPlace(key, pathSecret) && proves(key, shown(key, delivery, pathSecret));
    },
  };
}

/** What comes by the path of those that sign nothing is not told twice from what is new: nobody else comes in there. */
function isOutOfPlace({ header }: SenderKey, pathSecret: string | undefined): boolean {
  return pathSecret !== undefined && header !== 'path';
}

/** A secret of the path is compared as one of a header would be. */
function shown({ header }: SenderKey, delivery: Delivery, pathSecret: string | undefined): Delivery {
  if (header !== 'path') return delivery;
  return { ...delivery, headers: pathSecret === undefined ? {} : { authorization: `Bearer ${pathSecret}` } };
}

function headerOf(header: SenderKey['header']): WebhookHeader {
  return header === 'path' ? 'authorization' : header;
}
