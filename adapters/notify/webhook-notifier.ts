import { createHmac } from 'node:crypto';
import type { Notifier } from '../../activities/notices.ts';
import type { Secret } from '../../domain/secret.ts';

const DEADLINE_MS = 10_000;

export interface WebhookTarget {
  readonly url: string;
  /** What the messages are signed with. */
  readonly secret: Secret;
}

/** A receiver did not take a notice. Retryable: it is sent again under the same id. */
export class NoticeNotTaken extends Error {
  override readonly name = 'NoticeNotTaken';

  constructor(host: string, seen: string, options?: ErrorOptions) {
    super(`${host} did not take a notice: ${seen}. Look at 'notify' in tidegate.yaml, and at what listens there`, options);
  }
}

/** Posts notices as JSON, signed as Standard Webhooks 1.0 says: webhook-id, webhook-timestamp, and HMAC-SHA256 over both and the body. */
export function createWebhookNotifier(targets: readonly WebhookTarget[], now: () => number = Date.now): Notifier {
  return {
    async send(notice) {
      const body = JSON.stringify(notice);
      await Promise.all(targets.map((target) => post(target, { id: notice.id, timestamp: String(Math.floor(now() / 1000)), body })));
    },
  };
}

interface Message {
  readonly id: string;
  readonly timestamp: string;
  readonly body: string;
}

async function post({ url, secret }: WebhookTarget, message: Message): Promise<void> {
  const { host } = new URL(url);
  const answer = await fetch(url, {
    method: 'POST',
    redirect: 'error',
    headers: {
      'content-type': 'application/json',
      'user-agent': 'tidegate',
      'webhook-id': message.id,
      'webhook-timestamp': message.timestamp,
      'webhook-signature': `v1,${signature(secret, message)}`,
    },
    body: message.body,
    signal: AbortSignal.timeout(DEADLINE_MS),
  }).catch((error: unknown) => {
    throw new NoticeNotTaken(host, 'it does not answer', { cause: error });
  });
  await answer.body?.cancel();
  if (!answer.ok) throw new NoticeNotTaken(host, `it answers ${answer.status}`);
}

function signature(secret: Secret, { id, timestamp, body }: Message): string {
  return createHmac('sha256', secret.reveal()).update(`${id}.${timestamp}.${body}`).digest('base64');
}
