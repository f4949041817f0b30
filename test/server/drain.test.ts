import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { InboxStore } from '../../adapters/ledger/inbox/inbox-store.ts';
import { openInbox } from '../../adapters/ledger/inbox/open-inbox.ts';
import type { ClaimedDelivery, Settlement } from '../../domain/inbox/delivery.ts';
import { until } from '../../lab/until.ts';
import { Drain } from '../../server/inbox/drain.ts';
import { settlementOf } from '../../server/inbox/settlement.ts';
import { OutsideUnavailable, UnfitRequest } from '../../server/problems.ts';
import { TemporalUnavailable, WorkflowBusy } from '../../temporal/errors.ts';

const PATIENT_MS = 60_000;

let folder: string;
let inbox: InboxStore;
let drains: Drain[];
let handled: string[];
/** What becomes of a delivery, by its id; done at once where nothing is said. */
let ends: Map<string, (signal: AbortSignal) => Promise<Settlement>>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-drain-'));
  inbox = await openInbox({ file: join(folder, 'inbox.db'), deadlineMs: PATIENT_MS });
  [drains, handled, ends] = [[], [], new Map()];
});
afterEach(async () => {
  for (const drain of drains) await drain.stop();
  inbox.close();
  rmSync(folder, { recursive: true });
});

/** Ids are `LANE-NAME`; one that holds no JSON is one that cannot be read. */
function read({ id, body }: ClaimedDelivery) {
  JSON.parse(body);
  return {
    lane: id.split('-')[0] ?? '',
    handle: async (signal: AbortSignal): Promise<Settlement> => {
      handled.push(id);
      return (ends.get(id) ?? (async () => ({ state: 'done', detail: id }) as const))(signal);
    },
  };
}

function startDrain(): Drain {
  const drain = new Drain({ inbox, read, log: { info: () => undefined, error: () => undefined }, idleMs: 10 });
  drains.push(drain);
  drain.start();
  return drain;
}

const receive = async (...ids: string[]) => {
  for (const id of ids)
    await inbox.receive({ source: 'github', id, event: 'push', contentType: 'application/json', body: JSON.stringify(id) });
};
/** A server that claims what it has room for, and dies. */
const die = async (limit = 16) => {
  const life = await openInbox({ file: join(folder, 'inbox.db'), deadlineMs: PATIENT_MS });
  await life.claim({ limit, characters: 1_000_000, except: [], lanes: [], suspects: true }, 60_000);
  life.close();
};
const state = async (number: number) => (await inbox.find(number))?.state;
const ended = (number: number) => until(`delivery ${number} to end`, PATIENT_MS, async () => (await state(number)) !== 'waiting');

/** A delivery that comes to its end when it is released. */
function hold(name: string): () => void {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  ends.set(name, async () => {
    await held;
    return { state: 'done', detail: '' };
  });
  return () => release();
}

describe('what takes deliveries out of the inbox', () => {
  it('keeps the order of what is about one thing, and lets nothing else wait for it', async () => {
    const release = hold('main-1');
    await receive('main-1', 'main-2', 'topic-1');
    startDrain();
    await ended(3);
    expect(handled).toEqual(['main-1', 'topic-1']);
    release();
    await ended(2);
    expect(handled).toEqual(['main-1', 'topic-1', 'main-2']);
  });

  it('parks what cannot be read or was decided against, with the reason, and goes on', async () => {
    await inbox.receive({ source: 'github', id: 'a-1', event: 'push', contentType: 'application/json', body: '{"ref' });
    ends.set('b-1', async () => {
      throw new UnfitRequest('commit', 'The pipeline file has faults', 'correct it');
    });
    await receive('b-1', 'c-1');
    startDrain();
    for (const number of [1, 2, 3]) await ended(number);
    expect(await Promise.all([1, 2, 3].map(state))).toEqual(['parked', 'parked', 'done']);
    expect((await inbox.find(2))?.detail).toBe('The pipeline file has faults; correct it');
    expect(handled).toEqual(['b-1', 'c-1']);
  });

  it('takes a delivery on again that a person has looked at', async () => {
    ends.set('a-1', async () => {
      throw new UnfitRequest('commit', 'no', 'correct it');
    });
    await receive('a-1');
    const drain = startDrain();
    await ended(1);
    ends.delete('a-1');
    await inbox.replay(1, 'for rita');
    drain.wake();
    await until('it to be done', PATIENT_MS, async () => (await state(1)) === 'done');
  });

  it('takes up what it was at when it was killed, before what came later', async () => {
    await receive('main-1', 'main-2');
    await die(1);
    startDrain();
    await ended(2);
    expect(handled).toEqual(['main-1', 'main-2']);
  });

  it('parks what took its server with it five times, and nothing that was only there too', async () => {
    await receive('a-1', 'b-1', 'c-1', 'd-1');
    for (let life = 0; life < 5; life += 1) await die();
    startDrain();
    for (const number of [1, 2, 3, 4]) await ended(number);
    expect(await Promise.all([1, 2, 3, 4].map(state))).toEqual(['parked', 'done', 'done', 'done']);
    expect(handled).toEqual(expect.arrayContaining(['b-1', 'c-1', 'd-1']));
    expect(handled).not.toContain('a-1');
  });

  it('lets a flood of what is about one thing hold up nothing else', async () => {
    const release = hold('main-1');
    const flood = Array.from({ length: 40 }, (_, index) => `main-${index + 1}`);
    await receive(...flood, 'topic-1');
    startDrain();
    await ended(41);
    expect(handled).toEqual(['main-1', 'topic-1']);
    release();
    await ended(40);
    expect(handled).toEqual(['main-1', 'topic-1', ...flood.slice(1)]);
    expect((await inbox.find(40))?.attempts).toBe(1);
  });

  it('counts nothing as begun that it broke off itself', async () => {
    ends.set('a-1', (signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))));
    await receive('a-1');
    for (let life = 1; life <= 7; life += 1) {
      const drain = startDrain();
      await until('it to be under way', PATIENT_MS, async () => handled.length === life);
      await drain.stop();
      expect(await inbox.find(1)).toMatchObject({ state: 'waiting', attempts: 0 });
    }
  });

  it('lets go of what is under way when it stops, which waits for the next', async () => {
    ends.set('a-1', (signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))));
    await receive('a-1');
    const drain = startDrain();
    await until('it to be under way', PATIENT_MS, async () => handled.length === 1);
    await drain.stop();
    expect(await state(1)).toBe('waiting');
  });
});

describe('a failure of a delivery', () => {
  const now = Date.parse('2026-03-02T10:00:00Z');
  const delivery = (ageMs: number, attempts = 1): ClaimedDelivery => ({
    number: 1,
    source: 'github',
    id: 'a',
    event: 'push',
    contentType: '',
    body: '',
    receivedAt: new Date(now - ageMs).toISOString(),
    attempts,
  });
  const named = (name: string, more: object = {}) => Object.assign(new Error('no'), { name, ...more });

  it('of something outside delays it, the longer the rarer, for seven days', () => {
    for (const error of [
      new TemporalUnavailable('t'),
      new WorkflowBusy('shop'),
      new OutsideUnavailable('registry', 'wait'),
      named('LedgerUnavailable'),
      named('GitHubUnavailable'),
      named('GitHubRefused'),
      named('TimeoutError'),
    ]) {
      expect(settlementOf(error, delivery(0), 5, now)).toMatchObject({ state: 'later', afterMs: 1_000 });
      expect(settlementOf(error, delivery(60_000, 9), 5, now)).toMatchObject({ state: 'later', afterMs: 30_000 });
      expect(settlementOf(error, delivery(86_400_000), 5, now)).toMatchObject({ state: 'later', afterMs: 300_000 });
      expect(settlementOf(error, delivery(8 * 86_400_000), 5, now)).toMatchObject({ state: 'parked' });
    }
    expect(settlementOf(named('GitHubUnavailable', { retryAfterMs: 90_000 }), delivery(0), 5, now)).toMatchObject({ afterMs: 90_000 });
  });

  it('that nobody foresaw is tried five times', () => {
    expect(settlementOf(new TypeError('undefined is no function'), delivery(0, 1), 5, now)).toMatchObject({ state: 'failed' });
    expect(settlementOf(new TypeError('undefined is no function'), delivery(0, 5), 5, now)).toMatchObject({ state: 'parked' });
  });
});
