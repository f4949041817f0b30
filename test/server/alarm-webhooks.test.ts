import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { WebhookHeader } from '../../domain/alarm.ts';
import { Secret } from '../../domain/secret.ts';
import { NotFound, Refused, TemporalUnavailable } from '../../temporal/errors.ts';
import { type ApiUnderTest, startApi } from '../support/api-under-test.ts';
import { call } from './call.ts';

const NEW = 'the-new-secret-of-the-monitor';
const OLD = 'the-old-secret-of-the-monitor';
const STANDARD = `whsec_${Buffer.from('thirty-two-bytes-of-a-random-key').toString('base64')}`;
const FIRING = JSON.stringify({
  status: 'firing',
  groupKey: '{}:{alertname="CheckoutDown"}',
  commonLabels: { alertname: 'CheckoutDown' },
  commonAnnotations: { summary: 'Checkout fails for  one in ten' },
  alerts: [{ status: 'firing', startsAt: '2026-03-02T09:30:00Z' }],
});

const key = (alarm: string, header: WebhookHeader, ...secrets: string[]) => ({
  environment: 'production',
  alarm,
  header,
  secrets: secrets.map((secret) => new Secret(secret)),
});
const hex = (content: string, secret = NEW): string => createHmac('sha256', secret).update(content).digest('hex');
const seconds = (offMs = 0): string => String(Math.floor((Date.now() + offMs) / 1_000));
const MINUTES = 60_000;

let api: ApiUnderTest;
beforeEach(async () => {
  api = await startApi({
    webhooks: [
      key('hub', 'x-hub-signature-256', NEW, OLD),
      key('grafana', 'x-grafana-alerting-signature', NEW),
      key('alertmanager', 'authorization', NEW, OLD),
      key('standard', 'webhook-signature', STANDARD),
    ],
  });
});
afterEach(() => api.stop());

const send = (alarm: string, headers: Record<string, string>, rawBody = FIRING, place = 'shop/production') =>
  call(`${api.url}/webhooks/alarms/${place}/${alarm}`, { token: null, rawBody, headers });
const signed = (body: string, secret = NEW) => ({ 'x-hub-signature-256': `sha256=${hex(body, secret)}` });
/** The id of the request is each request's own. */
const withoutId = ({ status, body }: { readonly status: number; readonly body: Record<string, unknown> }) => ({
  status,
  body: { ...body, requestId: '' },
});

describe('a message of a monitoring system', () => {
  it('takes back what bakes when its signature over the raw bytes is right, in the words that it brings', async () => {
    const answer = await send('hub', signed(FIRING));
    expect(answer).toMatchObject({
      status: 200,
      body: { raised: true, from: 2, to: 1, detail: 'shop in production returns from release 2 to 1' },
    });
    expect(api.engine.changes).toMatchObject([
      {
        method: 'raiseAlarm',
        on: 'shop/production',
        message: {
          alarm: 'hub',
          person: 'tidegate',
          reason: 'Checkout fails for  one in ten',
          delivery: expect.stringMatching(/^hub\//),
          known: { authentication: 'webhook hub', requestId: answer.headers.get('x-request-id') },
        },
      },
    ]);
  });

  it('is compared byte by byte: the same JSON written otherwise is not signed', async () => {
    const other = JSON.stringify(JSON.parse(FIRING), undefined, 1);
    expect((await send('hub', signed(FIRING), other)).status).toBe(401);
    expect((await send('hub', signed(other), other)).status).toBe(200);
  });

  it.each([
    ['no signature', {}],
    ['a signature with another secret', signed(FIRING, 'the-secret-of-somebody-else')],
    ['a signature that is cut off', { 'x-hub-signature-256': signed(FIRING)['x-hub-signature-256'].slice(0, -2) }],
    ['a signature of another form', { 'x-hub-signature-256': hex(FIRING) }],
    ['an empty signature', { 'x-hub-signature-256': '' }],
    ['a signature in the header of another sender', { 'x-grafana-alerting-signature': hex(FIRING) }],
    ['the secret itself, where it must sign', { authorization: `Bearer ${NEW}` }],
  ])('is refused with %s', async (_what, headers) => {
    expect((await send('hub', headers as Record<string, string>)).status).toBe(401);
    expect(api.engine.changes).toEqual([]);
  });

  it('may be signed with either of two secrets, so that they can be rotated', async () => {
    expect((await send('hub', signed(FIRING, OLD))).status).toBe(200);
    expect((await send('alertmanager', { authorization: `Bearer ${OLD}` })).status).toBe(200);
  });

  it('may carry its secret as a bearer token where its sender signs nothing, and only there', async () => {
    expect((await send('alertmanager', { authorization: `Bearer ${NEW}` })).body).toMatchObject({ raised: true });
    expect((await send('alertmanager', { authorization: `Bearer ${NEW}x` })).status).toBe(401);
    expect((await send('alertmanager', { authorization: `Basic ${NEW}` })).status).toBe(401);
    expect((await send('alertmanager', signed(FIRING))).status).toBe(401);
  });

  it('is good for five minutes where its sender signs the time, and for no other time than the one that is signed', async () => {
    const grafana = (time: string, told = time) => ({
      'x-grafana-alerting-timestamp': told,
      'x-grafana-alerting-signature': hex(`${time}:${FIRING}`),
    });
    expect((await send('grafana', grafana(seconds()))).status).toBe(200);
    expect((await send('grafana', grafana(seconds(-6 * MINUTES)))).status).toBe(401);
    expect((await send('grafana', grafana(seconds(6 * MINUTES)))).status).toBe(401);
    expect((await send('grafana', grafana(seconds(-6 * MINUTES), seconds()))).status).toBe(401);
    expect((await send('grafana', grafana('soon'))).status).toBe(401);
    // Grafana signs no time where its contact point names no header for it.
    expect((await send('grafana', { 'x-grafana-alerting-signature': hex(FIRING) })).status).toBe(200);
    expect(api.engine.changes).toHaveLength(2);
  });

  it('may be signed as Standard Webhooks say, with several signatures of which one is right', async () => {
    const standard = (time: string) => {
      const secret = Buffer.from(STANDARD.slice(6), 'base64');
      const right = createHmac('sha256', secret).update(`msg_1.${time}.${FIRING}`).digest('base64');
      const wrong = createHmac('sha256', 'other').update(FIRING).digest('base64');
      return { 'webhook-id': 'msg_1', 'webhook-timestamp': time, 'webhook-signature': `v1,${wrong} v2,x v1,${right}` };
    };
    expect((await send('standard', standard(seconds()))).status).toBe(200);
    expect((await send('standard', standard(seconds(-6 * MINUTES)))).status).toBe(401);
    expect((await send('standard', { ...standard(seconds()), 'webhook-id': 'msg_2' })).status).toBe(401);
    const { 'webhook-timestamp': _, ...timeless } = standard(seconds());
    expect((await send('standard', timeless)).status).toBe(401);
  });

  it('says nothing of what there is to whoever is not known', async () => {
    const wrong = withoutId(await send('hub', signed(FIRING, 'the-secret-of-somebody-else')));
    for (const [alarm, place] of [
      ['hub', 'shop/nowhere'],
      ['nothing', 'shop/production'],
      ['alertmanager', 'shop/production'],
      ['hub', 'nobody/production'],
    ] as const) {
      expect(withoutId(await send(alarm, signed(FIRING, 'the-secret-of-somebody-else'), FIRING, place))).toEqual(wrong);
    }
    expect((await send('hub', signed(FIRING), FIRING, 'nobody/production')).status).toBe(401);
    expect(JSON.stringify(wrong)).not.toMatch(/hub|production|secret-of/);
  });

  it('is refused before anything is looked at when it is larger than 256 KiB, whether or not there is such an alarm', async () => {
    const large = JSON.stringify({ status: 'firing', padding: 'x'.repeat(256 * 1024) });
    expect((await send('hub', signed(large), large)).status).toBe(413);
    expect((await send('nothing', signed(large), large)).status).toBe(413);
    expect(api.engine.changes).toEqual([]);
  });

  it('raises nothing when it says that it is over, in the words of Alertmanager and of Grafana', async () => {
    for (const over of ['{"status":"resolved","alerts":[]}', '{"state":"ok"}', '{"status":"Resolved"}']) {
      expect(await send('hub', signed(over), over)).toMatchObject({
        status: 200,
        body: { raised: false, detail: 'hub is over: nothing is raised' },
      });
    }
    expect(api.engine.changes).toEqual([]);
  });

  it('has the same name each time that it is sent, and another one when it says something else or is for another alarm', async () => {
    await send('hub', signed(FIRING));
    await send('hub', signed(FIRING, OLD));
    await send('alertmanager', { authorization: `Bearer ${NEW}` });
    await send('hub', signed('{}'), '{}');
    const names = api.engine.changes.map(({ message }) => (message as { delivery: string }).delivery);
    expect(names[1]).toBe(names[0]);
    expect(new Set(names).size).toBe(3);
  });

  it('hears that it came too late, or that nothing was ever deployed, as an answer and no failed delivery', async () => {
    api.engine.refusal = new Refused('Nothing bakes in shop in production: no alarm is heard');
    expect(await send('hub', signed(FIRING))).toMatchObject({
      status: 200,
      body: { raised: false, detail: expect.stringContaining('Nothing bakes') },
    });
    api.engine.refusal = new NotFound('No workflow of shop in production');
    expect(await send('hub', signed(FIRING))).toMatchObject({ status: 200, body: { raised: false } });
  });

  it('is to be sent again when Temporal does not answer', async () => {
    api.engine.refusal = new TemporalUnavailable('127.0.0.1:7233');
    expect((await send('hub', signed(FIRING))).status).toBe(503);
  });

  it.each(['not JSON', '[]', '"firing"', '{"release":"two"}', '{"release":0}'])(
    'is refused when it is no document of an alarm: %s',
    async (body) => {
      expect((await send('hub', signed(body), body)).status).toBe(400);
      expect(api.engine.changes).toEqual([]);
    },
  );

  it('may name the release that it is about, and may be of any type', async () => {
    const body = '{"release":2,"reason":"line one\\nline two"}';
    expect((await send('hub', { ...signed(body), 'content-type': 'text/plain' }, body)).status).toBe(200);
    expect(api.engine.changes).toMatchObject([{ message: { release: 2, reason: 'line one line two' } }]);
  });

  it('gives no access to anything else', async () => {
    const answer = await call(`${api.url}/api/v1/applications/shop/environments/production/alarms/hub`, { token: NEW, body: {} });
    expect(answer.status).toBe(401);
  });
});
