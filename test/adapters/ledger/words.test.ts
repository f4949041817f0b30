import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { CommitStatus } from '../../../activities/github.ts';
import type { LedgerPlace } from '../../../adapters/ledger/open-ledger.ts';
import { lateWords } from '../../../adapters/ledger/words/late-words.ts';
import { openWords } from '../../../adapters/ledger/words/open-words.ts';
import type { SqlWords } from '../../../adapters/ledger/words/sql-words.ts';
import { LEDGER_LABS } from '../../support/ledger-labs.ts';
import { statusWord as word } from '../../support/status-word.ts';

const HOUR_MS = 3_600_000;

describe.each(LEDGER_LABS)('what GitHub is to show, in $kind', (lab) => {
  let place: LedgerPlace;
  let words: SqlWords;
  let now: number;
  const open: SqlWords[] = [];
  const another = async () => {
    const store = await openWords({ ...place, deadlineMs: 60_000, now: () => now });
    open.push(store);
    return store;
  };

  const turnOf = async (status: CommitStatus, book = words) => (await book.begin(status))?.turn ?? 0;

  beforeAll(() => lab.start());
  afterAll(() => lab.stop());
  beforeEach(async () => {
    place = await lab.newPlace();
    now = Date.parse('2026-03-02T09:30:00Z');
    words = await another();
  });
  afterEach(() => {
    for (const store of open.splice(0)) store.close();
  });

  it('is the last word of the newest release that spoke of a stage on a commit, whichever worker heard it', async () => {
    expect(await turnOf(word(7, 'pending'))).toBe(1);
    expect(await turnOf(word(8, 'pending'), await another())).toBe(2);
    expect(await words.begin(word(7, 'success'))).toBeUndefined();
    expect(await words.last(word(7, 'success'))).toEqual({ turn: 2, status: word(8, 'pending'), isRefused: false });
    expect(await turnOf(word(7, 'success', { commit: 'b'.repeat(40) }))).toBe(1);
    expect(await turnOf(word(7, 'success', { context: 'tidegate/test' }))).toBe(1);
    expect(await turnOf(word(7, 'success', { application: 'kiosk' }))).toBe(1);
  });

  it('is handed out again where GitHub refused it, not before ten minutes, and not for ever', async () => {
    const turn = await turnOf(word(7, 'success'));
    await words.settle(word(7, 'success'), turn, 'refused');
    expect(await words.last(word(7, 'success'))).toMatchObject({ isRefused: true });
    expect(await words.untold('shop')).toEqual([]);
    now += HOUR_MS;
    expect(await words.untold('kiosk')).toEqual([]);
    expect(await words.untold('shop')).toEqual([{ turn, status: word(7, 'success'), isRefused: true, pass: expect.any(Number) }]);
    expect(await words.untold('shop')).toEqual([]);
    let tries = 1;
    for (now += HOUR_MS; (await words.untold('shop')).length > 0; now += HOUR_MS) tries += 1;
    expect(tries).toBe(50);
  });

  it('is handed out again where nobody told it for a day, as GitHub was away, and no longer once it was told', async () => {
    const turn = await turnOf(word(7, 'success'));
    now += 24 * HOUR_MS;
    expect(await words.untold('shop')).toEqual([]);
    now += 2 * HOUR_MS;
    const [untold] = await words.untold('shop');
    await words.settle(word(7, 'success'), turn, 'told');
    await words.landed(word(7, 'success'), untold?.pass ?? 0);
    now += HOUR_MS;
    expect(await words.untold('shop')).toEqual([]);
  });

  it('is handed out again where an older word was told again and never landed, though something newer was told meanwhile', async () => {
    await words.settle(word(7, 'pending'), await turnOf(word(7, 'pending')), 'refused');
    now += HOUR_MS;
    const [lost] = await words.untold('shop');
    const turn = await turnOf(word(7, 'success'));
    await words.settle(word(7, 'success'), turn, 'told');
    expect(await words.untold('shop')).toEqual([]);
    now += HOUR_MS;
    const [found] = await (await another()).untold('shop');
    expect(found).toMatchObject({ turn, status: word(7, 'success'), isRefused: false });
    await words.landed(word(7, 'success'), lost?.pass ?? 0);
    now += HOUR_MS;
    const [again] = await words.untold('shop');
    expect(again).toMatchObject({ turn });
    await words.landed(word(7, 'success'), again?.pass ?? 0);
    now += HOUR_MS;
    expect(await words.untold('shop')).toEqual([]);
  });

  it('is handed out again where GitHub would not have it put right, also if it is settled as told after that', async () => {
    const turn = await turnOf(word(7, 'success'));
    await words.strayed(word(7, 'success'));
    await words.settle(word(7, 'success'), turn, 'told');
    expect(await words.untold('shop')).toEqual([]);
    now += HOUR_MS;
    expect(await words.untold('shop')).toHaveLength(1);
    const other = word(8, 'success', { commit: 'b'.repeat(40) });
    await words.settle(other, await turnOf(other), 'told');
    await words.strayed(other);
    expect(await words.untold('shop')).toEqual([]);
    now += HOUR_MS;
    expect(await words.untold('shop')).toHaveLength(2);
  });

  it('is the verdict of an older release where a newer one ends without, heard by whichever worker', async () => {
    await turnOf(word(7, 'success'));
    await turnOf(word(8, 'pending'));
    expect(await (await another()).begin(word(8, 'error'))).toEqual({ turn: 3, status: word(7, 'success') });
    expect(await words.last(word(8, 'error'))).toEqual({ turn: 3, status: word(7, 'success'), isRefused: false });
    expect(await turnOf(word(9, 'pending'))).toBe(4);
    expect(await words.begin(word(7, 'failure'))).toBeUndefined();
    expect(await words.begin(word(9, 'error'))).toEqual({ turn: 5, status: word(7, 'failure') });
    expect(await words.begin(word(7, 'error'))).toEqual({ turn: 6, status: word(7, 'error') });
  });

  it('is not settled by whoever told what another word has taken the place of', async () => {
    const turn = await turnOf(word(7, 'pending'));
    await words.begin(word(8, 'pending'));
    await words.settle(word(7, 'pending'), turn, 'refused');
    expect(await words.last(word(7, 'pending'))).toMatchObject({ status: word(8, 'pending'), isRefused: false });
  });

  it('counts what was told towards the thousand that GitHub takes, over all releases of a commit', async () => {
    await words.settle(word(1, 'pending'), await turnOf(word(1, 'pending')), 'told');
    await lab.byHand(place, 'UPDATE github_words SET times = times + 898');
    await words.settle(word(2, 'pending'), await turnOf(word(2, 'pending')), 'told');
    expect(await words.begin(word(2, 'pending'))).toBeUndefined();
    expect(await turnOf(word(2, 'success'))).toBe(3);
  });

  it('is forgotten after 90 days, at the next start', async () => {
    await words.begin(word(7, 'success'));
    now += 89 * 24 * HOUR_MS;
    expect(await (await another()).last(word(7, 'success'))).toBeDefined();
    now += 2 * 24 * HOUR_MS;
    expect(await (await another()).last(word(7, 'success'))).toBeUndefined();
  });

  it('is forgotten after 90 days by a worker that runs on, at the first word of a day', async () => {
    await words.begin(word(7, 'success'));
    now += 91 * 24 * HOUR_MS;
    await words.begin(word(8, 'success', { commit: 'b'.repeat(40) }));
    expect(await words.last(word(7, 'success'))).toBeUndefined();
    expect(await words.last(word(8, 'success', { commit: 'b'.repeat(40) }))).toBeDefined();
  });

  it('of a version that kept no verdicts has those that are shown', async () => {
    await turnOf(word(7, 'success'));
    for (const column of ['verdict', 'astray_due']) await lab.byHand(place, `ALTER TABLE github_words DROP COLUMN ${column}`);
    await lab.byHand(place, 'DELETE FROM word_versions WHERE version = 2');
    const book = await another();
    await turnOf(word(8, 'pending'), book);
    expect(await book.begin(word(8, 'error'))).toMatchObject({ status: word(7, 'success') });
  });

  it('is opened when it is asked for, and again where that failed', async () => {
    let fails = true;
    const late = lateWords(async () => {
      if (fails) throw new Error('it is away');
      return another();
    });
    await expect(late.begin(word(7, 'pending'))).rejects.toThrow('it is away');
    fails = false;
    expect(await late.begin(word(7, 'pending'))).toEqual({ turn: 1, status: word(7, 'pending') });
    expect(await late.last(word(7, 'pending'))).toBeDefined();
  });
});
