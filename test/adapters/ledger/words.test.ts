import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { CheckWord, DeploymentWord } from '../../../activities/github/details-in-order.ts';
import type { WordBook } from '../../../activities/github/in-order.ts';
import type { CommitStatus } from '../../../activities/github.ts';
import type { LedgerPlace } from '../../../adapters/ledger/open-ledger.ts';
import { lateWords } from '../../../adapters/ledger/words/late-words.ts';
import { openWords, type Words } from '../../../adapters/ledger/words/open-words.ts';
import type { DeploymentNews } from '../../../domain/deployment-news.ts';
import { LEDGER_LABS } from '../../support/ledger-labs.ts';
import { statusWord as word } from '../../support/status-word.ts';

const HOUR_MS = 3_600_000;

describe.each(LEDGER_LABS)('what GitHub is to show, in $kind', (lab) => {
  let place: LedgerPlace;
  let words: WordBook;
  let now: number;
  const open: Words[] = [];
  const another = async () => {
    const store = await openWords({ ...place, deadlineMs: 60_000, now: () => now });
    open.push(store);
    return store.statuses;
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
    expect(await words.last(word(7, 'success'))).toEqual({ turn: 2, news: word(8, 'pending'), isRefused: false });
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
    expect(await words.untold('shop')).toEqual([{ turn, news: word(7, 'success'), isRefused: true, pass: expect.any(Number) }]);
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
    expect(found).toMatchObject({ turn, news: word(7, 'success'), isRefused: false });
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
    expect(await (await another()).begin(word(8, 'error'))).toEqual({ turn: 3, news: word(7, 'success') });
    expect(await words.last(word(8, 'error'))).toEqual({ turn: 3, news: word(7, 'success'), isRefused: false });
    expect(await turnOf(word(9, 'pending'))).toBe(4);
    expect(await words.begin(word(7, 'failure'))).toBeUndefined();
    expect(await words.begin(word(9, 'error'))).toEqual({ turn: 5, news: word(7, 'failure') });
    expect(await words.begin(word(7, 'error'))).toEqual({ turn: 6, news: word(7, 'error') });
  });

  it('is not settled by whoever told what another word has taken the place of', async () => {
    const turn = await turnOf(word(7, 'pending'));
    await words.begin(word(8, 'pending'));
    await words.settle(word(7, 'pending'), turn, 'refused');
    expect(await words.last(word(7, 'pending'))).toMatchObject({ news: word(8, 'pending'), isRefused: false });
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
    for (const sql of ['DROP TABLE github_details', 'DELETE FROM word_versions WHERE version >= 2']) await lab.byHand(place, sql);
    const book = await another();
    await turnOf(word(8, 'pending'), book);
    expect(await book.begin(word(8, 'error'))).toMatchObject({ news: word(7, 'success') });
  });

  const deploymentWord = (release: number, state: DeploymentNews['state'], more: Partial<DeploymentNews> = {}): DeploymentWord => {
    const deployment = `deployment/shop/production/${release}`;
    const of = { application: 'shop', commit: String(release).padStart(40, 'a') };
    const news = { environment: 'production', release, deployment, state, description: `is ${state}`, ...more };
    return { application: 'shop', commit: '', context: deployment, of, news };
  };
  const checkWord = (title: string): CheckWord => ({
    application: 'shop',
    commit: 'a'.repeat(40),
    context: 'shop/7/production/',
    of: { application: 'shop', commit: 'a'.repeat(40), release: 7 },
    check: { name: 'Tidegate: production', externalId: 'shop/7/production/', status: 'queued', title, summary: '' },
  });

  it('of Deployments and check runs is handed out again where GitHub refused it, each kind by itself, and by its last word', async () => {
    const { deployments, checks } = open.at(-1) as Words;
    await words.settle(word(7, 'success'), await turnOf(word(7, 'success')), 'refused');
    for (const title of ['waits', 'runs']) {
      const said = await checks.begin(checkWord(title));
      await checks.settle(checkWord(title), said?.turn ?? 0, 'refused');
    }
    const begun = await deployments.begin(deploymentWord(7, 'in_progress'));
    await deployments.settle(deploymentWord(7, 'in_progress'), begun?.turn ?? 0, 'refused');
    expect(await Promise.all([checks.untold('shop'), deployments.untold('shop')])).toEqual([[], []]);
    now += HOUR_MS;
    expect(await words.untold('shop')).toMatchObject([{ news: word(7, 'success') }]);
    expect(await checks.untold('shop')).toMatchObject([{ news: checkWord('runs'), turn: 2, isRefused: true }]);
    expect(await deployments.untold('shop')).toMatchObject([{ news: deploymentWord(7, 'in_progress') }]);
    expect(await deployments.untold('shop')).toEqual([]);
    now += HOUR_MS;
    const [again] = await checks.untold('shop');
    await checks.settle(checkWord('runs'), again?.turn ?? 0, 'told');
    await checks.landed(checkWord('runs'), again?.pass ?? 0);
    now += HOUR_MS;
    expect(await checks.untold('shop')).toEqual([]);
  });

  it('of an environment is ruled by the latest generation, whichever worker hears of it, and says which release was there before', async () => {
    const { deployments } = open.at(-1) as Words;
    const serves = (release: number) => deploymentWord(release, 'success', { isServing: true });
    await deployments.begin(serves(1));
    await another();
    const { deployments: others } = open.at(-1) as Words;
    expect((await others.begin(serves(5)))?.news.news).toEqual({ ...serves(5).news, replaces: 1 });
    const late = await deployments.begin(serves(3));
    expect(late?.news.news).toMatchObject({ state: 'inactive', description: 'Replaced by release 5', hasServed: true });
    expect(await deployments.last(serves(3))).toMatchObject({ news: { news: { state: 'inactive' } } });
    expect(await deployments.ruler(serves(3))).toMatchObject({ news: serves(5) });
    expect(await deployments.ruler(deploymentWord(6, 'in_progress'))).toBeUndefined();
    // A release that does not know any more which of its deployments it was.
    const { deployment: _, ...unnamed } = deploymentWord(5, 'inactive', { returnsTo: 3 }).news;
    const gone = await deployments.begin({ ...serves(5), context: 'production/5', news: unnamed });
    expect(gone?.news).toMatchObject({ context: 'deployment/shop/production/5', news: { returnsTo: 3, state: 'inactive' } });
    expect((await deployments.begin(serves(5)))?.news.news).toMatchObject({ state: 'inactive', returnsTo: 3, hasServed: true });
    expect(await deployments.begin(serves(5))).toBeUndefined();
  });

  it('is opened when it is asked for, and again where that failed', async () => {
    let fails = true;
    const late = lateWords(async () => {
      if (fails) throw new Error('it is away');
      await another();
      return open.at(-1) as Words;
    });
    await expect(late.statuses.begin(word(7, 'pending'))).rejects.toThrow('it is away');
    fails = false;
    expect(await late.statuses.begin(word(7, 'pending'))).toEqual({ turn: 1, news: word(7, 'pending') });
    expect(await late.statuses.last(word(7, 'pending'))).toBeDefined();
  });
});
