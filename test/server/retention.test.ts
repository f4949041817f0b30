import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Refused, TemporalUnavailable } from '../../temporal/errors.ts';
import { type ApiUnderTest, startApi, TOKENS } from '../support/api-under-test.ts';
import { digestOf } from '../support/shop.ts';
import { call } from './call.ts';

const WEB = '127.0.0.1:5000/shop/web';

describe('retention over the API', () => {
  let api: ApiUnderTest;
  beforeEach(async () => {
    api = await startApi();
  });
  afterEach(() => api.stop());

  const runs = () => `${api.url}/api/v1/retention/runs`;

  it('only looks unless it is told to delete, and takes the person from the token', async () => {
    const answer = await call(runs(), { body: {} });
    expect(answer).toMatchObject({ status: 202, body: { run: 'look-1' } });
    await call(runs(), { body: { apply: true, repositories: [WEB], planHashes: { [WEB]: 'sha256:1' } }, token: TOKENS.mira });
    expect(api.retention.orders.map(({ order }) => order)).toEqual([
      { apply: false, actor: 'ana' },
      { apply: true, actor: 'mira', repositories: [WEB], planHashes: { [WEB]: 'sha256:1' } },
    ]);
  });

  it('gives a repeated request with one key one id, and another person’s another', async () => {
    const headers = { 'idempotency-key': 'tonight' };
    await call(runs(), { body: { apply: true }, headers });
    await call(runs(), { body: { apply: true }, headers });
    await call(runs(), { body: { apply: true }, headers, token: TOKENS.mira });
    const [first, second, other] = api.retention.orders.map(({ requestId }) => requestId);
    expect(second).toBe(first);
    expect(other).not.toBe(first);
  });

  it('shows a run, its rows, and stops it', async () => {
    const done = { kind: 'done', repository: WEB, planHash: 'sha256:1', counts: { kept: 1, deleted: 1, stays: 0 }, leftOut: 0 } as const;
    api.retention.put('apply-7', { apply: true, actor: 'ana', state: 'running', repositories: [done] });
    const rows = [
      { tag: 'old', digest: digestOf('a'), form: 'image', outcome: 'deleted', reasons: ['made 2026-01-01; older than 30 days'] },
      { digest: digestOf('b'), outcome: 'kept', reasons: ['runs in production as release 2 of shop'] },
    ] as const;
    api.retention.rowsOf = { [WEB]: rows };
    expect((await call(`${runs()}/apply-7`)).body).toEqual({ apply: true, actor: 'ana', state: 'running', repositories: [done] });
    expect((await call(`${runs()}/apply-7/rows?repository=${encodeURIComponent(WEB)}`)).body).toEqual({ rows });
    expect((await call(`${runs()}/apply-7/cancellation`, { body: {} })).body).toMatchObject({ state: 'cancelled' });
    expect(api.retention.stopped).toEqual(['apply-7']);
  });

  it.each([
    [{ apply: 'yes' }, 'apply'],
    [{ repositories: [] }, 'repositories'],
    [{ repositories: ['shop/web:v1'] }, 'repositories.0'],
    [{ repositories: ['r.example/web@sha256:1'] }, 'repositories.0'],
    [{ repositories: ['web'] }, 'repositories.0'],
    [{ keep: 3 }, 'body'],
    [{ apply: true, planHashes: { [WEB]: 'sha256:1' } }, 'repositories'],
    [{ apply: true, repositories: [WEB, 'r.example/other'], planHashes: { [WEB]: 'sha256:1' } }, 'repositories.1'],
    [{ apply: true, repositories: [WEB], planHashes: { [WEB]: 'sha256:1', 'r.example/other': 'sha256:2' } }, 'planHashes.r.example.other'],
  ])('refuses %j, and starts nothing', async (body, member) => {
    const answer = await call(runs(), { body });
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ member }] } });
    expect(api.retention.orders).toEqual([]);
  });

  it('says what stands in the way in its own words', async () => {
    expect(await call(`${runs()}/apply-9`)).toMatchObject({ status: 404, body: { detail: 'There is no retention run apply-9' } });
    api.retention.failure = new Refused('Retention has been under way since noon');
    expect(await call(runs(), { body: { apply: true } })).toMatchObject({
      status: 409,
      body: { detail: 'Retention has been under way since noon' },
    });
    api.retention.failure = new TemporalUnavailable('127.0.0.1:7233');
    expect(await call(runs(), { body: {} })).toMatchObject({ status: 503 });
  });

  it('asks for a token', async () => {
    expect(await call(runs(), { body: { apply: true }, token: null })).toMatchObject({ status: 401 });
    expect(api.retention.orders).toEqual([]);
  });
});
