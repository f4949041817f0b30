import type { GivenCertificate } from '../adapters/router/certificates.ts';
import { fitsHost, readCertificate } from '../config/certificate.ts';
import type { Installation } from '../config/installation.ts';
import type { CertificateSettings } from '../config/settings/environment.ts';
import type { HostSettings } from '../config/settings/host.ts';
import { Secret } from '../domain/secret.ts';

/** A host's port for TLS and what is shown there; undefined where it has none. `secretOf` puts the secrets into a configured text. */
export function tlsOf(host: HostSettings, installation: Installation, secretOf: (text: string) => Promise<string>) {
  if (host.https === undefined) return undefined;
  const here = installation.environments.filter(({ hosts }) => hosts.includes(host.name));
  const settings = here.flatMap(({ name, tls }) => (tls?.certificates ?? []).map((certificate) => [name, certificate] as const));
  const redirecting = here.filter(({ tls }) => tls?.redirect === true).map(({ name }) => name);
  return {
    port: host.https,
    certificates: () => Promise.all(settings.map(([environment, certificate]) => given(environment, certificate, secretOf))),
    redirects: (environment: string) => redirecting.includes(environment),
  };
}

/** One that cannot be looked up is unfit like any other: its environment is told, and the others' are shown. */
async function given(
  environment: string,
  { name, chain, key }: CertificateSettings,
  secretOf: (text: string) => Promise<string>,
): Promise<GivenCertificate> {
  try {
    const reading = readCertificate(await secretOf(chain), await secretOf(key), Date.now());
    if (reading.kind === 'unfit') return { environment, name, content: { unfit: reading.reason } };
    const { fingerprint, pem, names } = reading;
    return { environment, name, content: { fingerprint, pem: new Secret(pem), isFor: (host) => fitsHost(names, host) } };
  } catch (error) {
    // Resolvers name the reference and never a value.
    return { environment, name, content: { unfit: error instanceof Error ? error.message : String(error) } };
  }
}
