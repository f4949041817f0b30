import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TemporalUnavailable } from '../../temporal/errors.ts';
import { type ApiUnderTest, startApi } from '../support/api-under-test.ts';
import { call } from './call.ts';

describe('readiness', () => {
  let api: ApiUnderTest;
  beforeEach(async () => {
    api = await startApi();
  });
  afterEach(() => api.stop());

  it('is ready while Temporal and the ledger answer', async () => {
    const answer = await call(`${api.url}/readyz`, { token: null });
    expect(answer.status).toBe(200);
    expect(answer.body.ready).toBe(true);
  });

  it('is not ready without Temporal, and says why', async () => {
    api.engine.failure = new TemporalUnavailable('127.0.0.1:7233');
    const answer = await call(`${api.url}/readyz`, { token: null });
    expect(answer.status).toBe(503);
    expect(answer.body).toMatchObject({ ready: false, temporal: { ready: false }, ledger: { ready: true } });
    expect(answer.text).toContain('127.0.0.1:7233');
  });

  it('is not ready without the ledger', async () => {
    api.register.failure = new Error('the database is locked');
    const answer = await call(`${api.url}/readyz`, { token: null });
    expect(answer.status).toBe(503);
    expect(answer.body).toMatchObject({ temporal: { ready: true }, ledger: { ready: false } });
  });

  it('stays up while nothing that it needs does', async () => {
    api.engine.failure = new TemporalUnavailable('127.0.0.1:7233');
    expect((await call(`${api.url}/healthz`)).status).toBe(200);
  });
});
