import { describe, expect, it } from '@jest/globals';
import type { DeploymentOutcome, HostOutcome } from '../../domain/deployment.ts';
import type { Work } from '../../domain/environment-work.ts';
import type { RollbackRequest } from '../../domain/rollback-request.ts';
import { followersOf, inSteadOf, joinWayBack, wayBackToJoin } from '../../domain/way-back-news.ts';
import { good, request } from './arbitraries.ts';
import { promotion as ofRelease, rollback, runs, SERVES, waits } from './environment-works.ts';

const asked: RollbackRequest = { person: 'tidegate', reason: 'not ratified', reportTo: 'break-glass/1' };
const since = '2026-03-02T12:00:00.000Z';
const { release } = request('a', 1);
const back = (wish: RollbackRequest): Work => ({ kind: 'rollback', since, request: wish, generation: 1, release });
const promotion: Work = { kind: 'promotion', since, request: request('b', 2) };
const ended = (kind: 'succeeded' | 'incomplete' | 'rolled-back' | 'failed', ...hosts: HostOutcome[]): DeploymentOutcome => ({
  ...{ kind, reason: 'so it is' },
  hosts: hosts.map((outcome, index) => ({ host: `p${index}`, outcome, detail: '', digests: {} })),
});
const returned = (outcome: DeploymentOutcome, work = back(asked), stoppedFor?: RollbackRequest) =>
  followersOf(work, outcome, 'why', stoppedFor).map(({ news }) => news.returned);

describe('who asked for a way back', () => {
  it('is told how it ended, which is well on every host alone', () => {
    expect(followersOf(back(asked), ended('succeeded', 'switched'), 'why')).toStrictEqual([
      { workflowId: 'break-glass/1', news: { returned: true, reason: 'why' } },
    ]);
    const bad = [ended('incomplete', 'switched', 'skipped'), ended('rolled-back', 'restored'), ended('failed')];
    expect(bad.flatMap((outcome) => returned(outcome))).toEqual([false, false, false]);
  });

  it('is told of the promotion that was stopped for it, whose own way back is the one', () => {
    const outcomes = [ended('rolled-back', 'restored', 'untouched'), ended('failed'), { kind: 'plan-changed', planHash: '' } as const];
    expect(outcomes.flatMap((outcome) => returned(outcome, promotion, asked))).toEqual([true, true, true]);
    expect(returned(ended('failed', 'untouched', 'unrestored'), promotion, asked)).toEqual([false]);
    expect(returned(ended('rolled-back', 'restored', 'excluded'), promotion, asked)).toEqual([false]);
  });

  it('hears nothing yet of a promotion that was quicker, nor of turns that are nothing of theirs', () => {
    expect(followersOf(promotion, ended('succeeded', 'switched'), 'why', asked)).toEqual([]);
    expect(followersOf(promotion, ended('incomplete', 'skipped'), 'why', asked)).toEqual([]);
    expect(followersOf(promotion, ended('rolled-back', 'restored'), 'why')).toEqual([]);
    const { reportTo: _, ...nobodys } = asked;
    expect(followersOf(back(nobodys), ended('failed'), 'why')).toEqual([]);
    expect(followersOf(back(nobodys), ended('failed'), 'why', asked)).toEqual([]);
    expect(followersOf(promotion, ended('failed'), 'why', nobodys)).toEqual([]);
  });
});

describe('two that ask for one way back', () => {
  const person: RollbackRequest = { person: 'rita', reason: 'slow' };
  const second: RollbackRequest = { ...asked, reportTo: 'break-glass/2' };
  const told = (wish: RollbackRequest) =>
    followersOf(back(wish), ended('succeeded', 'switched'), 'why').map(({ workflowId }) => workflowId);

  it('are told both how the one ended that was made, each once, in either order', () => {
    expect(told(inSteadOf(person, asked))).toEqual(['break-glass/1']);
    expect(told(inSteadOf(asked, person))).toEqual(['break-glass/1']);
    expect(told(inSteadOf(second, inSteadOf(person, asked)))).toEqual(['break-glass/2', 'break-glass/1']);
    expect(told(inSteadOf(inSteadOf(asked, second), asked))).toEqual(['break-glass/1', 'break-glass/2']);
    expect(told(inSteadOf(inSteadOf(asked, second), second))).toEqual(['break-glass/1', 'break-glass/2']);
    expect(inSteadOf(person, undefined)).toBe(person);
    expect(inSteadOf(asked, person)).toBe(asked);
    expect(returned(ended('failed', 'unrestored'), promotion, inSteadOf(asked, second))).toEqual([false, false]);
  });

  it('make one, where it leads away from what the second wants to be left', () => {
    const wish = { ...asked, from: 2 };
    const leaving = [runs(SERVES, rollback(1)), waits(SERVES, rollback(1)), waits(runs(SERVES, ofRelease(3)), rollback(1))];
    expect(leaving.map((state) => wayBackToJoin(state, wish)?.release.number)).toEqual([1, 1, 1]);
    const others = [
      SERVES,
      runs(SERVES, rollback(2)),
      runs(SERVES, ofRelease(3)),
      { ...leaving[1], ...{ current: good(3) } },
      { ...leaving[1], current: null },
    ];
    expect(others.map((state) => wayBackToJoin({ ...SERVES, ...state }, wish))).toEqual(others.map(() => undefined));
    // People are told at once that it is on its way already.
    expect(wayBackToJoin(runs(SERVES, rollback(1)), { ...person, from: 2 })).toBeUndefined();
    expect(wayBackToJoin(runs(SERVES, rollback(1)), asked)).toBeUndefined();
  });

  it('leave all else as it is', () => {
    const wish = { ...asked, from: 2 };
    const joinedIn = (state: typeof SERVES) => {
      const joined = wayBackToJoin(state, wish);
      return joined && joinWayBack(state, joined, wish);
    };
    const running = runs(SERVES, rollback(1));
    expect(joinedIn(waits(running, ofRelease(3)))).toEqual({
      ...waits(running, ofRelease(3)),
      running: { ...running.running, work: rollback(1, { alsoReportTo: ['break-glass/1'] }) },
    });
    expect(joinedIn(waits(SERVES, rollback(2), rollback(1), ofRelease(3)))).toEqual(
      waits(SERVES, rollback(2), rollback(1, { alsoReportTo: ['break-glass/1'] }), ofRelease(3)),
    );
  });
});
