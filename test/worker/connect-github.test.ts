import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { knock } from '../../adapters/github/permissions.ts';
import { lateWords } from '../../adapters/ledger/words/late-words.ts';
import { openWords } from '../../adapters/ledger/words/open-words.ts';
import { createSecretResolver } from '../../adapters/secrets/resolve.ts';
import type { Installation } from '../../config/installation.ts';
import type { LocalGitHub } from '../../lab/github/local-github.ts';
import { connectGitHub, gitHubClient } from '../../worker/connect-github.ts';
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

it('gives the stages of applications that share a repository contexts of their own, and those of one that is alone the plain ones', async () => {
  const places = { shop: 'acme/shop', kiosk: 'Acme/Shop', site: 'acme/site' };
  const commit = 'a'.repeat(40);
  const other = await startGitHub({ repositories: ['acme/shop', 'acme/site'] });
  const words = lateWords(() => openWords({ file: join(folder, 'github.db') }));
  try {
    const installation = {
      name: 'harbour',
      server: {},
      applications: Object.entries(places).map(([name, repository]) => ({ name, github: { repository } })),
      github: { api: other.url, credentials: { kind: 'token', token: '${env:TOKEN}' } },
    } as unknown as Installation;
    const { statuses } = await connectGitHub(installation, createSecretResolver({ env: { TOKEN }, directory: folder }), words);
    for (const application of Object.keys(places))
      await statuses.report(
        { application, commit, context: 'tidegate/production', state: 'success', description: 'Passed', release: 7 },
        { signal: new AbortController().signal, isRepeat: false },
      );

    const contexts = (repo: string) => other.statuses('acme', repo, commit).map(({ context }) => context);
    expect(contexts('shop')).toEqual(['tidegate/shop/production', 'tidegate/kiosk/production']);
    expect(contexts('site')).toEqual(['tidegate/production']);
  } finally {
    words.close();
    await other.stop();
  }
});
