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
import { APP, startGitHub, TOKEN } from '../adapters/github/connected.ts';

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

it('tells Deployments and check runs again that GitHub refused, once a permission was granted, by their last words and once', async () => {
  const clock = { now: Date.parse('2026-03-02T09:30:00Z') };
  const other = await startGitHub({ app: APP });
  const words = lateWords(() => openWords({ file: join(folder, 'github.db'), now: () => clock.now }));
  try {
    await writeFile(join(folder, 'app.pem'), other.app().privateKey);
    const installation = {
      name: 'harbour',
      server: {},
      applications: [{ name: 'shop', github: { repository: 'acme/shop' } }],
      github: { api: other.url, credentials: { kind: 'app', id: APP.id, key: '${file:app.pem}' } },
    } as unknown as Installation;
    const { deployments, checks } = await connectGitHub(installation, createSecretResolver({ env: {}, directory: folder }), words);
    const telling = { signal: new AbortController().signal, isRepeat: false };
    const of = (release: number) => ({ application: 'shop', commit: String(release).padStart(40, 'a'), release });
    const check = (release: number, status: 'in_progress' | 'queued') =>
      checks?.report(
        { name: 'Tidegate: production', externalId: `shop/${release}/production/`, status, title: status, summary: '' },
        of(release),
        telling,
      );
    const deployment = (release: number) =>
      deployments.report(
        { environment: 'production', release, deployment: `deployment/shop/production/${release}`, state: 'in_progress', description: '' },
        of(release),
        telling,
      );
    const refusal = { times: 1, status: 403, body: { message: 'Resource not accessible by integration' } };
    for (const tell of [() => check(1, 'queued'), () => check(1, 'in_progress'), () => deployment(1)]) {
      other.failNext(refusal);
      await expect(tell()).rejects.toMatchObject({ name: 'GitHubRefused' });
    }
    for (let again = 2; again < 5; again += 1) {
      clock.now += 600_000;
      await check(again, 'queued');
      await deployment(again);
    }
    expect(other.checkRuns('acme', 'shop', of(1).commit).map(({ status }) => status)).toEqual(['in_progress']);
    const made = other.records('deployment', 'acme', 'shop').map(({ payload }) => (payload as { tidegate: string }).tidegate);
    expect(made.filter((name) => name === 'shop/1')).toHaveLength(1);
    const told = other.requests().filter(({ method, path, status }) => method === 'POST' && path.endsWith('/check-runs') && status === 201);
    expect(told).toHaveLength(4);
  } finally {
    words.close();
    await other.stop();
  }
});
