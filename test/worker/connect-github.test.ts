import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { knock } from '../../adapters/github/permissions.ts';
import { createSecretResolver } from '../../adapters/secrets/resolve.ts';
import type { LocalGitHub } from '../../lab/github/server.ts';
import { gitHubClient } from '../../worker/connect-github.ts';
import { startGitHub, TOKEN } from '../adapters/github/connected.ts';

let folder: string;
let github: LocalGitHub;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-connect-github-'));
  github = await startGitHub();
});
afterEach(async () => {
  await github.stop();
  await rm(folder, { recursive: true });
});

it('reads token and authority when GitHub is asked, so that a file that is gone keeps no worker from starting, and counts once it is back', async () => {
  const secrets = createSecretResolver({ env: {}, directory: folder });
  const token = '${file:github.token}' as Parameters<typeof secrets>[0] & `\${file:${string}}`;
  const { signal } = new AbortController();
  const settings = { api: github.url, credentials: { kind: 'token', token } } as unknown as Parameters<typeof gitHubClient>[0];
  const client = gitHubClient(settings, secrets);
  const unsure = gitHubClient({ ...settings, ca: join(folder, 'ca.pem') }, secrets);

  await expect(knock(client, false, signal)).rejects.toMatchObject({ name: 'GitHubUnavailable' });
  await writeFile(join(folder, 'github.token'), TOKEN);
  await knock(client, false, signal);
  await expect(knock(unsure, false, signal)).rejects.toMatchObject({
    name: 'GitHubUnavailable',
    message: expect.stringContaining('ca.pem'),
  });
});
