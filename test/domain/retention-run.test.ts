import { describe, expect, it } from '@jest/globals';
import { objectionToRepository, type RepositoryProgress, stateAfter } from '../../domain/retention-run.ts';

describe('what somebody confirmed', () => {
  const order = { apply: true, actor: 'rita' };
  const objection = 'r/web is not among what was confirmed, so nothing of it was deleted. Look at it, and confirm that';

  it('is for the repositories that they saw, and for no other', () => {
    expect(objectionToRepository({ ...order, planHashes: { 'r/web': 'seen' } }, 'r/web')).toBeUndefined();
    expect(objectionToRepository({ ...order, planHashes: { 'r/api': 'seen' } }, 'r/web')).toBe(objection);
    expect(objectionToRepository({ ...order, planHashes: {} }, 'r/web')).toBe(objection);
  });

  it('is asked for by nobody who only looks, nor by the schedule', () => {
    expect(objectionToRepository({ ...order, apply: false, planHashes: {} }, 'r/web')).toBeUndefined();
    expect(objectionToRepository(order, 'r/web')).toBeUndefined();
  });
});

describe('a run', () => {
  const done: RepositoryProgress = { kind: 'done', repository: 'r/a', planHash: '', counts: { kept: 0, deleted: 0, stays: 0 }, leftOut: 0 };
  const failed: RepositoryProgress = { kind: 'failed', repository: 'r/b', reason: 'down' };
  const stopped: RepositoryProgress = { kind: 'stopped', repository: 'r/c' };

  it.each<[string, RepositoryProgress[]]>([
    ['done', []],
    ['done', [done, done]],
    ['failed', [done, failed]],
    ['cancelled', [done, stopped, failed]],
  ])('is %s by how its repositories ended', (state, repositories) => {
    expect(stateAfter(repositories)).toBe(state);
  });
});
