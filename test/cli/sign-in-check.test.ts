import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { runCheck } from '../../cli/diagnosis/check.ts';
import { signInCheck } from '../../cli/diagnosis/sign-in-check.ts';
import { close, listen } from '../support/signing-provider.ts';

interface Said {
  status: number;
  description: Record<string, unknown>;
  keys: unknown;
  date: string | undefined;
}

let server: Server;
let issuer: string;
let said: Said;

beforeAll(async () => {
  server = createServer((request, response) => {
    response.sendDate = false;
    if (said.date !== undefined) response.setHeader('date', said.date);
    const isKeys = request.url === '/keys';
    response.writeHead(isKeys ? 200 : said.status).end(JSON.stringify(isKeys ? said.keys : said.description));
  });
  await listen(server);
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => close(server));
beforeEach(() => {
  said = {
    status: 200,
    description: { issuer, jwks_uri: `${issuer}/keys`, device_authorization_endpoint: `${issuer}/device` },
    keys: { keys: [{}] },
    date: new Date().toUTCString(),
  };
});

const check = (named = issuer) => {
  const rules = { nameClaim: 'preferred_username', groupsClaim: 'groups', clockToleranceMs: 30_000 };
  return runCheck(signInCheck({ issuer: named, client: 'tidegate-cli', scopes: ['openid'], ...rules }));
};

describe('doctor, of the provider that people sign in at', () => {
  it('is content with one that is what the file names, has keys, and the right time', async () => {
    expect(await check()).toMatchObject({ name: 'sign-in', state: 'ok' });
    said.date = undefined;
    expect(await check()).toMatchObject({ state: 'ok' });
  });

  it('names the difference where it calls itself something else, if only by a stroke', async () => {
    expect(await check(`${issuer}/`)).toMatchObject({
      state: 'fail',
      detail: expect.stringMatching(/describes "http:[^"]+\d", and tidegate\.yaml names http:.*\/$/),
    });
  });

  it('fails where it cannot be asked, or has no keys that can be trusted', async () => {
    said.keys = { keys: [] };
    expect(await check()).toMatchObject({ state: 'fail', detail: `${issuer}/keys has no keys` });
    said.keys = 'none';
    expect(await check()).toMatchObject({ state: 'fail', detail: expect.stringContaining('is no list of keys') });
    said.status = 503;
    expect(await check()).toMatchObject({ state: 'fail', detail: expect.stringContaining('answered 503') });
    expect(await check('http://127.0.0.1:1')).toMatchObject({ state: 'fail', wayOut: expect.stringContaining('signIn.issuer') });
  });

  it('fails where the clocks are further apart than sign-ins bear, and says which is ahead', async () => {
    said.date = new Date(Date.now() + 120_000).toUTCString();
    expect(await check()).toMatchObject({ state: 'fail', detail: expect.stringMatching(/is 1[12]\d s ahead of this one$/) });
    said.date = new Date(Date.now() - 120_000).toUTCString();
    expect(await check()).toMatchObject({ state: 'fail', detail: expect.stringMatching(/is 12\d s behind this one$/) });
    said.date = new Date(Date.now() + 20_000).toUTCString();
    expect(await check()).toMatchObject({ state: 'ok' });
  });

  it('warns where nobody can sign in from the command line', async () => {
    said.description = { issuer, jwks_uri: `${issuer}/keys` };
    expect(await check()).toMatchObject({ state: 'warn', detail: `${issuer} has no device flow` });
  });
});
