import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from '@jest/globals';
import { type Ask, createAsk } from '../../../adapters/github/ask.ts';
import { createGitHubClient } from '../../../adapters/github/client.ts';
import { hookReads } from '../../../adapters/github/hook-reads.ts';
import { Secret } from '../../../domain/secret.ts';
import { payloadText } from '../../../server/github/payload-text.ts';

const place = { kind: 'organization', repository: 'acme/shop' } as const;
const asking = { signal: AbortSignal.timeout(60_000) };
const SINCE = '2026-03-10T00:00:00Z';

/** A webhook of so many deliveries, newest first, a hundred a page. */
function hookOf(count: number) {
  const pages: unknown[] = [];
  const ask: Ask = async ({ parameters, onNext }) => {
    const from = Number(parameters?.cursor ?? 0);
    pages.push(from);
    if (from + 100 < count) onNext?.(String(from + 100));
    return Array.from({ length: Math.min(100, count - from) }, (_, index) => ({
      id: count - from - index,
      guid: `guid-${count - from - index}`,
      event: 'push',
      delivered_at: '2026-03-10T06:00:00Z',
    }));
  };
  return { pages, list: () => hookReads(ask).deliveries(place, 1, SINCE, asking) };
}

it('lists what a busy organisation was sent to its end', async () => {
  const { list, pages } = hookOf(7_030);
  const { deliveries, isCut } = await list();
  expect([deliveries.length, deliveries.at(-1)?.guid, isCut]).toEqual([7_030, 'guid-1', false]);
  expect(pages).toHaveLength(71);
});

it('says where it lists the newest alone', async () => {
  const { list, pages } = hookOf(100_001);
  const { deliveries, isCut } = await list();
  expect([deliveries.length, deliveries[0]?.guid, isCut]).toEqual([100_000, 'guid-100001', true]);
  expect(pages).toHaveLength(1_000);
});

it('reads what a delivery held with every digit of its numbers', async () => {
  const held = '{"client_payload":{"order":12345678901234567890,"share":0.1,"words":["1n",-9007199254740993]}}';
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(`{"id":12345678901234567890,"request":{"payload":${held}}}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const credentials = { kind: 'token', token: new Secret('a-token') } as const;
    const reads = hookReads(createAsk(await createGitHubClient({ apiUrl, credentials, clock: Date.now, deadlineMs: 60_000 })));
    expect(payloadText(await reads.payload({ ...place, kind: 'repository' }, 1, '12345678901234567890', asking))).toBe(held);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
