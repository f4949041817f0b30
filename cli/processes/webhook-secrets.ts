import type { SecretResolver } from '../../adapters/secrets/resolve.ts';
import type { Installation } from '../../config/installation.ts';
import { SOURCES } from '../../domain/inbox/github-sources.ts';
import type { Secret } from '../../domain/secret.ts';
import type { SecretReference } from '../../domain/secret-reference.ts';
import { createSenderAuthenticator, type SenderAuthenticator } from '../../server/inbox/senders.ts';
import type { CheckAuthenticator, ServerLog, WebhookAuthenticator } from '../../server/ports.ts';
import { createCheckAuthenticator, createWebhookAuthenticator } from '../../server/webhooks.ts';
import { CommandFailed } from '../errors.ts';

/** A shorter secret can be found out by trying. */
const SHORTEST_SECRET = 16;
const AGAIN_AFTER_MS = 1_000;
const KEPT_MS = 10_000;

/** Every webhook by which an alarm is raised. Their secrets are read now, and again when something comes ten seconds later. Throws SecretMissing, CommandFailed. */
export async function signWebhooks(
  { environments, file }: Installation,
  secrets: SecretResolver,
  now: () => number = Date.now,
): Promise<WebhookAuthenticator> {
  const settings = environments.flatMap(({ name, webhooks }) => webhooks.map((webhook) => ({ ...webhook, environment: name })));
  const keys = settings.map((webhook) => ({ ...webhook, secrets: readLately(() => longEnough(webhook.secrets, file, secrets), now) }));
  await Promise.all(keys.map((key) => key.secrets()));
  return createWebhookAuthenticator(keys);
}

/** Every external check that can answer. Their secrets are read as those of alarms are. Throws SecretMissing, CommandFailed. */
export async function signChecks(
  { checks, file }: Installation,
  secrets: SecretResolver,
  now: () => number = Date.now,
): Promise<CheckAuthenticator> {
  const keys = checks.map(({ name, secrets: references }) => ({
    name,
    secrets: readLately(() => longEnough(references, file, secrets), now),
  }));
  await Promise.all(keys.map((key) => key.secrets()));
  return createCheckAuthenticator(keys);
}

/**
 * Everybody who may send what starts releases: GitHub and registries. Their secrets are read now, and again when something comes ten seconds later or while they cannot
 * be read: deliveries are a courtesy, and what is missing for them keeps nobody from rolling back.
 */
export async function knowSenders(
  { github, webhooks, file }: Installation,
  secrets: SecretResolver,
  log: ServerLog,
  now: () => number = Date.now,
): Promise<SenderAuthenticator> {
  const settings = [
    ...(github?.webhooks === undefined
      ? []
      : [{ source: SOURCES.hooks, proof: 'x-hub-signature-256' as const, secrets: github.webhooks.secrets }]),
    ...(github?.appSecret === undefined
      ? []
      : [{ source: SOURCES.app, proof: 'x-hub-signature-256' as const, secrets: [github.appSecret] }]),
    ...webhooks.map(({ name, ...webhook }) => ({ ...webhook, source: `images/${name}` })),
  ];
  const keys = settings.map(({ source, proof, ...webhook }) => ({
    source,
    header: proof,
    secrets: readLately(() => longEnough(webhook.secrets, file, secrets), now),
  }));
  const readings = keys.map(async ({ source, secrets: read }) =>
    read().catch((err: unknown) => log.error({ err, source }, 'Deliveries are not taken in before their secret can be read')),
  );
  await Promise.all(readings);
  return createSenderAuthenticator(keys);
}

/**
 * What was read counts for ten seconds, so that a secret that somebody has replaced opens nothing for longer. What could not be read is read again, once a second at most: whoever asks need
 * not have proved anything.
 */
function readLately<Value>(read: () => Promise<Value>, now: () => number): () => Promise<Value> {
  let reading: Promise<Value> | undefined;
  let until = 0;
  return () => {
    if (reading !== undefined && now() < until) return reading;
    until = now() + KEPT_MS;
    const begun = read().catch((error: unknown) => {
      until = Math.min(until, now() + AGAIN_AFTER_MS);
      throw error;
    });
    reading = begun;
    return begun;
  };
}

function longEnough(references: readonly SecretReference[], file: string, secrets: SecretResolver): Promise<Secret[]> {
  return Promise.all(
    references.map(async (reference) => {
      const secret = await secrets(reference);
      if (secret.reveal().length >= SHORTEST_SECRET) return secret;
      throw new CommandFailed(
        `The secret ${reference} is shorter than ${SHORTEST_SECRET} characters`,
        `make a longer one, for the webhook in ${file} and its sender`,
      );
    }),
  );
}
