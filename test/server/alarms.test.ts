import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Refused } from '../../temporal/errors.ts';
import { type ApiUnderTest, startApi, TOKENS } from '../support/api-under-test.ts';
import { emptyEnvironment } from '../support/fake-release-engine.ts';
import { call } from './call.ts';

const KNOWN = { authentication: 'token of the tests', requestId: expect.any(String) };

describe('raising an alarm over what bakes', () => {
  let api: ApiUnderTest;
  beforeEach(async () => {
    api = await startApi();
  });
  afterEach(() => api.stop());

  const url = (alarm = 'pager', environment = 'production') =>
    `${api.url}/api/v1/applications/shop/environments/${environment}/alarms/${alarm}`;

  it('is done in the name of whose token it is, and answers where it returns to', async () => {
    const answer = await call(url(), { body: { reason: 'checkout fails', release: 2, known: KNOWN }, token: TOKENS.mira });
    expect(answer).toMatchObject({ status: 200, body: api.engine.rollbackAnswer });
    expect(api.engine.changes).toMatchObject([
      {
        method: 'raiseAlarm',
        on: 'shop/production',
        message: { alarm: 'pager', person: 'mira', reason: 'checkout fails', release: 2, known: KNOWN },
      },
    ]);
  });

  it('takes the document that a monitor sends, and raises nothing when that says it is over', async () => {
    const alert = { version: '4', groupKey: 'x', alerts: [{ labels: { alertname: 'CheckoutDown' } }] };
    expect((await call(url(), { body: { ...alert, status: 'firing' } })).status).toBe(200);
    expect((await call(url(), { body: { ...alert, status: 'resolved' } })).status).toBe(204);
    expect(api.engine.changes).toMatchObject([{ message: { alarm: 'pager', person: 'ana', reason: 'raised from outside' } }]);
  });

  it('answers 401 without a token, 404 where there is no such environment, and 422 for what cannot be a release', async () => {
    expect((await call(url(), { body: {}, token: 'nobody' })).status).toBe(401);
    expect(await call(url('pager', 'prod'), { body: {} })).toMatchObject({
      status: 404,
      body: { hint: expect.stringContaining('production') },
    });
    expect((await call(url(), { body: { release: 'two' } })).status).toBe(422);
    expect(api.engine.changes).toEqual([]);
  });

  it('answers 403 to somebody who may not raise it and says who may, and 409 when nothing bakes', async () => {
    api.engine.refusal = new Refused('ana may not raise pager; ask mira');
    const watched = { deployment: 'd', alarms: [{ name: 'pager', raisedBy: ['mira'] }], until: '2026-03-02T10:00:00.000Z' };
    api.engine.environments.set('shop/production', { ...emptyEnvironment('shop', 'production'), watched });
    expect(await call(url(), { body: {} })).toMatchObject({ status: 403, body: { hint: 'the alarm can be raised by mira' } });
    expect((await call(url(), { body: {}, token: TOKENS.mira })).status).toBe(409);
    api.engine.environments.clear();
    expect((await call(url(), { body: {} })).status).toBe(409);
  });
});
