import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { GitHubRefused, GitHubUnavailable } from '../../../activities/github/errors.ts';
import type { GitHubClient } from '../../../adapters/github/client.ts';
import { createGitHubStatuses } from '../../../adapters/github/statuses.ts';
import { Secret } from '../../../domain/secret.ts';
import type { LocalGitHub } from '../../../lab/github/local-github.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { APP, appClientOf, clientOf, PLACES, startGitHub } from './connected.ts';

const SHA = 'a84d88e7554fc1fa21bcbc4efae3c782a70d2b9d';
const STATUS = { application: 'shop', commit: SHA, context: 'tidegate/build', state: 'success', description: 'Built' } as const;

let github: LocalGitHub;

beforeEach(async () => {
  github = await startGitHub({ app: APP });
});
afterEach(() => github.stop());

function report(client: GitHubClient): Promise<void> {
  return createGitHubStatuses(client, PLACES).report(STATUS, { signal: new AbortController().signal, isRepeat: false });
}

const pathsOf = (at: LocalGitHub) => at.requests().map(({ method, path }) => `${method} ${path}`);

describe('a GitHub App', () => {
  it('finds its installation, buys one token with its key, and keeps it', async () => {
    const client = await appClientOf(github);
    await report(client);
    await report(client);

    expect(pathsOf(github)).toEqual([
      'GET /repos/acme/shop/installation',
      'POST /app/installations/70/access_tokens',
      `POST /repos/acme/shop/statuses/${SHA}`,
      `POST /repos/acme/shop/statuses/${SHA}`,
    ]);
  });

  it('looks for no installation that it was told', async () => {
    const credentials = { kind: 'app', id: APP.id, key: new Secret(github.app().privateKey), installation: APP.installation } as const;
    await report(await clientOf(github, { credentials }));

    expect(pathsOf(github)[0]).toBe('POST /app/installations/70/access_tokens');
  });

  it('buys another token when GitHub took the old one back before its time', async () => {
    const client = await appClientOf(github);
    await report(client);
    github.app().revoke();
    await report(client);

    expect(github.statuses('acme', 'shop', SHA)).toHaveLength(2);
    expect(pathsOf(github).filter((path) => path.includes('access_tokens'))).toHaveLength(2);
  });

  it('finds its installation again where it was installed anew before it had a token', async () => {
    let now = Date.now();
    const client = await appClientOf(github, { clock: () => now });
    github.limit({ requests: 1, resetAt: now + 60_000 });
    await expect(report(client)).rejects.toBeInstanceOf(GitHubUnavailable);
    github.limit(undefined);
    github.app().installation = 71;
    now += 120_000;
    await report(client);

    expect(github.statuses('acme', 'shop', SHA)).toHaveLength(1);
    expect(pathsOf(github)).toContain('POST /app/installations/71/access_tokens');
  });

  it('takes its key from one line, as variables have it', async () => {
    const key = new Secret(github.app().privateKey.replaceAll('\n', String.raw`\n`));
    await report(await clientOf(github, { credentials: { kind: 'app', id: APP.id, key } }));

    expect(github.statuses('acme', 'shop', SHA)).toHaveLength(1);
  });

  it.each([
    [
      'of another App',
      async () => appClientOf(github, { credentials: { kind: 'app', id: 8, key: new Secret(github.app().privateKey) } }),
      'private key',
    ],
    [
      'that is none',
      async () => clientOf(github, { credentials: { kind: 'app', id: 7, key: new Secret('-----BEGIN RSA PRIVATE KEY-----\nabc') } }),
      'cannot be used',
    ],
  ] as const)('is refused with a key %s, and says nothing of it', async (_what, connect, said) => {
    const error: unknown = await report(await connect()).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(GitHubRefused);
    expect(String(error)).toContain(said);
    expect(inspect(error, { depth: Infinity, showHidden: true })).not.toMatch(/abc|MII/);
  });

  it('names the permission that its installation lacks', async () => {
    github.app().permissions = { metadata: 'read', statuses: 'read' };

    await expect(report(await appClientOf(github))).rejects.toThrow(
      'Give the App the permission "Commit statuses: write" on acme/shop, and accept it',
    );
  });

  it('says that it is not installed where it is not', async () => {
    const elsewhere = await startGitHub({ app: { ...APP, repositories: ['acme/other'] } });
    try {
      await expect(report(await appClientOf(elsewhere))).rejects.toThrow('the App is installed there');
    } finally {
      await elsewhere.stop();
    }
  });

  it('waits while GitHub is away, also for its token', async () => {
    const client = await appClientOf(github);
    github.outage(true);
    await expect(report(client)).rejects.toBeInstanceOf(GitHubUnavailable);
    github.outage(false);
    await report(client);

    expect(github.statuses('acme', 'shop', SHA)).toHaveLength(1);
  });
});

describe('a GitHub that asks for a pause', () => {
  it('is asked nothing more until it is over, by whoever shares the client', async () => {
    let now = Date.now();
    const client = await clientOf(github, { clock: () => now });
    github.failNext({ times: 1, status: 429, headers: { 'retry-after': '60' }, body: { message: 'Slow down' } });
    await expect(report(client)).rejects.toMatchObject({ retryAfterMs: 60_000 });
    now += 20_000;
    await expect(report(client)).rejects.toMatchObject({ name: 'GitHubUnavailable', retryAfterMs: 40_000 });
    expect(github.requests()).toHaveLength(1);

    now += 40_000;
    await report(client);
    expect(github.statuses('acme', 'shop', SHA)).toHaveLength(1);
  });

  it('is asked again after a failure of its own as soon as somebody wants to', async () => {
    const client = await clientOf(github);
    github.failNext({ times: 1, status: 503, headers: { 'retry-after': '60' } });
    await expect(report(client)).rejects.toBeInstanceOf(GitHubUnavailable);
    await report(client);

    expect(github.requests()).toHaveLength(2);
  });
});

describe('a GitHub Enterprise Server', () => {
  it('is reached below its own path, by the authority that was given and no other', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tidegate-ghes-'));
    const { ca, server: shown } = await makeCertificates(folder);
    const asked: (string | undefined)[] = [];
    const server = createServer({ cert: shown.certificate, key: shown.key }, (request, response) => {
      asked.push(request.url);
      response.writeHead(201, { 'content-type': 'application/json' }).end('{}');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const apiUrl = `https://127.0.0.1:${(server.address() as AddressInfo).port}/api/v3`;
      await expect(report(await clientOf(github, { apiUrl }))).rejects.toMatchObject({
        name: 'GitHubUnavailable',
        message: expect.stringMatching(/could not reach it .*Give github\.ca, a PEM file of the authority that signed its certificate$/),
      });
      await report(await clientOf(github, { apiUrl, ca }));

      expect(asked).toEqual([`/api/v3/repos/acme/shop/statuses/${SHA}`]);
    } finally {
      server.close();
      await rm(folder, { recursive: true });
    }
  });

  it('that is asked beside its own path is said to have one', async () => {
    github.failNext({ times: 1, status: 404 });
    await expect(report(await clientOf(github))).rejects.toThrow(/Check that acme\/shop exists .* ends with \/api\/v3$/);
  });

  it('is not asked with an authority that cannot be read', async () => {
    await expect(clientOf(github, { ca: '/nowhere/ca.pem' })).rejects.toThrow('/nowhere/ca.pem');
  });
});
