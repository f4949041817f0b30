import { expect, it } from '@jest/globals';
import { GitHubUnavailable } from '../../activities/github/errors.ts';
import { Reconciler, type ReconcilerOptions } from '../../server/github/reconciler.ts';

const DAY = 86_400_000;
const MORNING = Date.parse('2026-03-10T06:00:00Z');

/** Three deliveries, newest first, as GitHub lists them; what their payloads are, and what was asked. */
function reconciler() {
  const failing = new Map<string, Error>();
  const known = new Set<string>();
  const bodies: string[] = [];
  const payloads = new Map<string, unknown>();
  const since: string[] = [];
  const clock = { now: MORNING, isCut: false };
  const logged: string[] = [];
  const options: ReconcilerOptions = {
    github: {
      hooks: async () => [1],
      deliveries: async (_repository, _hook, from) => {
        since.push(from);
        const deliveries = [3, 2, 1].map((id) => ({ id: String(id), guid: `delivery-${id}`, event: 'push', deliveredAt: '' }));
        return { deliveries, isCut: clock.isCut };
      },
      payload: async (_repository, _hook, id) => {
        const failure = failing.get(id);
        if (failure !== undefined) throw failure;
        return payloads.get(id) ?? { after: id };
      },
    },
    inbox: {
      isKnown: async (_source: string, id: string) => known.has(id),
      receive: (async ({ id, body }: { id: string; body: string }) => {
        known.add(id);
        bodies.push(body);
        return { isNew: true };
      }) as unknown as ReconcilerOptions['inbox']['receive'],
    },
    places: [{ kind: 'repository', repository: 'acme/shop', source: 'github' }],
    url: 'https://tidegate.test/webhooks/github',
    log: { info: () => undefined, error: (_facts: object, message: string) => void logged.push(message) },
    now: () => clock.now,
  };
  return { subject: new Reconciler(options), failing, known, bodies, payloads, since, clock, logged };
}

it('takes in what is behind a delivery that cannot be had, and looks for that one again', async () => {
  const { subject, failing, known, since, clock } = reconciler();
  failing.set('2', new Error('its payload is gone'));
  expect(await subject.once()).toBe(2);
  expect([...known]).toEqual(['delivery-1', 'delivery-3']);

  clock.now += 600_000;
  failing.clear();
  expect(await subject.once()).toBe(1);
  expect(since.map((from) => Date.parse(from))).toEqual([MORNING - 3 * DAY, MORNING + 600_000 - 3 * DAY]);
});

it('takes in whole numbers in their digits, however many', async () => {
  const { subject, payloads, bodies } = reconciler();
  const inOctokitsWords = { client_payload: { order: 12345678901234567890n, below: [-9007199254740993n], text: '12345678901234567890' } };
  payloads.set('1', inOctokitsWords).set('2', '{"order":12345678901234567890}');
  expect(await subject.once()).toBe(3);
  expect(bodies).toEqual([
    '{"client_payload":{"order":12345678901234567890,"below":[-9007199254740993],"text":"12345678901234567890"}}',
    '{"order":12345678901234567890}',
    '{"after":"3"}',
  ]);
});

it('asks afterwards for what is new alone, with a quarter of an hour to be sure', async () => {
  const { subject, since, clock } = reconciler();
  await subject.once();
  clock.now += 600_000;
  await subject.once();
  expect(Date.parse(since[1] ?? '')).toBe(MORNING - 900_000);
});

it('tells of what it cannot look at, as too much was sent since', async () => {
  const { subject, clock, logged, known } = reconciler();
  clock.isCut = true;
  expect(await subject.once()).toBe(3);
  expect(logged).toEqual(['GitHub sent more than can be looked at: what is older than the delivery named here is not taken in']);
  expect([...known]).toEqual(['delivery-1', 'delivery-2', 'delivery-3']);
  clock.isCut = false;
  await subject.once();
  expect(logged).toHaveLength(1);
});

it('asks nothing more of a GitHub that wants to be left alone', async () => {
  const { subject, failing, known } = reconciler();
  failing.set('1', new GitHubUnavailable('slow down', { retryAfterMs: 60_000 }));
  expect(await subject.once()).toBe(0);
  expect([...known]).toEqual([]);
});
