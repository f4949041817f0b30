import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { GitHubRefused, GitHubUnavailable } from '../../../activities/github/errors.ts';
import { inOrder } from '../../../activities/github/in-order.ts';
import type { CommitStatus, CommitStatuses } from '../../../activities/github.ts';
import { statusWord as word } from '../../support/status-word.ts';
import { FakeGitHub, type Fate, FIRST, scheduled, speak } from './crossing-statuses.ts';
import { keyOf, MemoryBook } from './memory-book.ts';

const states = fc.constantFrom<CommitStatus['state']>('pending', 'success', 'failure', 'error');
const story = fc.array(states, { maxLength: 3 });
const fates = fc.array(fc.constantFrom<Fate>('taken', 'taken', 'refused', 'lost'), { maxLength: 16 });
/** What releases 7 and 8 say of one commit while release 9 speaks of another, so that words are told again, and what becomes of their requests. */
const round = fc.record({ older: story, newer: story, others: fc.integer({ min: 1, max: 2 }), fates });

const isNoVerdict = (state: CommitStatus['state']) => state === 'pending' || state === 'error';
const ELSEWHERE = 'b'.repeat(40);

describe('two releases of one commit', () => {
  it('leave GitHub with what is to be shown, however requests cross, are refused, lose their answers and are told again', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(round, { minLength: 1, maxLength: 2 }), fc.scheduler(), async (rounds, scheduler) => {
        const [github, book] = [new FakeGitHub(), new MemoryBook()];
        const left: Fate[] = ['refused'];
        const statuses = inOrder(
          scheduled(github, scheduler, () => left.shift() ?? 'taken'),
          book,
        );
        // So that something is told again from the first round on.
        await scheduler.waitFor(speak(statuses, [word(7, 'pending')]));
        book.passTenMinutes();
        for (const [index, { older, newer, others, fates }] of rounds.entries()) {
          left.push(...fates);
          const of = (release: number, said: readonly CommitStatus['state'][]) =>
            said.map((state, turn) => word(release, state, { description: `${release} ${state} ${index}.${turn}` }));
          const pause = () => scheduler.schedule(Promise.resolve(), 'says nothing for a while');
          const elsewhere = Array.from({ length: others }, () => word(9, 'pending', { commit: ELSEWHERE }));
          await scheduler.waitFor(Promise.all([of(7, older), of(8, newer), elsewhere].map((words) => speak(statuses, words, pause))));
          left.length = 0;
          book.passTenMinutes();
        }
        await scheduler.waitFor(speak(statuses, [word(9, 'success', { commit: ELSEWHERE })]));

        const kept = book.words.get(keyOf(word(8, 'pending')));
        expect(github.shownOf(word(8, 'pending').commit)).toBe(kept?.status.description);
        const [older, newer] = [rounds.flatMap((one) => one.older).at(-1), rounds.flatMap((one) => one.newer)];
        if (newer.length > 0 && newer.at(-1) !== 'error') expect(kept?.status.release).toBe(8);
        if (newer.every(isNoVerdict) && newer.at(-1) === 'error' && older !== undefined && !isNoVerdict(older))
          expect(kept?.status).toMatchObject({ release: 7, state: older });
      }),
      { numRuns: 500 },
    );
  });

  it('leave GitHub with the newer one where it refused to have it put right', async () => {
    const [github, book] = [new FakeGitHub(), new MemoryBook()];
    let arrive = () => {};
    const statuses = inOrder(
      {
        report: async (status, telling) => {
          if (status.release === 7) await new Promise<void>((resolve) => (arrive = resolve));
          if (status.release === 8 && telling.isRepeat && github.statuses.length === 2) throw new GitHubRefused('no right for a moment');
          await github.report(status, telling);
        },
      },
      book,
    );
    const older = statuses.report(word(7, 'pending'), FIRST);
    await new Promise(setImmediate);
    await statuses.report(word(8, 'success'), FIRST);
    arrive();
    await older;
    book.passTenMinutes();
    await statuses.report(word(9, 'success', { commit: ELSEWHERE }), FIRST);

    expect(github.statuses).toEqual(['8 success', '7 pending', '9 success', '8 success']);
  });

  it("show the older one's verdict again where the newer one ends without one", async () => {
    const [github, book] = [new FakeGitHub(), new MemoryBook()];
    await speak(inOrder(github, book), [word(7, 'pending'), word(7, 'success'), word(8, 'pending'), word(8, 'error')]);

    expect(github.statuses).toEqual(['7 pending', '7 success', '8 pending', '7 success']);
  });

  it('cost no more requests than their words where they do not meet', async () => {
    const [github, book] = [new FakeGitHub(), new MemoryBook()];
    await speak(inOrder(github, book), [word(7, 'pending'), word(8, 'pending'), word(7, 'success'), word(8, 'success')]);

    expect(github.statuses).toEqual(['7 pending', '8 pending', '8 success']);
  });
});

describe('what GitHub refused for good', () => {
  it('is told with the next word of the application, once the permission was granted, and is not told twice', async () => {
    const [github, book] = [new FakeGitHub(), new MemoryBook()];
    const statuses = inOrder(github, book);
    github.fault = new GitHubRefused('no right to write it');
    await expect(statuses.report(word(7, 'success'), FIRST)).rejects.toBeInstanceOf(GitHubRefused);
    await expect(statuses.report(word(9, 'pending', { commit: 'b'.repeat(40) }), FIRST)).rejects.toBeInstanceOf(GitHubRefused);
    github.fault = undefined;
    await statuses.report(word(9, 'success', { commit: 'b'.repeat(40) }), FIRST);
    await statuses.report(word(10, 'success', { commit: 'c'.repeat(40) }), FIRST);

    expect(github.statuses).toEqual(['9 success', '7 success', '10 success']);
  });

  it('of one application does not wait for a word of another, and fails nobody whose own word was taken', async () => {
    const [github, book] = [new FakeGitHub(), new MemoryBook()];
    const asked: string[] = [];
    const picky: CommitStatuses = {
      report: async (status, telling) => {
        asked.push(status.description);
        if (status.release === 7) throw new GitHubRefused('no commit');
        await github.report(status, telling);
      },
    };
    const statuses = inOrder(picky, book);
    await expect(statuses.report(word(7, 'success'), FIRST)).rejects.toBeInstanceOf(GitHubRefused);
    await statuses.report(word(1, 'success', { application: 'kiosk' }), FIRST);
    await statuses.report(word(9, 'success', { commit: 'b'.repeat(40) }), FIRST);

    expect(asked).toEqual(['7 success', '1 success', '9 success', '7 success']);
  });

  it('is looked after where it was told again, its answer was lost, and something newer was told while it was on its way', async () => {
    const [github, book] = [new FakeGitHub(), new MemoryBook()];
    let arrive = () => {};
    const lost = new Set<string>();
    const statuses = inOrder(
      {
        report: async (status, telling) => {
          if (lost.has(status.description)) await new Promise<void>((resolve) => (arrive = resolve));
          await github.report(status, telling);
          if (lost.has(status.description)) throw new GitHubUnavailable('the answer was lost');
        },
      },
      book,
    );
    github.fault = new GitHubRefused('no right to write it');
    await statuses.report(word(7, 'pending'), FIRST).catch(() => undefined);
    github.fault = undefined;
    lost.add('7 pending');
    const elsewhere = statuses.report(word(9, 'pending', { commit: ELSEWHERE }), FIRST);
    await new Promise(setImmediate);
    await statuses.report(word(7, 'success'), FIRST);
    arrive();
    await elsewhere;
    expect(github.shownOf(word(7, 'success').commit)).toBe('7 pending');
    book.passTenMinutes();
    await statuses.report(word(9, 'success', { commit: ELSEWHERE }), FIRST);

    expect(github.statuses).toEqual(['9 pending', '7 success', '7 pending', '9 success', '7 success']);
  });

  it('is not asked of a GitHub that is away again', async () => {
    const book = new MemoryBook();
    const told: string[] = [];
    let refuses = true;
    const statuses = inOrder(
      {
        report: async ({ description, release }) => {
          if (refuses) throw new GitHubRefused('no right');
          if (release !== 9) throw new GitHubUnavailable('gone');
          told.push(description);
        },
      },
      book,
    );
    for (const release of [6, 7])
      await statuses.report(word(release, 'success', { commit: String(release).repeat(40) }), FIRST).catch(() => undefined);
    refuses = false;
    await statuses.report(word(9, 'success'), FIRST);

    expect(told).toEqual(['9 success']);
  });
});

describe('a stage that waits for ever new reasons, in one release of a commit after the other', () => {
  it('reaches no thousand statuses, and its end is told', async () => {
    const [github, book] = [new FakeGitHub(), new MemoryBook()];
    const limited: CommitStatuses = {
      report: async (status, telling) => {
        if (github.statuses.length >= 1000) throw new GitHubRefused('This SHA and context has reached the maximum number of statuses.');
        await github.report(status, telling);
      },
    };
    const statuses = inOrder(limited, book);
    for (const release of [1, 2, 3])
      for (let turn = 0; turn < 600; turn += 1)
        await statuses.report(word(release, 'pending', { description: `${release} waits ${turn}` }), FIRST);
    await statuses.report(word(3, 'success'), FIRST);

    expect(github.statuses.length).toBeLessThan(1000);
    expect(github.statuses.at(-1)).toBe('3 success');
  });
});
