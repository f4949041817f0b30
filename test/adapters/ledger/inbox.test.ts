import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { InboxStore } from '../../../adapters/ledger/inbox/inbox-store.ts';
import { openInbox } from '../../../adapters/ledger/inbox/open-inbox.ts';
import type { LedgerPlace } from '../../../adapters/ledger/open-ledger.ts';
import type { ReceivedDelivery } from '../../../domain/inbox/delivery.ts';
import { LEDGER_LABS } from '../../support/ledger-labs.ts';

const DAY_MS = 86_400_000;
const LEASE_MS = 15_000;

const push = (id: string, body = '{"ref":"refs/heads/main"}'): ReceivedDelivery => ({
  source: 'github',
  id,
  event: 'push',
  contentType: 'application/json',
  body,
});

describe.each(LEDGER_LABS)('the inbox in $kind', (lab) => {
  let place: LedgerPlace;
  let inbox: InboxStore;
  let now: number;
  const open: InboxStore[] = [];
  const another = async () => {
    const store = await openInbox({ ...place, deadlineMs: 60_000, now: () => new Date(now) });
    open.push(store);
    return store;
  };
  const claimed = async (limit = 10, except: number[] = [], from = inbox) =>
    (await from.claim(limit, LEASE_MS, except)).map(({ id }) => id);

  beforeAll(() => lab.start());
  afterAll(() => lab.stop());
  beforeEach(async () => {
    place = await lab.newPlace();
    now = Date.parse('2026-03-02T09:30:00Z');
    inbox = await another();
  });
  afterEach(() => {
    for (const store of open.splice(0)) store.close();
  });

  it('keeps a delivery once, whoever receives it and however often, also at once', async () => {
    const other = await another();
    const answers = await Promise.all(
      [push('a'), push('b'), push('a', 'another body')].flatMap((one) => [inbox.receive(one), other.receive(one)]),
    );
    expect(answers.filter(({ isNew }) => isNew)).toHaveLength(2);
    expect((await inbox.list({ limit: 10 })).deliveries.map(({ number }) => number)).toEqual([2, 1]);
  });

  it('is found as it was by whoever opens it next', async () => {
    await inbox.receive(push('a'));
    inbox.close();
    const next = await another();
    expect(await next.claim(10, LEASE_MS, [])).toEqual([{ ...push('a'), number: 1, receivedAt: '2026-03-02T09:30:00.000Z', attempts: 1 }]);
  });

  it('gives a delivery to one alone, and to the next when that one has not settled it in time', async () => {
    for (const id of ['a', 'b', 'c']) await inbox.receive(push(id));
    const other = await another();
    const both = await Promise.all([claimed(2), claimed(2, [], other)]);
    expect(both.flat().sort()).toEqual(['a', 'b', 'c']);
    now += LEASE_MS + 1;
    expect(await claimed(10, [2])).toEqual(['a', 'c']);
    expect((await inbox.find(1))?.attempts).toBe(2);
  });

  it('keeps the order when a server comes back: what it had claimed is due before what came later', async () => {
    for (const id of ['a', 'b']) await inbox.receive(push(id));
    await claimed(1);
    inbox.close();
    const again = await another();
    await again.resume();
    expect(await claimed(2, [], again)).toEqual(['a', 'b']);
  });

  it('gives what waits for something outside again when it is due, as if for the first time', async () => {
    await inbox.receive(push('a'));
    await claimed();
    await inbox.settle(1, { state: 'later', detail: 'GitHub does not answer', afterMs: 60_000 });
    expect(await claimed()).toEqual([]);
    now += 60_000;
    expect(await inbox.claim(10, LEASE_MS, [])).toMatchObject([{ id: 'a', attempts: 1 }]);
    await inbox.settle(1, { state: 'failed', detail: 'Cannot read properties', afterMs: 1_000 });
    now += 1_000;
    expect(await inbox.claim(10, LEASE_MS, [])).toMatchObject([{ id: 'a', attempts: 2 }]);
  });

  it('shows what became of each, and forgets neither a parked one nor why', async () => {
    for (const id of ['a', 'b', 'c']) await inbox.receive(push(id));
    await inbox.settle(1, { state: 'done', detail: 'release 1 of shop', subject: 'push a' });
    await inbox.settle(2, { state: 'parked', detail: 'It holds no JSON' });
    const { deliveries } = await inbox.list({ limit: 2 });
    expect(deliveries).toMatchObject([
      { number: 3, state: 'waiting', dueAt: '2026-03-02T09:30:00.000Z' },
      { number: 2, state: 'parked', detail: 'It holds no JSON' },
    ]);
    expect(await inbox.list({ limit: 2, before: 2 })).toMatchObject({ deliveries: [{ number: 1, detail: 'release 1 of shop' }] });
    expect((await inbox.list({ limit: 10, state: 'parked' })).deliveries).toHaveLength(1);
    expect(await claimed()).toEqual(['c']);
  });

  it('remembers by which delivery something was done, until that one is taken on again', async () => {
    await inbox.receive(push('a'));
    await inbox.settle(1, { state: 'done', detail: 'release 1 of shop', subject: 'push a' });
    expect(await inbox.handled('push a')).toBe(1);
    await inbox.replay(1, 'for rita');
    expect(await inbox.handled('push a')).toBeUndefined();
    expect(await inbox.find(1)).toMatchObject({ state: 'waiting', attempts: 0, detail: 'for rita' });
    expect(await claimed()).toEqual(['a']);
  });

  it('remembers deliveries for 90 days, and what was in those that are done for three', async () => {
    for (const id of ['done', 'parked', 'waiting']) await inbox.receive(push(id));
    await inbox.settle(1, { state: 'done', detail: 'release 1 of shop', subject: 'push a' });
    await inbox.settle(2, { state: 'parked', detail: 'It holds no JSON' });
    now += 4 * DAY_MS;
    await inbox.prune();
    expect([(await inbox.find(1))?.body, (await inbox.find(2))?.body]).toEqual(['', push('parked').body]);
    now += 85 * DAY_MS;
    await inbox.prune();
    expect((await inbox.receive(push('done'))).isNew).toBe(false);
    expect(await inbox.handled('push a')).toBe(1);
    now += 2 * DAY_MS;
    await inbox.prune();
    expect((await inbox.list({ limit: 10 })).deliveries.map(({ id }) => id)).toEqual(['waiting']);
    expect(await inbox.handled('push a')).toBeUndefined();
  });

  it('keeps the newest commit of each place', async () => {
    expect(await inbox.head('shop 1/heads/main')).toBeUndefined();
    await inbox.setHead('shop 1/heads/main', 'a');
    await inbox.setHead('shop 1/heads/main', 'b');
    expect(await inbox.head('shop 1/heads/main')).toBe('b');
  });

  it('refuses no delivery for what the database refuses of another that came with it', async () => {
    const answers = await Promise.allSettled([
      inbox.receive(push('a')),
      inbox.receive({ ...push('b'), body: null as unknown as string }),
      inbox.receive(push('c')),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });
});
