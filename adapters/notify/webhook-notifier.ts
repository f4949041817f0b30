import type { Notifier } from '../../activities/notices.ts';
import type { Secret } from '../../domain/secret.ts';
import { type SignedMessage, signedHeaders } from './standard-webhook.ts';

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

async function post({ url, secret }: WebhookTarget, message: SignedMessage): Promise<void> {
  const { host } = new URL(url);
  const answer = await fetch(url, {
    method: 'POST',
    redirect: 'error',
    headers: { 'content-type': 'application/json', 'user-agent': 'tidegate', ...signedHeaders(secret, message) },
    body: message.body,
    signal: AbortSignal.timeout(DEADLINE_MS),
  }).catch((error: unknown) => {
    throw new NoticeNotTaken(host, 'it does not answer', { cause: error });
  });
  await answer.body?.cancel();
  if (!answer.ok) throw new NoticeNotTaken(host, `it answers ${answer.status}`);
}
