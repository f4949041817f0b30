import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from '@jest/globals';
import { createWebhookNotifier, NoticeNotTaken } from '../../../adapters/notify/webhook-notifier.ts';
import { noticeOf } from '../../../domain/notice.ts';
import { Secret } from '../../../domain/secret.ts';
import type { BreakGlass } from '../../../domain/standing.ts';

const NOON = '2026-03-02T12:00:00.000Z';
const glass: BreakGlass = {
  kind: 'break-glass',
  id: 'break-glass-1a2b3c4d5e',
  ...{ application: 'shop', environment: 'production', release: 7, digests: [], skips: ['approval', 'freeze'], incident: 'INC-1' },
  ...{ expiresAt: NOON, ratifyBy: NOON, consequence: 'freeze', reason: 'nobody can pay', by: 'olga', at: NOON },
};

let server: Server | undefined;
afterEach(() => {
  server?.close();
});

/** What a receiver got, which answers with a status. */
async function receiver(
  status: number,
): Promise<{ readonly url: string; readonly got: { readonly request: IncomingMessage; readonly body: string }[] }> {
  const got: { request: IncomingMessage; body: string }[] = [];
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    got.push({ request, body });
    response.writeHead(status, status === 302 ? { location: 'http://127.0.0.1:1/' } : {}).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, got };
}

it('sends a notice that proves itself, with an id that stays the same', async () => {
  const { url, got } = await receiver(204);
  const notice = noticeOf('glass-broken', glass, NOON);
  await createWebhookNotifier([{ url, secret: new Secret('s3cret') }], () => Date.parse(NOON)).send(notice);
  const [{ request, body }] = got as [(typeof got)[number]];
  expect(JSON.parse(body)).toEqual(notice);
  expect(request.headers).toMatchObject({
    'webhook-id': 'break-glass-1a2b3c4d5e/glass-broken',
    'webhook-timestamp': '1772452800',
    'webhook-signature': `v1,${createHmac('sha256', 's3cret').update(`break-glass-1a2b3c4d5e/glass-broken.1772452800.${body}`).digest('base64')}`,
  });
  expect(body).not.toContain('s3cret');
});

it.each([500, 404, 302])('says that a receiver did not take it that answers %s', async (status) => {
  const { url, got } = await receiver(status);
  const sent = createWebhookNotifier([{ url, secret: new Secret('s3cret') }]).send(noticeOf('glass-broken', glass, NOON));
  await expect(sent).rejects.toThrow(NoticeNotTaken);
  expect(got).toHaveLength(1);
});

it('tells everybody, and has nothing to do for nobody', async () => {
  const { url, got } = await receiver(200);
  const secret = new Secret('s3cret');
  await createWebhookNotifier([
    { url, secret },
    { url, secret },
  ]).send(noticeOf('glass-broken', glass, NOON));
  expect(got).toHaveLength(2);
  await createWebhookNotifier([]).send(noticeOf('glass-broken', glass, NOON));
});

it('says in a sentence what happened, and what a second person can do', () => {
  const summaries = (['glass-broken', 'glass-ratified', 'glass-not-ratified'] as const).map(
    (event) => noticeOf(event, { ...glass, ratified: { by: 'rita', at: NOON } }, NOON, 'production is frozen').summary,
  );
  expect(summaries).toEqual([
    `olga lets release 7 of shop past approval, freeze into production for incident INC-1: nobody can pay. A second person is to ratify it until ${NOON}: tidegate ratify break-glass-1a2b3c4d5e`,
    'rita ratified that olga let release 7 of shop past approval, freeze into production for incident INC-1',
    'Nobody ratified that olga let release 7 of shop past approval, freeze into production for incident INC-1; production is frozen',
  ]);
});
