import { GitHubRefused } from '../../activities/github/errors.ts';
import { knock, readRights } from '../../adapters/github/permissions.ts';
import { createSecretResolver, type SecretResolver } from '../../adapters/secrets/resolve.ts';
import type { Installation } from '../../config/installation.ts';
import type { RegistrySettings } from '../../config/settings/registry.ts';
import type { SecretReference } from '../../domain/secret-reference.ts';
import { gitHubClient, gitHubRepository } from '../../worker/connect-github.ts';
import { credentialsOf, registriesOf, type SignInSettings } from '../../worker/connect-registries.ts';
import { findConnection } from '../client/connection.ts';
import { type Context, loginsOf } from '../context.ts';
import { CommandError } from '../errors.ts';
import { processSettings } from '../processes/process-settings.ts';
import { givenTemporal } from '../processes/start-temporal.ts';
import { type Check, type Finding, fail, ok, warn } from './check.ts';
import { signInCheck } from './sign-in-check.ts';

/** From where registries are looked at. */
interface Sight {
  readonly secrets: SecretResolver;
  readonly settings: SignInSettings;
}

interface SenderSecrets {
  readonly name: string;
  readonly references: readonly SecretReference[];
}

/** The services around Tidegate, and the secrets that it needs for them. */
export function serviceChecks(context: Context, installation: Installation): readonly Check[] {
  const secrets = createSecretResolver({ env: context.environment.variables, directory: installation.directory });
  const sight = { secrets, settings: processSettings(context.environment) };
  return [
    { name: 'server', wayOut: "start it with 'tidegate up'", look: (signal) => server(context, installation, signal) },
    {
      name: 'Temporal',
      wayOut: "start it with 'tidegate up', or correct temporal.address or TEMPORAL_ADDRESS",
      look: () => temporal(context, installation),
    },
    ...installation.registries.map((registry) => registryCheck(registry, sight)),
    ...(installation.github ? [gitHubCheck(installation, installation.github, secrets)] : []),
    ...(installation.signIn ? [signInCheck(installation.signIn)] : []),
    ...installation.people.flatMap(({ name, token }) => (token === undefined ? [] : [secretCheck(`token of ${name}`, token, secrets)])),
    ...senderSecrets(installation).flatMap(({ name, references }) => references.map((reference) => secretCheck(name, reference, secrets))),
  ];
}

/** By what everybody who sends something is known. */
function senderSecrets({ environments, checks, github, webhooks }: Installation): readonly SenderSecrets[] {
  return [
    ...environments.flatMap(({ name, webhooks: ofAlarms }) =>
      ofAlarms.map((webhook) => ({ name: `webhook ${webhook.alarm} of ${name}`, references: webhook.secrets })),
    ),
    ...checks.map(({ name, secrets }) => ({ name: `check ${name}`, references: secrets })),
    ...(github?.webhooks ? [{ name: 'webhooks of GitHub', references: github.webhooks.secrets }] : []),
    ...(github?.appSecret ? [{ name: 'webhook of the GitHub App', references: [github.appSecret] }] : []),
    ...webhooks.map(({ name, secrets }) => ({ name: `webhook ${name}`, references: secrets })),
  ];
}

async function server(context: Context, installation: Installation, signal: AbortSignal): Promise<Finding> {
  try {
    const { url } = await findConnection({ config: installation.file }, context.environment, context.directory, loginsOf(context));
    const response = await fetch(`${url}/readyz`, { signal });
    const body = await response.text();
    if (response.ok) return ok(`answers at ${url}`);
    return fail(`at ${url} is not ready: ${body}`, "'tidegate up' restarts it together with what it needs");
  } catch (error) {
    if (error instanceof CommandError) return warn(error.message, "start it with 'tidegate up'");
    throw error;
  }
}

async function temporal(context: Context, installation: Installation): Promise<Finding> {
  const given = givenTemporal(installation, context.environment);
  if (given === undefined) return developmentServer(context);
  const { connectTemporal } = await import('../../temporal/connection.ts');
  const client = await connectTemporal(given);
  await client.connection.close();
  return ok(`answers at ${given.address}`);
}

/** None is given: `up` will start one, if it finds the program. */
async function developmentServer({ environment }: Context): Promise<Finding> {
  const { resolveTemporal } = await import('../../temporal/executable.ts');
  const { TEMPORAL_CLI, PATH } = environment.variables;
  const program = await resolveTemporal({ path: PATH ?? '', ...(TEMPORAL_CLI ? { configured: TEMPORAL_CLI } : {}) });
  return ok(`'tidegate up' starts a development server with ${program}`);
}

/** Signs in as every other client of the installation does. */
function registryCheck(registry: RegistrySettings, { secrets, settings }: Sight): Check {
  const { name, address, password } = registry;
  const alone = { registries: [registry] };
  return {
    name: `registry ${name}`,
    wayOut: `see that ${address} runs and can be reached from here, and correct its entry in the installation file`,
    look: async (signal) => {
      // Registries that let everybody in never ask for it.
      if (password !== undefined) await secrets(password);
      const registries = await registriesOf(alone, credentialsOf(alone, secrets, settings));
      return registries
        .ping(address, { signal })
        .then(() => ok(`answers at ${address}`))
        .finally(() => registries.close());
    },
  };
}

function gitHubCheck(installation: Installation, github: NonNullable<Installation['github']>, secrets: SecretResolver): Check {
  return {
    name: 'GitHub',
    wayOut: 'see that it can be reached from here, and that its token or private key is set',
    look: async (signal) => {
      const client = gitHubClient(github, secrets);
      const isApp = github.credentials.kind === 'app';
      try {
        await knock(client, isApp, signal);
        const fault = isApp ? await appFault(client, installation, signal) : undefined;
        if (fault !== undefined)
          return fail(fault, "'tidegate github check' tells all that is missing; the App's settings on GitHub have it");
        return ok(`${github.api} knows us; 'tidegate github check' tells what we may do there`);
      } catch (error) {
        if (error instanceof GitHubRefused) return fail(error.message, 'correct github in the installation file');
        throw error;
      }
    },
  };
}

/** The first repository at which the App is suspended or may do too little. Throws what readRights does, as where it is not installed. */
async function appFault(
  client: ReturnType<typeof gitHubClient>,
  installation: Installation,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (const { name } of installation.applications) {
    const repository = gitHubRepository(installation, name);
    if (repository === undefined) continue;
    const { fault, missing } = await readRights(client, repository, true, signal);
    const what =
      fault ?? (missing.length > 0 ? `The App lacks ${missing.map((one) => `${one.name}: ${one.access}`).join(', ')}` : undefined);
    if (what !== undefined) return `${what} at ${repository.owner}/${repository.repo}`;
  }
  return undefined;
}

function secretCheck(name: string, reference: string, secrets: SecretResolver): Check {
  return {
    name,
    wayOut: `set ${reference}`,
    look: async () => {
      await secrets(reference);
      return ok(`${reference} is set`);
    },
  };
}
