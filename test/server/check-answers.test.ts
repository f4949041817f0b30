import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Secret } from '../../domain/secret.ts';
import { NotFound, Refused } from '../../temporal/errors.ts';
import { type ApiUnderTest, startApi } from '../support/api-under-test.ts';
import { shopRecord } from '../support/shop.ts';
import { call } from './call.ts';

const NEW = `whsec_${Buffer.from('thirty-two-bytes-of-a-random-key').toString('base64')}`;
const OLD = 'the-old-secret-of-the-check';
const YES = JSON.stringify({
  question: 'q1',
  verdict: 'yes',
  reason: 'CHG-7 is\napproved',
  release: 1,
  planHash: 'p',
  policyRevision: 'r',
});

let api: ApiUnderTest;
beforeEach(async () => {
  api = await startApi({
    checks: [{ name: 'itsm', secrets: [new Secret(NEW), new Secret(OLD)] }, key('other', 'the-secret-of-another-check')],
  });
  api.register.put(shopRecord(1));
});
afterEach(() => api.stop());

function key(name: string, secret: string) {
  return { name, secrets: [new Secret(secret)] };
}

function signed(body: string, secret = NEW, offMs = 0, id = 'msg-1'): Record<string, string> {
  const time = String(Math.floor((Date.now() + offMs) / 1_000));
  const bytes = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : secret;
  const signature = createHmac('sha256', bytes).update(`${id}.${time}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': `v1,${signature}` };
}

const send = (headers: Record<string, string>, rawBody = YES, place = 'shop/1/production/itsm') =>
  call(`${api.url}/webhooks/checks/${place}`, { token: null, rawBody, headers });
const withoutId = ({ status, body }: { readonly status: number; readonly body: Record<string, unknown> }) => ({
  status,
  body: { ...body, requestId: '' },
});

describe('an answer of an external check', () => {
  it('reaches the release that asked, as the word of the check and of nobody else', async () => {
    const answer = await send(signed(YES));
    expect(answer).toMatchObject({ status: 200, body: { question: 'q1', verdict: 'yes', reason: 'CHG-7 is approved' } });
    expect(api.engine.changes).toMatchObject([
      {
        method: 'answerCheck',
        on: 'shop#1',
        message: {
          ...{ stage: 'production', check: 'itsm', question: 'q1', verdict: 'yes', reason: 'CHG-7 is approved' },
          ...{ release: 1, planHash: 'p', policyRevision: 'r' },
          known: { authentication: 'webhook of check itsm', requestId: answer.headers.get('x-request-id') },
        },
      },
    ]);
  });

  it('is one request to the release however often it is sent and whatever it gives as its reason, and another one of another verdict', async () => {
    const [again, other, no] = [
      YES.replace('CHG-7', 'CHG-8'),
      YES.replace('"planHash":"p"', '"planHash":"another"'),
      YES.replace('"yes"', '"no"'),
    ] as const;
    await send(signed(YES));
    for (const [index, body] of [YES, again, other, no].entries()) await send(signed(body, NEW, 0, `msg-${index}`), body);
    const [first, ...later] = api.engine.changes.map(({ requestId }) => requestId);
    expect(later.map((id) => id === first)).toEqual([true, true, false, false]);
    expect(new Set(later).size).toBe(3);
  });

  it('may be signed with either of two secrets, so that they can be rotated', async () => {
    expect((await send(signed(YES, OLD))).status).toBe(200);
  });

  it('is refused without a right signature of now, and nothing is asked', async () => {
    const wrong: Record<string, string>[] = [
      {},
      signed(YES, 'the-secret-of-somebody-else'),
      signed(YES, 'the-secret-of-another-check'),
      signed(YES.replace('yes', 'no')),
      signed(YES, NEW, -6 * 60_000),
      signed(YES, NEW, 6 * 60_000),
      { ...signed(YES), 'webhook-id': 'msg-2' },
      { ...signed(YES), 'webhook-timestamp': '1' },
      { authorization: `Bearer ${NEW}` },
    ];
    for (const headers of wrong) expect((await send(headers)).status).toBe(401);
    expect(api.engine.changes).toEqual([]);
  });

  it('says nothing of what there is to whoever is not known', async () => {
    const stranger = withoutId(await send(signed(YES, 'the-secret-of-somebody-else')));
    for (const place of ['shop/9/production/itsm', 'nobody/1/production/itsm', 'shop/1/nowhere/itsm', 'shop/1/production/nothing'])
      expect(withoutId(await send(signed(YES, 'the-secret-of-somebody-else'), YES, place))).toEqual(stranger);
    expect(JSON.stringify(stranger)).not.toMatch(/itsm|shop|secret-of/);
  });

  it.each(['', 'yes', '[]', '{}', '{"question":"q1"}', '{"question":"q1","verdict":"maybe"}', '{"question":1,"verdict":"yes"}'])(
    'is refused as none when it is %j',
    async (body) => {
      expect(await send(signed(body), body)).toMatchObject({ status: 400, body: { detail: expect.stringContaining('verdict') } });
      expect(api.engine.changes).toEqual([]);
    },
  );

  it('is told why it does not count: no such release, one that has ended, and what the release itself says', async () => {
    expect((await send(signed(YES), YES, 'shop/9/production/itsm')).status).toBe(404);
    api.engine.refusal = new NotFound('There is no release 1 of shop under way');
    expect(await send(signed(YES))).toMatchObject({
      status: 409,
      body: { detail: 'Release 1 of shop has ended, and waits for no answer to question q1' },
    });
    api.engine.refusal = new Refused('The answer to question q1 comes after its deadline, 2026-03-02T12:00:00Z');
    expect(await send(signed(YES))).toMatchObject({ status: 409, body: { detail: expect.stringContaining('after its deadline') } });
  });
});
