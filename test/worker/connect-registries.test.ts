import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createSecretResolver } from '../../adapters/secrets/resolve.ts';
import { parseInstallation } from '../../config/installation-file.ts';
import { credentialsOf, registriesOf } from '../../worker/connect-registries.ts';
import { SMALL_INSTALLATION } from '../config/documents.ts';
import { type Certificates, makeCertificates } from '../support/certificates.ts';
import { HttpServers } from '../support/http-servers.ts';

const servers = new HttpServers();
const { signal } = new AbortController();

let directory: string;
let certificates: Certificates;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'connect-registries-'));
  certificates = await makeCertificates(directory);
});

afterAll(async () => {
  servers.end();
  await rm(directory, { recursive: true });
});

/** Pings a registry that lets in `user` alone, as an installation with this entry and these variables would. */
async function ping(entry: string, variables: Readonly<Record<string, string>>): Promise<string | undefined> {
  let who: string | undefined;
  const server = await servers.serve(
    (request, response) => {
      who = Buffer.from(request.headers.authorization?.replace('Basic ', '') ?? '', 'base64').toString();
      response.writeHead(who === '' ? 401 : 200, { 'www-authenticate': 'Basic realm="r"' }).end();
    },
    { cert: certificates.server.certificate, key: certificates.server.key },
  );
  const text = SMALL_INSTALLATION.replace("address: '10.0.0.1:5000'", `address: '${server.address}'${entry}`);
  const installation = parseInstallation(text, join(directory, 'tidegate.yaml'));
  const secrets = createSecretResolver({ env: variables, directory });
  const auths = JSON.stringify({ auths: { [server.address]: { username: 'user', password: variables.USERS } } });
  const settings = {
    variables: { ...variables, ...(variables.USERS && { DOCKER_AUTH_CONFIG: auths }) },
    docker: { configDirectory: directory },
  };
  const registries = await registriesOf(installation, credentialsOf(installation, secrets, settings));
  try {
    await registries.ping(server.address, { signal });
    return who;
  } finally {
    await registries.close();
  }
}

it('a registry is reached by the authority and the credentials of its entry, before those of the user', async () => {
  const entry = ", ca: ca.pem, username: tidegate, password: '${env:PASSWORD}'";
  expect(await ping(entry, { PASSWORD: 'a', USERS: 'b' })).toBe('tidegate:a');
  expect(await ping(', ca: ca.pem', { USERS: 'b' })).toBe('user:b');
});

it('a registry is not reached without its authority, nor with a file that is none', async () => {
  await expect(ping('', {})).rejects.toMatchObject({ name: 'RegistryUntrusted' });
  await writeFile(join(directory, 'none.pem'), 'none');
  await expect(ping(', ca: none.pem', {})).rejects.toMatchObject({ name: 'CertificateUnreadable' });
});
