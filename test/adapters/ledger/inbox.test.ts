import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ClaimRoom, InboxStore } from '../../../adapters/ledger/inbox/inbox-store.ts';
import { openInbox } from '../../../adapters/ledger/inbox/open-inbox.ts';
import type { LedgerPlace } from '../../../adapters/ledger/open-ledger.ts';
import type { ReceivedDelivery } from '../../../domain/inbox/delivery.ts';
import { LEDGER_LABS } from '../../support/ledger-labs.ts';

const DAY_MS = 86_400_000;
const LEASE_MS = 15_000;

const push = (id: string, body = `{"after":"${id}"}`): ReceivedDelivery => ({
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
  const another = async (holder = 'server') => {
    const store = await openInbox({ ...place, deadlineMs: 60_000, now: () => new Date(now), holder });
    open.push(store);
    return store;
  };
  const claim = (from = inbox, room: Partial<ClaimRoom> = {}) =>
    from.claim({ limit: 10, characters: 1_000, except: [], lanes: [], suspects: true, ...room }, LEASE_MS);
  const claimed = async (from = inbox, room: Partial<ClaimRoom> = {}) => (await claim(from, room)).map(({ id }) => id);

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

  it('has what is told again in the same words told once, for 90 days, and says so', async () => {
    const same = '{"action":"deploy"}';
    expect(await inbox.receive(push('a', same))).toEqual({ isNew: true });
    expect(await (await another()).receive(push('b', same))).toEqual({ isNew: false });
    expect(await inbox.find(2)).toMatchObject({ state: 'ignored', detail: 'delivery 1 told the same in the same words', body: '' });
    expect(await inbox.receive({ ...push('c', same), source: 'images/hub' })).toEqual({ isNew: true });
    expect(await inbox.receive({ ...push('d', same), isRepeatable: true })).toEqual({ isNew: true });
    expect(await claimed()).toEqual(['a', 'c', 'd']);
    expect((await inbox.isKnown('github', 'b')) && (await inbox.isKnown('github', 'a'))).toBe(true);
    await inbox.settle(1, { state: 'done', detail: '' });
    now += 89 * DAY_MS;
    await inbox.prune();
    expect(await inbox.receive(push('e', same))).toEqual({ isNew: false });
  });

  it('takes what was parked when it is told again', async () => {
    await inbox.receive(push('a', '{"action":"deploy"}'));
    await inbox.settle(1, { state: 'parked', detail: 'the pipeline file has faults' });
    expect(await inbox.receive(push('b', '{"action":"deploy"}'))).toEqual({ isNew: true });
  });

  it('takes what came to nothing, and may be meant anew, when it is told again, and what had its effect then no more', async () => {
    const pressed = '{"action":"requested_action"}';
    await inbox.receive(push('a', pressed));
    await inbox.settle(1, { state: 'ignored', detail: 'nobody here', isRepeatable: true });
    expect(await inbox.receive(push('b', pressed))).toEqual({ isNew: true });
    await inbox.settle(2, { state: 'done', detail: 'approved' });
    expect(await inbox.receive(push('c', pressed))).toEqual({ isNew: false });
    expect(await inbox.find(1)).toMatchObject({ state: 'ignored', detail: 'nobody here' });
  });

  it('is found as it was by whoever opens it next', async () => {
    await inbox.receive(push('a'));
    inbox.close();
    const next = await another();
    expect(await claim(next)).toEqual([{ ...push('a'), number: 1, receivedAt: '2026-03-02T09:30:00.000Z', attempts: 1 }]);
  });

  it('says what has been due for longest, and nothing of what is under way or due later', async () => {
    expect(await inbox.oldestDue()).toBeUndefined();
    for (const id of ['a', 'b', 'c']) {
      await inbox.receive(push(id));
      now += 1_000;
    }
    expect(await inbox.oldestDue()).toEqual({ number: 1, dueAt: '2026-03-02T09:30:00.000Z' });
    expect(await claimed(inbox, { limit: 1 })).toEqual(['a']);
    expect(await inbox.oldestDue()).toEqual({ number: 2, dueAt: '2026-03-02T09:30:01.000Z' });
    await inbox.settle(2, { state: 'later', detail: '', afterMs: 60_000 });
    await inbox.settle(3, { state: 'done', detail: '' });
    expect(await inbox.oldestDue()).toBeUndefined();
  });

  it('is drained by one server alone, and by another when that one has not been heard of in time', async () => {
    for (const id of ['a', 'b', 'c']) await inbox.receive(push(id));
    const other = await another('other');
    expect([await claimed(inbox, { limit: 2 }), await claimed(other)]).toEqual([['a', 'b'], []]);
    now += LEASE_MS - 1;
    await inbox.renew(LEASE_MS);
    await inbox.settle(2, { state: 'done', detail: '' });
    now += LEASE_MS - 1;
    expect(await claimed(other)).toEqual([]);
    now += 1;
    expect([await claimed(other), await claimed(inbox)]).toEqual([['a', 'c'], []]);
    expect((await inbox.find(1))?.attempts).toBe(2);
    await other.putBack(1, 'main');
    await other.leave();
    expect(await claimed(inbox)).toEqual(['a', 'c']);
  });

  it('keeps the order when a server comes back: what it had claimed is due before what came later', async () => {
    for (const id of ['a', 'b']) await inbox.receive(push(id));
    await claim(inbox, { limit: 1 });
    const again = await another();
    expect(await claimed(again)).toEqual(['a', 'b']);
    expect(await claimed(inbox)).toEqual([]);
  });

  it('gives of each lane the oldest, no lane that is taken, one suspect at most, and no more than there is room for', async () => {
    for (const id of ['a', 'b', 'c', 'd']) await inbox.receive(push(id, id.repeat(400)));
    expect(await claimed(inbox)).toEqual(['a', 'b']);
    expect(await claimed(inbox, { except: [1, 2], characters: 300 })).toEqual([]);
    expect(await claimed(inbox, { characters: 300, except: [] })).toEqual(['c']);
    for (const number of [1, 2, 3]) await inbox.putBack(number, 'main');
    expect((await inbox.find(1))?.attempts).toBe(0);
    expect(await claimed(inbox, { lanes: ['main'] })).toEqual(['d']);
    await inbox.putBack(4, 'topic');
    expect(await claimed(inbox)).toEqual(['a', 'd']);
    for (const number of [1, 4]) await inbox.settle(number, { state: 'failed', detail: '', afterMs: 0 });
    expect(await claimed(inbox)).toEqual(['a', 'd']);
    for (const number of [1, 4]) await inbox.settle(number, { state: 'failed', detail: '', afterMs: 0 });
    expect(await claimed(inbox, { suspects: false })).toEqual([]);
    expect(await claimed(inbox)).toEqual(['a']);
  });

  it('gives what waits for something outside again when it is due, as if for the first time', async () => {
    await inbox.receive(push('a'));
    await claimed();
    await inbox.settle(1, { state: 'later', detail: 'GitHub does not answer', afterMs: 60_000 });
    expect(await claimed()).toEqual([]);
    now += 60_000;
    expect(await claim()).toMatchObject([{ id: 'a', attempts: 1 }]);
    await inbox.settle(1, { state: 'failed', detail: 'Cannot read properties', afterMs: 1_000 });
    now += 1_000;
    expect(await claim()).toMatchObject([{ id: 'a', attempts: 2 }]);
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

  it('forgets after 90 days what it answered and quiet branches beyond so many, and never whose a repository is', async () => {
    const small = await openInbox({ ...place, deadlineMs: 60_000, now: () => new Date(now), branches: 2 });
    open.push(small);
    const places = ['repository acme/shop', 'answer/github/1/comment/2', 'shop 1/heads/a', 'shop 1/heads/b', 'shop 1/heads/c'];
    for (const one of places) await small.setHead(one, 'head');
    now += 89 * DAY_MS;
    await small.setHead('shop 1/heads/a', 'later');
    await small.prune();
    expect(await Promise.all(places.map((one) => small.head(one)))).toEqual(['head', 'head', 'later', 'head', 'head']);
    now += 2 * DAY_MS;
    await small.prune();
    const left = await Promise.all(places.map((one) => small.head(one)));
    expect(left).toEqual(['head', undefined, 'later', 'head', undefined]);
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
