import type { RegistryCredential, RegistryCredentials } from '../activities/images.ts';
import { readCertificates } from '../adapters/registry/certificates.ts';
import {
  dockerConfigFile,
  fileCredentials,
  firstCredentials,
  givenCredentials,
  variableCredentials,
} from '../adapters/registry/credentials.ts';
import { connectRegistries, type Registries } from '../adapters/registry/registries.ts';
import type { RegistryAccess } from '../adapters/registry/settings.ts';
import type { SecretResolver } from '../adapters/secrets/resolve.ts';
import type { Installation } from '../config/installation.ts';
import type { RegistrySettings } from '../config/settings/registry.ts';

/** What a process was started with, as far as it says who its user is to registries. */
export interface SignInSettings {
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** DOCKER_CONFIG. */
  readonly docker: { readonly configDirectory?: string };
}

/** A client for all registries, with what the installation says of some of them. Throws CertificateUnreadable. */
export async function registriesOf(
  { registries }: Pick<Installation, 'registries'>,
  credentials: RegistryCredentials,
): Promise<Registries> {
  const known = new Map(await Promise.all(registries.map(async (settings) => [settings.address, await accessOf(settings)] as const)));
  return connectRegistries({ credentials, access: (registry) => known.get(registry) ?? {} });
}

async function accessOf({ plainHttp, mirrors, tokenHosts, ...files }: RegistrySettings): Promise<RegistryAccess> {
  return { plainHttp, mirrors, tokenHosts, ...(await readCertificates(files)) };
}

/** The installation file's credentials first, then the user's. */
export function credentialsOf(
  installation: Pick<Installation, 'registries'>,
  secrets: SecretResolver,
  { variables, docker }: SignInSettings,
): RegistryCredentials {
  const given = installation.registries.flatMap((registry) => credentialOf(registry, secrets));
  return firstCredentials(givenCredentials(Object.fromEntries(given)), userCredentials({ variables, docker }));
}

/** The credentials that a user has for other tools: of DOCKER_AUTH_CONFIG, of REGISTRY_AUTH_FILE, and of `docker login`. */
export function userCredentials({ variables, docker }: SignInSettings): RegistryCredentials {
  const files = [variables.REGISTRY_AUTH_FILE, dockerConfigFile(docker.configDirectory)];
  return firstCredentials(
    variableCredentials('DOCKER_AUTH_CONFIG', variables),
    ...files.flatMap((path) => (path ? [fileCredentials({ path, environment: variables })] : [])),
  );
}

function credentialOf(
  { address, username, password }: RegistrySettings,
  secrets: SecretResolver,
): [string, () => Promise<RegistryCredential>][] {
  if (username === undefined || password === undefined) return [];
  return [[address, async () => ({ username, password: await secrets(password) })]];
}
