import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Refused, TemporalUnavailable } from '../../temporal/errors.ts';
import { type ApiUnderTest, startApi, TOKENS } from '../support/api-under-test.ts';
import { ASKING, PASSED, shopRecord, shopStatus, WAITING } from '../support/shop.ts';
import { call } from './call.ts';

const KNOWN = { authentication: 'token of the tests', requestId: expect.any(String) };

const ONE = '/api/v1/applications/shop/releases/2';

describe('deciding about a release', () => {
  let api: ApiUnderTest;
  beforeEach(async () => {
    api = await startApi();
    for (const number of [1, 2, 3]) api.register.put(shopRecord(number));
    api.engine.put(shopStatus(2, { build: PASSED, test: PASSED, staging: PASSED, production: WAITING }));
  });
  afterEach(() => api.stop());

  it('gives a vote in the name of whose token it is', async () => {
    const body = { stage: 'production', decision: 'approve', comment: 'seen', planHash: 'plan-7' };
    const answer = await call(`${api.url}${ONE}/votes`, { body, token: TOKENS.mira, headers: { 'idempotency-key': 'v1' } });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ state: 'waiting', release: { number: 2 } });
    expect(api.engine.changes).toEqual([
      { method: 'vote', on: 'shop#2', message: { ...body, person: 'mira', groups: [], known: KNOWN }, requestId: expect.any(String) },
    ]);
  });

  it('takes a repeated change for the first only when person, place, key and body are the same', async () => {
    const body = { stage: 'production', decision: 'approve' };
    const idOf = async (
      path: string,
      sent: object,
      headers: Record<string, string>,
      token: string = TOKENS.mira,
    ): Promise<string | undefined> => {
      await call(`${api.url}${ONE}/${path}`, { body: sent, token, headers });
      return api.engine.changes.at(-1)?.requestId;
    };
    const first = await idOf('votes', body, { 'idempotency-key': 'k' });
    expect(await idOf('votes', body, { 'idempotency-key': 'k' })).toBe(first);
    const others = [
      await idOf('votes', { ...body, decision: 'reject' }, { 'idempotency-key': 'k' }),
      await idOf('cancellation', { reason: 'late' }, { 'idempotency-key': 'k' }),
      await idOf('votes', body, { 'idempotency-key': 'k' }, TOKENS.ana),
      await idOf('votes', body, { 'x-request-id': 'one-trace' }),
      await idOf('votes', body, { 'x-request-id': 'one-trace' }),
    ];
    expect(new Set([first, ...others]).size).toBe(6);
  });

  it('answers 403 to somebody who cannot open the gate, and says who can', async () => {
    api.engine.refusal = new Refused('ana is no approver of stage production; ask mira or bo', {}, true);
    const answer = await call(`${api.url}${ONE}/votes`, { body: { stage: 'production', decision: 'approve' } });
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({
      detail: expect.stringContaining('ana is no approver'),
      hint: expect.stringContaining('mira and bo'),
    });
  });

  it('answers 409 to somebody who has voted, also where the gate waits for others alone', async () => {
    api.engine.refusal = new Refused('ana has approved stage production already');
    expect((await call(`${api.url}${ONE}/votes`, { body: { stage: 'production', decision: 'approve' } })).status).toBe(409);
  });

  it('answers 409 when an approver is refused for another reason', async () => {
    api.engine.refusal = new Refused('the plan changed');
    const body = { stage: 'production', decision: 'approve', planHash: 'plan-6' };
    const answer = await call(`${api.url}${ONE}/votes`, { body, token: TOKENS.mira });
    expect(answer.status).toBe(409);
    expect(answer.body.detail).toBe('the plan changed');
  });

  it('names the stages there are to one that is not there', async () => {
    const answer = await call(`${api.url}${ONE}/votes`, { body: { stage: 'prod', decision: 'approve' } });
    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({
      detail: 'Release 2 of shop has no stage "prod"',
      hint: 'its stages are build, test, staging and production',
    });
    expect(api.engine.changes).toEqual([]);
  });

  it.each(['votes', 'promotions', 'cancellation', 'decisions'])('names the newest release to %s of one that is not there', async (what) => {
    const body = {
      votes: { stage: 'test', decision: 'reject' },
      promotions: { stage: 'test' },
      cancellation: { reason: 'x' },
      decisions: { stage: 'test', host: 'p1', question: '2.1', answer: 'skip' },
    }[what];
    const answer = await call(`${api.url}/api/v1/applications/shop/releases/9/${what}`, { body });
    expect(answer.status).toBe(404);
    expect(answer.body.detail).toBe('There is no release 9 of shop; the newest is 3');
    expect(api.engine.changes).toEqual([]);
  });

  it('promotes through a stage by hand', async () => {
    const answer = await call(`${api.url}${ONE}/promotions`, { body: { stage: 'production', reason: 'again' } });
    expect(answer.status).toBe(200);
    expect(api.engine.changes).toMatchObject([{ method: 'promote', message: { stage: 'production', person: 'ana', reason: 'again' } }]);
  });

  it('promotes once for one key, though the run that took the first request has ended since', async () => {
    const headers = { 'idempotency-key': 'release-day' };
    const body = { stage: 'production', reason: 'again' };
    await call(`${api.url}${ONE}/promotions`, { body, headers });
    const [first] = api.engine.changes;
    api.register.promotions.add(`shop#2 ${first?.requestId}`);
    const again = await call(`${api.url}${ONE}/promotions`, { body, headers });
    expect(again).toMatchObject({ status: 200, body: { release: { number: 2 } } });
    expect(api.engine.changes).toHaveLength(1);
    await call(`${api.url}${ONE}/promotions`, { body, headers: { 'idempotency-key': 'the-day-after' } });
    expect(api.engine.changes).toHaveLength(2);
  });

  describe('a host that failed', () => {
    const body = { stage: 'production', host: 'p2', question: '2.1', answer: 'skip', reason: 'disk' };
    beforeEach(() => api.engine.put(shopStatus(2, { build: PASSED, test: PASSED, staging: PASSED, production: ASKING })));

    it('is decided on in the name of whose token it is, and shown while it is asked about', async () => {
      const answer = await call(`${api.url}${ONE}/decisions`, { body, token: TOKENS.mira });
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({
        stages: expect.arrayContaining([expect.objectContaining({ name: 'production', state: ASKING })]),
      });
      const message = { host: 'p2', question: '2.1', answer: 'skip', reason: 'disk', person: 'mira', known: KNOWN };
      expect(api.engine.changes).toEqual([
        { method: 'decideHost', on: 'deployment/shop/production/2', message, requestId: expect.any(String) },
      ]);
    });

    it('is not decided on by the person of a body', async () => {
      const answer = await call(`${api.url}${ONE}/decisions`, { body: { ...body, person: 'mira' } });
      expect(answer.status).toBe(422);
      expect(api.engine.changes).toEqual([]);
    });

    it('answers 403 to somebody who may not decide, and says who may', async () => {
      api.engine.refusal = new Refused('ana may not decide about p2; ask mira or bo');
      const answer = await call(`${api.url}${ONE}/decisions`, { body });
      expect(answer.status).toBe(403);
      expect(answer.body).toMatchObject({ detail: expect.stringContaining('ana may not'), hint: expect.stringContaining('mira and bo') });
    });

    it('answers 409 where nothing is asked', async () => {
      api.engine.put(shopStatus(2, { build: PASSED, test: PASSED, staging: PASSED, production: WAITING }));
      const answer = await call(`${api.url}${ONE}/decisions`, { body, token: TOKENS.mira });
      expect(answer.status).toBe(409);
      expect(answer.body.detail).toBe('Stage production is waiting and waits for no decision');
      expect(api.engine.changes).toEqual([]);
    });

    it.each([undefined, '', '1', 'deployment/shop/production/2'])('is not decided on by an answer to question %j', async (question) => {
      const { question: _, ...rest } = body;
      const refused = await call(`${api.url}${ONE}/decisions`, { body: { ...rest, ...(question !== undefined && { question }) } });
      expect(refused).toMatchObject({ status: 422, body: { errors: [{ member: 'question' }] } });
      expect(api.engine.changes).toEqual([]);
    });

    it('answers 409 with what is asked now to an answer that comes too late', async () => {
      api.engine.refusal = new Refused('Question 2.1 is not open any more; about p2 it is now 2.2: it failed while switching: no disk');
      const answer = await call(`${api.url}${ONE}/decisions`, { body, token: TOKENS.mira });
      expect(answer).toMatchObject({ status: 409, body: { detail: expect.stringContaining('it is now 2.2') } });
    });

    it.each(['jump', '', 'RETRY', 7])('refuses the answer %j', async (answer) => {
      const refused = await call(`${api.url}${ONE}/decisions`, { body: { ...body, answer }, token: TOKENS.mira });
      expect(refused.status).toBe(422);
      expect(api.engine.changes).toEqual([]);
    });
  });

  it('cancels', async () => {
    const answer = await call(`${api.url}${ONE}/cancellation`, { body: { reason: 'wrong branch' } });
    expect(answer.status).toBe(200);
    expect(api.engine.changes).toMatchObject([{ method: 'cancel', message: { person: 'ana', reason: 'wrong branch' } }]);
  });

  it('says that a release is registered when its workflow is gone', async () => {
    const answer = await call(`${api.url}/api/v1/applications/shop/releases/1`);
    expect(answer.status).toBe(404);
    expect(answer.body.detail).toContain('Release 1 of shop is registered');
  });

  it('passes on what to do when Temporal is down', async () => {
    api.engine.failure = new TemporalUnavailable('127.0.0.1:7233');
    const answer = await call(`${api.url}${ONE}`);
    expect(answer.status).toBe(503);
    expect(answer.body.detail).toContain('Temporal at 127.0.0.1:7233 does not answer');
  });
});
