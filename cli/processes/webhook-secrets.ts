import type { SecretResolver } from '../../adapters/secrets/resolve.ts';
import type { Installation } from '../../config/installation.ts';
import type { Secret } from '../../domain/secret.ts';
import type { SecretReference } from '../../domain/secret-reference.ts';
import { createSenderAuthenticator, type SenderAuthenticator } from '../../server/inbox/senders.ts';
import type { CheckAuthenticator, WebhookAuthenticator } from '../../server/ports.ts';
import { createCheckAuthenticator, createWebhookAuthenticator } from '../../server/webhooks.ts';
import { CommandFailed } from '../errors.ts';

/** A shorter secret can be found out by trying. */
const SHORTEST_SECRET = 16;

/** Every webhook by which an alarm is raised. Throws SecretMissing, CommandFailed. */
export async function signWebhooks({ environments, file }: Installation, secrets: SecretResolver): Promise<WebhookAuthenticator> {
  const settings = environments.flatMap(({ name, webhooks }) => webhooks.map((webhook) => ({ ...webhook, environment: name })));
  const keys = settings.map(async (webhook) => ({ ...webhook, secrets: await longEnough(webhook.secrets, file, secrets) }));
  return createWebhookAuthenticator(await Promise.all(keys));
}

/** Every external check that can answer. Throws SecretMissing, CommandFailed. */
export async function signChecks({ checks, file }: Installation, secrets: SecretResolver): Promise<CheckAuthenticator> {
  const keys = checks.map(async ({ name, secrets: references }) => ({ name, secrets: await longEnough(references, file, secrets) }));
  return createCheckAuthenticator(await Promise.all(keys));
}

/** Everybody who may send what starts releases: GitHub and registries. Throws SecretMissing, CommandFailed. */
export async function knowSenders({ github, webhooks, file }: Installation, secrets: SecretResolver): Promise<SenderAuthenticator> {
  const settings = [
    ...(github?.webhooks === undefined
      ? []
      : [{ source: 'github', proof: 'x-hub-signature-256' as const, secrets: github.webhooks.secrets }]),
    ...webhooks.map(({ name, ...webhook }) => ({ ...webhook, source: `images/${name}` })),
  ];
  const keys = settings.map(async ({ source, proof, ...webhook }) => ({
    source,
    header: proof,
    secrets: await longEnough(webhook.secrets, file, secrets),
  }));
  return createSenderAuthenticator(await Promise.all(keys));
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
