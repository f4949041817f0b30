import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckAsker } from '../activities/checks.ts';
import type { ReadSecretVersions } from '../activities/hosts/ports.ts';
import type { BuildSecrets } from '../activities/images.ts';
import type { Notifier } from '../activities/notices.ts';
import type { DockerSettings } from '../adapters/docker/context.ts';
import { createDossierFiles, type DossierFiles } from '../adapters/dossiers/dossier-files.ts';
import { createCheckAsker } from '../adapters/notify/check-asker.ts';
import { createWebhookNotifier } from '../adapters/notify/webhook-notifier.ts';
import { createSecretResolver, type SecretResolver } from '../adapters/secrets/resolve.ts';
import { createSecretVersions } from '../adapters/secrets/versions.ts';
import type { Installation } from '../config/installation.ts';
import { answerPath } from '../domain/gates/check-question.ts';

/** What the process was started with; read once, in an entry point. */
export interface ProcessSettings {
  /** The variables that `${env:NAME}` may name. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly docker: DockerSettings;
}

/** What is kept of containers that failed, in the data folder. */
export function connectDossiers(installation: Installation): DossierFiles {
  return createDossierFiles(join(installation.data, 'dossiers'));
}

export function secretsOf(installation: Installation, { variables }: ProcessSettings): SecretResolver {
  return createSecretResolver({ env: variables, directory: installation.directory });
}

/** What the installation gives each application's builds; each is looked up when a build begins. */
export function buildSecretsOf({ applications }: Installation, secrets: SecretResolver): BuildSecrets {
  return async (application, id) => {
    const reference = new Map(Object.entries(applications.find(({ name }) => name === application)?.buildSecrets ?? {})).get(id);
    return reference === undefined ? undefined : secrets(reference);
  };
}

/** Tells secrets' versions apart by a key in the data folder. */
export function connectSecretVersions(installation: Installation, secrets: SecretResolver): ReadSecretVersions {
  return createSecretVersions(secrets, join(installation.data, 'secret-versions.key'));
}

/** An installation that names nobody tells nobody. */
export async function connectNotifier({ notify }: Installation, secrets: SecretResolver): Promise<Notifier> {
  return createWebhookNotifier(await Promise.all(notify.map(async ({ url, secret }) => ({ url, secret: await secrets(secret) }))));
}

/** Secrets are read at each question: one that is missing is told at the gate, and stops no worker. */
export function connectChecks(installation: Installation, secrets: SecretResolver): CheckAsker {
  const targets = installation.checks.map(({ secrets: references, ca, ...check }) => ({
    ...check,
    ...(ca !== undefined && { ca: () => readFile(ca, 'utf8') }),
    secrets: () => Promise.all(references.map((reference) => secrets(reference))),
  }));
  return createCheckAsker({ targets, answerTo: (question) => `${serverAddress(installation)}${answerPath(question)}` });
}

/** Where others reach the server. */
function serverAddress({ server }: Installation): string {
  return (server.url ?? `http://${server.address}:${server.port}`).replace(/\/$/, '');
}
