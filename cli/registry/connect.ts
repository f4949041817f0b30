import type { Registries } from '../../adapters/registry/registries.ts';
import { createSecretResolver } from '../../adapters/secrets/resolve.ts';
import type { Installation } from '../../config/installation.ts';
import type { RegistrySettings } from '../../config/settings/registry.ts';
import { credentialsOf, registriesOf } from '../../worker/connect-registries.ts';
import { nearestInstallation } from '../client/connection.ts';
import type { Context } from '../context.ts';

export interface RegistryVerbOptions {
  readonly config?: string;
  readonly json?: boolean;
  /** Addresses of registries without TLS that no installation file names. */
  readonly plainHttp?: readonly string[];
}

type Known = Pick<Installation, 'registries' | 'directory'>;

/**
 * Registries as the installation file has them; without one, as everybody's `docker login` left them. No server is asked.
 * Throws UsageError, InstallationInvalid.
 */
export async function openRegistries(context: Context, options: RegistryVerbOptions): Promise<Registries> {
  const { directory, registries } = await knownRegistries(context, options);
  const { variables } = context.environment;
  const secrets = createSecretResolver({ env: variables, directory });
  const docker = variables.DOCKER_CONFIG ? { configDirectory: variables.DOCKER_CONFIG } : {};
  const installation = { registries: [...registries, ...(options.plainHttp ?? []).map(plainRegistry)] };
  return registriesOf(installation, credentialsOf(installation, secrets, { variables, docker }));
}

async function knownRegistries({ directory }: Context, { config }: RegistryVerbOptions): Promise<Known> {
  const file = await nearestInstallation(config, directory);
  if (file === undefined) return { directory, registries: [] };
  // Reading the file takes longer than many a question to a registry: only whoever has one waits for it.
  const { loadInstallation } = await import('../../config/installation-file.ts');
  return loadInstallation(file);
}

function plainRegistry(address: string): RegistrySettings {
  return { name: address, address, plainHttp: true, mirrors: [], tokenHosts: [] };
}
