import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiUnderTest, startApi } from '../support/api-under-test.ts';
import { shopRecord } from '../support/shop.ts';
import { call } from './call.ts';

const ONE = '/api/v1/applications/shop/releases/1';

describe('requests that do not fit', () => {
  let api: ApiUnderTest;
  beforeAll(async () => {
    api = await startApi();
    api.register.put(shopRecord(1));
  });
  afterAll(() => api.stop());

  it.each([
    ['/api/v1/releases', {}, 'application'],
    ['/api/v1/releases', { application: 7 }, 'application'],
    ['/api/v1/releases', { application: 'shop', commit: 'main', comit: 'x' }, 'comit'],
    ['/api/v1/releases', { application: 'shop', images: { web: 5 } }, 'images.web'],
    ['/api/v1/releases', [], 'body'],
    [`${ONE}/votes`, { stage: 'production', decision: 'maybe' }, 'decision'],
    [`${ONE}/votes`, { decision: 'approve' }, 'stage'],
    [`${ONE}/votes`, { stage: 'production', decision: 'approve', person: 'mira' }, 'person'],
    [`${ONE}/promotions`, {}, 'stage'],
    [`${ONE}/cancellation`, {}, 'reason'],
    [`${ONE}/cancellation`, { reason: '  ' }, 'reason'],
    ['/api/v1/applications/shop/environments/staging/rollback', { to: 0, reason: 'x' }, 'to'],
    ['/api/v1/applications/shop/environments/staging/rollback', { to: 1 }, 'reason'],
  ])('POST %s with %j names %s', async (path, body, member) => {
    const answer = await call(api.url + path, { body });
    expect(answer.status).toBe(422);
    expect(answer.type).toContain('application/problem+json');
    expect(answer.body.detail).toContain(member);
    expect(answer.body.errors).toEqual(expect.arrayContaining([expect.objectContaining({ message: expect.any(String) })]));
    expect(api.engine.changes).toEqual([]);
  });

  it.each([
    ['malformed JSON', { rawBody: '{"application": ' }, 400],
    ['an empty body', { rawBody: '' }, 400],
    ['another media type', { rawBody: 'application=shop', headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 415],
    ['a body over the limit', { rawBody: JSON.stringify({ application: 'x'.repeat(300_000) }) }, 413],
    ['an Idempotency-Key with spaces', { body: { application: 'shop' }, headers: { 'idempotency-key': 'a b' } }, 422],
  ])('answers %s with a problem', async (_what, request, status) => {
    const answer = await call(`${api.url}/api/v1/releases`, { method: 'POST', ...request });
    expect(answer.status).toBe(status);
    expect(answer.type).toContain('application/problem+json');
    expect(answer.body).toMatchObject({ status, hint: expect.any(String), requestId: expect.any(String) });
    expect(answer.text).not.toMatch(/\bat .*\.[jt]s:\d/);
  });

  it.each([
    '/api/v1/releases?limit=0',
    '/api/v1/releases?limit=many',
    '/api/v1/releases?page=2',
    '/api/v1/releases?cursor=7',
    '/api/v1/applications/shop/releases/two',
  ])('refuses GET %s', async (path) => {
    expect((await call(api.url + path)).status).toBe(422);
  });

  it('keeps a failure of its own to the log, under the id that it answers', async () => {
    api.engine.failure = new Error('the secret inside of things at /srv/app.ts:7');
    const answer = await call(`${api.url}/api/v1/environments`, { headers: { 'x-request-id': 'mine-7' } });
    api.engine.failure = undefined;
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('inside of things');
    expect(answer.body).toMatchObject({ requestId: 'mine-7', detail: expect.stringContaining('mine-7') });
    expect(api.logged).toMatchObject([{ facts: { requestId: 'mine-7', err: { message: expect.stringContaining('inside of things') } } }]);
  });

  it('does not repeat a request id that could forge a log line', async () => {
    const answer = await call(`${api.url}/healthz`, { headers: { 'x-request-id': 'a b;{}' } });
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});
