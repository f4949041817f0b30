import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect } from '@jest/globals';
import { dockerConfigFile, fileCredentials } from '../../../adapters/registry/credentials.ts';
import { connectRegistries } from '../../../adapters/registry/registries.ts';
import { LAB_USER, type LabRegistry, startRegistry } from '../../../lab/registry.ts';
import { clientsIn, eachRegistry, itWith, type RunClient } from '../../support/registry-tools.ts';

const signal = new AbortController().signal;
const { username, password } = LAB_USER;

describe.each(eachRegistry())('a sign-in to $title that another client keeps', ({ program }) => {
  let directory: string;
  let registry: LabRegistry;
  let run: RunClient;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tidegate-sign-in-'));
    registry = await startRegistry({ directory, address: '127.0.0.1', program, signIn: true });
    run = clientsIn(directory);
  });

  afterEach(async () => {
    await registry.stop();
    await rm(directory, { recursive: true });
  });

  /** Asks the registry with what is kept in the folder as if it were `~/.docker`, or in another file. */
  async function letsUsIn(path = dockerConfigFile(directory)): Promise<void> {
    const credentials = fileCredentials({ path, environment: {} });
    const registries = connectRegistries({ credentials, access: () => ({ plainHttp: true }) });
    await registries.ping(registry.address, { signal }).finally(() => registries.close());
  }

  itWith(['crane'], 'lets us in after crane’s, and nobody before it', async () => {
    await expect(letsUsIn()).rejects.toMatchObject({ name: 'RegistryRefused' });
    await run('crane', 'auth', 'login', '--username', username, '--password', password, registry.address);
    await expect(letsUsIn()).resolves.toBeUndefined();
  });

  itWith(['oras'], 'lets us in after oras’s', async () => {
    await run('oras', 'login', '--plain-http', '--username', username, '--password', password, registry.address);
    await expect(letsUsIn()).resolves.toBeUndefined();
  });

  itWith(['skopeo'], 'lets us in after skopeo’s, in the file that REGISTRY_AUTH_FILE names', async () => {
    const file = join(directory, 'auth.json');
    const as = ['--username', username, '--password', password];
    await run('skopeo', 'login', '--tls-verify=false', '--authfile', file, ...as, registry.address);
    await expect(letsUsIn(file)).resolves.toBeUndefined();
  });
});
