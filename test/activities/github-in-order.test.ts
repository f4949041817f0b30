import { describe, expect, it } from '@jest/globals';
import fc, { type Scheduler } from 'fast-check';
import { GitHubRefused, GitHubUnavailable } from '../../activities/github/errors.ts';
import { inOrder, type Word, type WordBook } from '../../activities/github/in-order.ts';
import type { CommitStatus, CommitStatuses, Telling } from '../../activities/github.ts';
import { type LastWord, maySpeak } from '../../domain/github/last-word.ts';

const signal = new AbortController().signal;
const FIRST: Telling = { signal, isRepeat: false };
const REPEAT: Telling = { signal, isRepeat: true };

function word(release: number, state: CommitStatus['state'], more: Partial<CommitStatus> = {}): CommitStatus {
  return {
    application: 'shop',
    commit: 'a'.repeat(40),
    context: 'tidegate/production',
    release,
    state,
    description: `${release} ${state}`,
    ...more,
  };
}

const keyOf = ({ application, commit, context }: Pick<CommitStatus, 'application' | 'commit' | 'context'>) =>
  `${application}/${commit}/${context}`;

/** A book without a database: what is refused may be tried again at once. */
class MemoryBook implements WordBook {
  readonly words = new Map<string, { turn: number; status: CommitStatus; times: number; outcome: 'telling' | 'told' | 'refused' }>();

  async begin(status: CommitStatus): Promise<number | undefined> {
    const before = this.words.get(keyOf(status));
    const last: LastWord | undefined = before && {
      release: before.status.release ?? 0,
      state: before.status.state,
      times: before.times,
    };
    if (!maySpeak(last, { release: status.release ?? 0, state: status.state })) return undefined;
    const turn = (before?.turn ?? 0) + 1;
    this.words.set(keyOf(status), { turn, status, times: before?.times ?? 0, outcome: 'telling' });
    return turn;
  }

  async last(of: Pick<CommitStatus, 'application' | 'commit' | 'context'>): Promise<Word | undefined> {
    const found = this.words.get(keyOf(of));
    return found && { turn: found.turn, status: found.status, isRefused: found.outcome === 'refused' };
  }

  async settle(of: CommitStatus, turn: number, outcome: 'told' | 'refused'): Promise<void> {
    const found = this.words.get(keyOf(of));
    if (found?.turn !== turn) return;
    found.outcome = outcome;
    if (outcome === 'told') found.times += 1;
  }

  async untold(application: string): Promise<readonly Word[]> {
    const refused = [...this.words.values()].filter(({ status, outcome }) => status.application === application && outcome === 'refused');
    return refused.map(({ turn, status }) => ({ turn, status, isRefused: true }));
  }
}

/** What GitHub holds of one context, and what goes wrong with it. */
class FakeGitHub implements CommitStatuses {
  readonly statuses: string[] = [];
  fault: Error | undefined;

  async report({ description }: CommitStatus, { isRepeat }: Telling): Promise<void> {
    if (this.fault !== undefined) throw this.fault;
    if (!isRepeat || this.statuses.at(-1) !== description) this.statuses.push(description);
  }
}

/** The same with answers and arrivals in any order, some of them lost on the way back. */
function scheduled(github: FakeGitHub, scheduler: Scheduler, losses: () => boolean): CommitStatuses {
  return {
    report: async (status, telling) => {
      await scheduler.schedule(Promise.resolve(), 'on its way there');
      await github.report(status, telling);
      await scheduler.schedule(Promise.resolve(), 'on its way back');
      if (losses()) throw new GitHubUnavailable('the answer was lost');
    },
  };
}

/** As Temporal does: again until it is done, and the next word of a release after it. */
async function speak(statuses: CommitStatuses, words: readonly CommitStatus[]): Promise<void> {
  for (const one of words)
    for (let telling = FIRST; ; telling = REPEAT) {
      const isDone = await statuses.report(one, telling).then(
        () => true,
        () => false,
      );
      if (isDone) break;
    }
}

const states = fc.constantFrom<CommitStatus['state']>('pending', 'success', 'failure', 'error');
const story = fc.array(states, { maxLength: 4 });

describe('two releases of one commit', () => {
  it('leave GitHub with what the newer one said last, in whatever order their requests arrive and however many answers are lost', async () => {
    await fc.assert(
      fc.asyncProperty(story, story, fc.array(fc.boolean(), { maxLength: 12 }), fc.scheduler(), async (older, newer, losses, scheduler) => {
        const [github, book] = [new FakeGitHub(), new MemoryBook()];
        const left = [...losses];
        const statuses = inOrder(
          scheduled(github, scheduler, () => left.shift() === true),
          book,
        );
        const both = Promise.all([
          speak(
            statuses,
            older.map((state, index) => word(7, state, { description: `7 ${state} ${index}` })),
          ),
          speak(
            statuses,
            newer.map((state, index) => word(8, state, { description: `8 ${state} ${index}` })),
          ),
        ]);
        await scheduler.waitFor(both);

        const [kept] = book.words.values();
        expect(github.statuses.at(-1)).toBe(kept?.status.description);
        if (newer.length > 0 && newer.at(-1) !== 'error') expect(kept?.status.release).toBe(8);
      }),
      { numRuns: 300 },
    );
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
