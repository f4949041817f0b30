import { describe, expect, it } from '@jest/globals';
import type { DeploymentOutcome, HostOutcome } from '../../domain/deployment.ts';
import type { RollbackRequest } from '../../domain/environment.ts';
import type { Work } from '../../domain/environment-work.ts';
import { followerOf } from '../../domain/way-back-news.ts';
import { request } from './arbitraries.ts';

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
  followerOf(work, outcome, 'why', stoppedFor)?.news.returned;

describe('who asked for a way back', () => {
  it('is told how it ended, which is well on every host alone', () => {
    expect(followerOf(back(asked), ended('succeeded', 'switched'), 'why')).toStrictEqual({
      workflowId: 'break-glass/1',
      news: { returned: true, reason: 'why' },
    });
    const bad = [ended('incomplete', 'switched', 'skipped'), ended('rolled-back', 'restored'), ended('failed')];
    expect(bad.map((outcome) => returned(outcome))).toEqual([false, false, false]);
  });

  it('is told of the promotion that was stopped for it, whose own way back is the one', () => {
    const outcomes = [ended('rolled-back', 'restored', 'untouched'), ended('failed'), { kind: 'plan-changed', planHash: '' } as const];
    expect(outcomes.map((outcome) => returned(outcome, promotion, asked))).toEqual([true, true, true]);
    expect(returned(ended('failed', 'untouched', 'unrestored'), promotion, asked)).toBe(false);
    expect(returned(ended('rolled-back', 'restored', 'excluded'), promotion, asked)).toBe(false);
  });

  it('hears nothing yet of a promotion that was quicker, nor of turns that are nothing of theirs', () => {
    expect(followerOf(promotion, ended('succeeded', 'switched'), 'why', asked)).toBeUndefined();
    expect(followerOf(promotion, ended('incomplete', 'skipped'), 'why', asked)).toBeUndefined();
    expect(followerOf(promotion, ended('rolled-back', 'restored'), 'why')).toBeUndefined();
    const { reportTo: _, ...nobodys } = asked;
    expect(followerOf(back(nobodys), ended('failed'), 'why')).toBeUndefined();
    expect(followerOf(back(nobodys), ended('failed'), 'why', asked)).toBeUndefined();
    expect(followerOf(promotion, ended('failed'), 'why', nobodys)).toBeUndefined();
  });
});
