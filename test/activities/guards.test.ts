import { beforeEach, describe, expect, it } from '@jest/globals';
import { defaultActivityInfo, MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { GitHubRefused, GitHubUnavailable } from '../../activities/github/errors.ts';
import { createGuardActivities, type RunAtGitHub } from '../../activities/guards.ts';
import type { Guard, GuardAnswer, GuardedRelease, PlaceSeen } from '../../domain/guard/guard.ts';

const GUARD: Guard = {
  repository: { id: 101, name: 'acme/shop' },
  run: 42,
  environment: 'Production',
  places: [{ application: 'shop', environment: 'production' }],
};
const RUN: RunAtGitHub = { commit: 'a'.repeat(40), event: 'push', isForeign: false, branch: 'main', waitsFor: ['production'] };
const PASSED = { kind: 'passed', at: '', milliseconds: 1, images: {} } as const;
const GOOD: GuardedRelease = {
  number: 2,
  isRead: true,
  stages: [{ name: 'production', state: PASSED, last: [] }],
  current: 2,
  changing: null,
};
const YES: GuardAnswer = { kind: 'approved', reason: 'Stage production of shop#2 has passed' };

let run: RunAtGitHub | undefined;
let release: GuardedRelease | undefined;
let reach: string | undefined;
let failure: Error | undefined;
let told: { readonly state?: string; readonly comment: string }[];
let reaches: number;

beforeEach(() => {
  [run, release, reach, failure, told, reaches] = [RUN, GOOD, undefined, undefined, [], 0];
});

const activities = createGuardActivities({
  runs: {
    read: async () => {
      if (failure) throw failure;
      return run;
    },
    objectionToReach: async () => {
      reaches += 1;
      return reach;
    },
    tell: async (_guard, said) => void told.push(said),
  },
  places: {
    see: async (place, commit): Promise<PlaceSeen> => {
      expect(commit).toBe(RUN.commit);
      return release === undefined ? place : { ...place, release };
    },
  },
  now: () => Date.parse('2026-03-02T09:30:00.000Z'),
});

const ASKED = { guard: GUARD, since: '2026-03-02T09:29:00.000Z' };
const within = <Result>(act: () => Promise<Result>, attempt = 1): Promise<Result> =>
  new MockActivityEnvironment({ ...defaultActivityInfo, attempt }, { logger: new DefaultLogger('ERROR') }).run(act);
const LONG_AGO = { ...ASKED, since: '2026-03-02T09:20:00.000Z' };
const look = (asked = ASKED) => within(() => activities.lookAtRun(asked));
const answer = (given = YES, attempt = 1) => within(() => activities.answerRun({ ...ASKED, answer: given }), attempt);

describe('a look at a run', () => {
  it('says what it would be told, by what is there now', async () => {
    expect(await look()).toMatchObject({ kind: 'approved' });
    release = { ...GOOD, changing: 3 };
    expect(await look()).toMatchObject({ kind: 'waiting' });
  });

  it('says that it is gone where GitHub has it no more, or nothing of it waits', async () => {
    run = { ...RUN, waitsFor: ['staging'] };
    expect(await look(LONG_AGO)).toEqual({ kind: 'gone', reason: 'no job of run 42 waits for Production any more' });
    run = undefined;
    expect(await look(LONG_AGO)).toEqual({ kind: 'gone', reason: 'GitHub has no run 42 of acme/shop any more' });
  });

  it('says too that GitHub may not know yet, where the newest job asked less than two minutes ago', async () => {
    run = { ...RUN, waitsFor: [] };
    expect(await look()).toMatchObject({ kind: 'gone', mayLag: true });
    run = undefined;
    expect(await look()).toMatchObject({ kind: 'gone', mayLag: true });
    expect(await look({ ...ASKED, since: '2026-03-02T09:28:00.000Z' })).not.toHaveProperty('mayLag');
  });

  it('turns away a commit that is not the repository’s own, and asks for that only where it matters', async () => {
    reach = 'nothing leads to it';
    expect(await look()).toEqual({ kind: 'rejected', reason: 'nothing leads to it' });
    release = undefined;
    expect(await look()).toEqual({ kind: 'rejected', reason: 'nothing leads to it' });
    release = { ...GOOD, changing: 3 };
    await look();
    expect(reaches).toBe(2);
  });

  it('waits as long as GitHub asks where it is away, and not for what only a person can mend', async () => {
    failure = new GitHubUnavailable('away', { retryAfterMs: 7_000 });
    await expect(look()).rejects.toMatchObject({ type: 'GitHubUnavailable', nextRetryDelay: 7_000, nonRetryable: false });
    failure = new GitHubRefused('no right');
    await expect(look()).rejects.toMatchObject({ type: 'GitHubRefused', nonRetryable: true });
  });
});

describe('an answer', () => {
  it('is told with its reason', async () => {
    expect(await answer()).toEqual({ kind: 'told' });
    expect(told).toEqual([{ state: 'approved', comment: 'Tidegate lets it through. Stage production of shop#2 has passed' }]);
  });

  it('is not told any more where something else is seen by then', async () => {
    release = { ...GOOD, current: 3 };
    expect(await answer()).toEqual({ kind: 'changed' });
    run = undefined;
    expect(await answer()).toMatchObject({ kind: 'gone' });
    expect(told).toEqual([]);
  });

  it('is neither told nor untold where something else is seen by then and an earlier attempt may have been heard', async () => {
    run = { ...RUN, waitsFor: [] };
    expect(await answer(YES, 2)).toMatchObject({ kind: 'gone', isUnsure: true });
    expect(await answer(YES)).not.toHaveProperty('isUnsure');
    [run, release] = [RUN, { ...GOOD, changing: 3 }];
    expect(await answer(YES, 2)).toEqual({ kind: 'changed', isUnsure: true });
    expect(told).toEqual([]);
  });

  it('of a person is told whatever the gates say', async () => {
    expect(await answer({ kind: 'rejected', reason: 'a mistake', by: 'rita' })).toEqual({ kind: 'told' });
    expect(told).toMatchObject([{ state: 'rejected' }]);
  });
});

it('a word while it waits has no state', async () => {
  await within(() => activities.commentOnRun({ guard: GUARD, waiting: { kind: 'waiting', reason: 'none yet' } }));
  expect(told).toEqual([{ comment: 'Tidegate waits. none yet' }]);
});
