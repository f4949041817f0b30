import { createHmac } from 'node:crypto';
import type { Secret } from '../../../domain/secret.ts';
import type { CheckpointPlace } from './place.ts';

const DEADLINE_MS = 10_000;

/** Whoever listens at a URL: the note as the body, and with a secret its HMAC-SHA-256 in `tidegate-signature-256`. What it keeps cannot be read back. */
export function webhookPlace(url: string, secret: () => Promise<Secret | undefined>): CheckpointPlace {
  return {
    name: new URL(url).origin,
    async publish(note) {
      const key = await secret();
      const signature: Record<string, string> =
        key === undefined ? {} : { 'tidegate-signature-256': `sha256=${createHmac('sha256', key.reveal()).update(note).digest('hex')}` };
      const answer = await fetch(url, {
        method: 'POST',
        redirect: 'error',
        headers: { 'content-type': 'text/plain; charset=utf-8', 'user-agent': 'tidegate', ...signature },
        body: note,
        signal: AbortSignal.timeout(DEADLINE_MS),
      });
      await answer.body?.cancel();
      if (!answer.ok) throw new Error(`it answers ${answer.status}`);
    },
    read: async () => undefined,
  };
}
