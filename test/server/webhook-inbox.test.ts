import { createHmac } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Secret } from '../../domain/secret.ts';
import { type ApiUnderTest, startApi } from '../support/api-under-test.ts';
import { call } from './call.ts';

const NEW = 'the-new-secret-of-the-webhook';
const OLD = 'the-old-secret-of-the-webhook';
const APP = 'the-secret-of-the-hook-of-the-app';
const BODY = JSON.stringify({ ref: 'refs/heads/main', umlaut: 'ä' });

let api: ApiUnderTest;
beforeAll(async () => {
  const secrets = [NEW, OLD].map((secret) => new Secret(secret));
  api = await startApi({
    senders: [
      { source: 'github', header: 'x-hub-signature-256', secrets },
      { source: 'github-app', header: 'x-hub-signature-256', secrets: [new Secret(APP)] },
      { source: 'images/hub', header: 'path', secrets },
      { source: 'images/registry', header: 'authorization', secrets },
    ],
  });
});
afterAll(() => api.stop());
beforeEach(() => {
  api.inbox.received.splice(0);
  api.inbox.failure = undefined;
});

const hex = (body: string | Buffer, secret = NEW, algorithm = 'sha256') => createHmac(algorithm, secret).update(body).digest('hex');
const signed = (body: string, secret = NEW) => ({ 'x-hub-signature-256': `sha256=${hex(body, secret)}` });
const names = (id = '11111111-2222-3333-4444-555555555555', event = 'push') => ({ 'x-github-delivery': id, 'x-github-event': event });
const send = (headers: Record<string, string>, rawBody = BODY) =>
  call(`${api.url}/webhooks/github`, { token: null, rawBody, headers: { ...names(), ...headers } });

describe('a delivery of GitHub', () => {
  it('is acknowledged once it is written down, with its bytes as they came, and nothing is done yet', async () => {
    expect(await send(signed(BODY))).toMatchObject({ status: 202, body: { known: false } });
    expect(api.inbox.received).toEqual([
      { source: 'github', id: names()['x-github-delivery'], event: 'push', contentType: 'application/json', body: BODY },
    ]);
    expect(api.engine.changes).toEqual([]);
  });

  it('comes from the App where the secret of its own hook proves it, and from nobody else then', async () => {
    await send(signed(BODY, APP));
    await send({ ...signed(BODY), ...names('another') });
    expect(api.inbox.received.map(({ source }) => source)).toEqual(['github-app', 'github']);
  });

  it('is acknowledged again when it comes again, and kept once', async () => {
    await send(signed(BODY));
    expect(await send(signed(BODY, OLD))).toMatchObject({ status: 202, body: { known: true } });
    expect(api.inbox.received).toHaveLength(1);
  });

  it.each([
    ['no signature', {}, BODY],
    ['another secret', signed(BODY, 'the-secret-of-somebody-else'), BODY],
    ['half a signature', { 'x-hub-signature-256': signed(BODY)['x-hub-signature-256'].slice(0, 40) }, BODY],
    ['SHA-1 alone', { 'x-hub-signature': `sha1=${hex(BODY, NEW, 'sha1')}` }, BODY],
    ['SHA-1 in the place of SHA-256', { 'x-hub-signature-256': `sha1=${hex(BODY, NEW, 'sha1')}` }, BODY],
    ['a body that was changed', signed(BODY), `${BODY} `],
  ])('is refused with %s, before anything of it is read', async (_what, headers, body) => {
    expect((await send(headers as Record<string, string>, body)).status).toBe(401);
    expect(api.inbox.received).toEqual([]);
  });

  it('is written down though it holds no JSON: what it holds is read later', async () => {
    expect((await send(signed('{"ref'), '{"ref')).status).toBe(202);
    expect(
      (await send({ ...signed('payload=%7B%7D'), 'content-type': 'application/x-www-form-urlencoded' }, 'payload=%7B%7D')).status,
    ).toBe(202);
  });

  it('is refused where it is no text, or does not say what it is', async () => {
    const nul = 'a\0b';
    expect((await send(signed(nul), nul)).status).toBe(400);
    expect((await send({ ...signed(BODY), 'x-github-delivery': 'two words' })).status).toBe(400);
    expect((await send({ ...signed(BODY), 'x-github-event': '' })).status).toBe(400);
    expect(api.inbox.received).toEqual([]);
  });

  it('may be of 25 MB, and is refused with one byte more', async () => {
    const largest = 'x'.repeat(25 * 1024 * 1024);
    expect((await send(signed(largest), largest)).status).toBe(202);
    expect((await send(signed(`${largest}x`), `${largest}x`)).status).toBe(413);
    expect(api.inbox.received).toHaveLength(1);
  });

  it('is not acknowledged where it cannot be written down', async () => {
    api.inbox.failure = Object.assign(new Error('the disk is full'), { name: 'LedgerUnavailable' });
    expect((await send(signed(BODY))).status).toBe(503);
  });
});

/** Sends the head of a request and nothing of its body, and waits for the answer. */
const sendHeadOnly = (path: string, headers: Record<string, string>) =>
  new Promise<number | undefined>((resolve, reject) => {
    const asked = request(`${api.url}${path}`, { method: 'POST', headers: { ...headers, 'content-length': '20000000' } });
    asked.once('response', ({ statusCode }) => {
      resolve(statusCode);
      asked.destroy();
    });
    asked.once('error', reject);
    asked.flushHeaders();
  });

describe('what cannot be from a sender', () => {
  it.each([
    ['/webhooks/github', names() as Record<string, string>],
    ['/webhooks/github', { ...names(), 'x-hub-signature-256': 'sha256=half' }],
    ['/webhooks/images/registry', { authorization: 'Bearer somebody' }],
    ['/webhooks/images/nobody', signed(BODY)],
    ['/webhooks/images/hub/the-secret-of-somebody', {}],
  ])('is refused before its body is taken in: %s %j', async (path, headers) => {
    expect(await sendHeadOnly(path, headers)).toBe(401);
    expect(JSON.stringify(api.logged)).not.toContain('the-secret-of-somebody');
  });
});

describe('a notification of a registry', () => {
  const notify = (path: string, headers: Record<string, string> = {}) =>
    call(`${api.url}/webhooks/images/${path}`, { token: null, rawBody: BODY, headers });

  it('proves itself by its header, or by its path where the installation says so, and in no other way', async () => {
    expect((await notify('registry', { authorization: `Bearer ${OLD}` })).status).toBe(202);
    expect((await notify(`hub/${NEW}`)).status).toBe(202);
    expect((await notify('hub', { authorization: `Bearer ${NEW}` })).status).toBe(401);
    expect((await notify(`registry/${NEW}`)).status).toBe(401);
    expect((await notify('registry/anything', { authorization: `Bearer ${NEW}` })).status).toBe(401);
    expect((await notify(`nobody/${NEW}`)).status).toBe(401);
    expect((await notify('github', signed(BODY))).status).toBe(401);
    expect(api.inbox.received.map(({ source }) => source)).toEqual(['images/registry', 'images/hub']);
  });

  it('may be of 1 MB', async () => {
    const large = 'x'.repeat(1024 * 1024 + 1);
    const headers = { authorization: `Bearer ${NEW}` };
    expect((await call(`${api.url}/webhooks/images/registry`, { token: null, rawBody: large, headers })).status).toBe(413);
    expect((await call(`${api.url}/webhooks/images/registry`, { token: null, rawBody: large.slice(1), headers })).status).toBe(202);
  });

  it('is another one each time, also with the same words: a tag can be pushed twice', async () => {
    await notify(`hub/${NEW}`);
    await notify(`hub/${NEW}`);
    expect(new Set(api.inbox.received.map(({ id }) => id)).size).toBe(2);
    expect(api.inbox.received.map(({ isRepeatable }) => isRepeatable)).toEqual([true, true]);
  });
});
