import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiUnderTest, startApi } from '../support/api-under-test.ts';
import { call } from './call.ts';

const ONE = '/api/v1/applications/shop/releases/1';
const ROUTES: readonly (readonly [string, string])[] = [
  ['GET', '/api/v1/whoami'],
  ['GET', '/api/v1/applications'],
  ['GET', '/api/v1/releases'],
  ['POST', '/api/v1/releases'],
  ['GET', ONE],
  ['POST', `${ONE}/votes`],
  ['POST', `${ONE}/promotions`],
  ['POST', `${ONE}/cancellation`],
  ['GET', '/api/v1/environments'],
  ['GET', '/api/v1/applications/shop/environments/staging'],
  ['POST', '/api/v1/applications/shop/environments/staging/rollback'],
  ['GET', '/api/v1/nothing-here'],
];

describe('who may ask', () => {
  let api: ApiUnderTest;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.stop());

  it.each(ROUTES)('%s %s answers 401 without a token', async (method, path) => {
    const answer = await call(api.url + path, { method, token: null });
    expect(answer.status).toBe(401);
    expect(answer.type).toContain('application/problem+json');
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(answer.body.hint).toContain('Bearer');
  });

  it.each(ROUTES)("%s %s answers 401 to a token that is nobody's, and does not repeat it", async (method, path) => {
    const answer = await call(api.url + path, { method, token: 'tdg_stolen-elsewhere' });
    expect(answer.status).toBe(401);
    expect(answer.text).not.toContain('stolen');
  });

  it('refuses before it reads the body', async () => {
    const answer = await call(`${api.url}/api/v1/releases`, { rawBody: '{ this is not JSON', token: null });
    expect(answer.status).toBe(401);
  });

  it.each(['Basic dGRnXw==', 'Bearer', 'Bearer  ', 'tdg_ana-token-of-the-tests'])('takes %j for no token', async (authorization) => {
    const answer = await call(`${api.url}/api/v1/whoami`, { token: null, headers: { authorization } });
    expect(answer.status).toBe(401);
  });

  it('knows whose token it is', async () => {
    const answer = await call(`${api.url}/api/v1/whoami`);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      person: 'ana',
      version: '0.1.0-test',
      authentication: 'token of the tests',
      groups: [],
      roles: [{ role: 'owner' }],
    });
  });

  it.each(['//api/v1/whoami', '/api//v1/whoami', '/%61pi/v1/whoami', '/API/v1/whoami', '/api/v1/../v1/whoami'])(
    'is not talked round by the path %s',
    async (path) => {
      const answer = await call(api.url + path, { token: null });
      expect([401, 404]).toContain(answer.status);
    },
  );

  it('lets nothing through to the engine', () => {
    expect(api.engine.changes).toEqual([]);
    expect(api.register.records).toEqual([]);
  });

  it('asks no token for the health of the process', async () => {
    const answer = await call(`${api.url}/healthz`, { token: null });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ status: 'ok', version: '0.1.0-test' });
  });
});
