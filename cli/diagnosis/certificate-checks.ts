import { createSecretResolver } from '../../adapters/secrets/resolve.ts';
import { readCertificate } from '../../config/certificate.ts';
import type { Installation } from '../../config/installation.ts';
import type { CertificateSettings } from '../../config/settings/environment.ts';
import type { Environment } from '../environment.ts';
import { type Check, type Finding, fail, ok, warn } from './check.ts';

const DAY_MS = 86_400_000;
/** Time to get and to try another one. */
const ENOUGH_DAYS = 21;

/** Each environment's certificates: whether users would accept them, for which names, and for how long. */
export function certificateChecks(installation: Installation, { variables }: Environment): readonly Check[] {
  const secrets = createSecretResolver({ env: variables, directory: installation.directory });
  return installation.environments.flatMap(({ name: environment, tls }) =>
    (tls?.certificates ?? []).map((certificate) => ({
      name: `certificate ${certificate.name} of ${environment}`,
      wayOut: `set ${certificate.chain} and ${certificate.key}`,
      look: async () => judge(certificate, (await secrets(certificate.chain)).reveal(), (await secrets(certificate.key)).reveal()),
    })),
  );
}

function judge({ chain, key }: CertificateSettings, pem: string, pemKey: string): Finding {
  const renew = `put a new one where ${chain} and ${key} refer to; the routers take it within minutes, without losing a connection`;
  const reading = readCertificate(pem, pemKey, Date.now());
  if (reading.kind === 'unfit') return fail(reading.reason, renew);
  const days = Math.floor((reading.notAfter.getTime() - Date.now()) / DAY_MS);
  const text = `for ${reading.names.join(', ')}, until ${reading.notAfter.toISOString().slice(0, 10)} (${days} days)`;
  return days < ENOUGH_DAYS ? warn(text, renew) : ok(text);
}
