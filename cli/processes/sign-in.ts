import type { SecretResolver } from '../../adapters/secrets/resolve.ts';
import type { Installation } from '../../config/installation.ts';
import type { Person } from '../../domain/people/person.ts';
import type { Secret } from '../../domain/secret.ts';
import type { SecretReference } from '../../domain/secret-reference.ts';
import type { Authenticator, WebhookAuthenticator } from '../../server/ports.ts';
import { createAuthenticator } from '../../server/tokens.ts';
import { createWebhookAuthenticator } from '../../server/webhooks.ts';
import { CommandFailed } from '../errors.ts';
import { LOCAL_PERSON } from './connection-file.ts';

/** Everybody with a token: the people of the installation file, and whoever may read the data folder. Throws SecretMissing, CommandFailed. */
export async function signIn(installation: Installation, secrets: SecretResolver, local: Secret): Promise<Authenticator> {
  if (installation.people.some((person) => person.name === LOCAL_PERSON)) {
    throw new CommandFailed(
      `A person named ${LOCAL_PERSON} cannot be told from the server's own token`,
      `rename the person in ${installation.file}`,
    );
  }
  const people = installation.people.map(async ({ name, token }) => ({
    person: ownerOf(name),
    authentication: 'configured token',
    token: await secrets(token),
  }));
  const self = { person: ownerOf(LOCAL_PERSON), authentication: 'token of the data folder', token: local };
  return createAuthenticator([...(await Promise.all(people)), self]);
}

/** Where the installation gives no roles. */
function ownerOf(name: string): Person {
  return { name, groups: [], roles: [{ role: 'owner' }] };
}

/** A shorter secret can be found out by trying. */
const SHORTEST_SECRET = 16;

/** Every webhook by which an alarm is raised. Throws SecretMissing, CommandFailed. */
export async function signWebhooks({ environments, file }: Installation, secrets: SecretResolver): Promise<WebhookAuthenticator> {
  const settings = environments.flatMap(({ name, webhooks }) => webhooks.map((webhook) => ({ ...webhook, environment: name })));
  const keys = settings.map(async (webhook) => ({ ...webhook, secrets: await Promise.all(webhook.secrets.map(longEnough)) }));
  return createWebhookAuthenticator(await Promise.all(keys));

  async function longEnough(reference: SecretReference): Promise<Secret> {
    const secret = await secrets(reference);
    if (secret.reveal().length >= SHORTEST_SECRET) return secret;
    throw new CommandFailed(
      `The secret ${reference} is shorter than ${SHORTEST_SECRET} characters`,
      `make a longer one, for the webhook in ${file} and its sender`,
    );
  }
}
