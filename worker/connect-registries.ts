import type { RegistryCredentials } from '../activities/images.ts';
import { readCertificates } from '../adapters/registry/certificates.ts';
import { connectRegistries, type Registries } from '../adapters/registry/registries.ts';
import type { RegistryAccess } from '../adapters/registry/settings.ts';
import type { Installation, RegistrySettings } from '../config/installation.ts';

/** A client for all registries, with what the installation says of some of them. Throws CertificateUnreadable. */
export async function registriesOf({ registries }: Installation, credentials: RegistryCredentials): Promise<Registries> {
  const known = new Map(await Promise.all(registries.map(async (settings) => [settings.address, await accessOf(settings)] as const)));
  return connectRegistries({ credentials, access: (registry) => known.get(registry) ?? {} });
}

async function accessOf({ plainHttp, mirrors, tokenHosts, ...files }: RegistrySettings): Promise<RegistryAccess> {
  return { plainHttp, mirrors, tokenHosts, ...(await readCertificates(files)) };
}
