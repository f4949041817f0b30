import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { deploymentNews, withNews } from '../../domain/deployment-news.ts';
import { ALL_STATES, stateOfKind } from './stage-states.ts';

const SEEN = { environment: 'production', release: 2, deployment: 'deployment/shop/production/2' };

describe('what GitHub is told of a deployment', () => {
  it.each([
    ['passed', { state: 'success', description: 'Serves on every host', isServing: true }],
    ['incomplete', { state: 'failure', description: 'Incomplete: Left out: p2', isServing: true }],
    ['failed', { state: 'failure', description: 'Failed: no space left' }],
    ['rolled-back', { state: 'failure', description: 'Rolled back to release 1: never healthy' }],
    ['cancelled', { state: 'error', description: 'Cancelled by dev: wrong one' }],
  ] as const)('of a stage that is %s is how it ended, and why', (kind, told) => {
    expect(deploymentNews(stateOfKind(kind), SEEN)).toStrictEqual({ ...SEEN, ...told });
  });

  it('of one that went back to nothing names no release', () => {
    const { description } = deploymentNews({ ...stateOfKind('rolled-back'), to: null }, SEEN) ?? {};
    expect(description).toBe('Rolled back: never healthy');
  });

  it('is nothing before it has begun, and success of what passed alone', () => {
    const begun = { ...stateOfKind('running'), deployment: SEEN.deployment };
    expect(deploymentNews(begun, SEEN)).toMatchObject({ state: 'in_progress' });
    expect(deploymentNews(stateOfKind('running'), SEEN)).toBeUndefined();
    for (const state of ALL_STATES) expect(deploymentNews(state, { environment: 'production', release: 2 })).toBeUndefined();
    const successes = ALL_STATES.filter((state) => deploymentNews(state, SEEN)?.state === 'success');
    expect(successes.map(({ kind }) => kind)).toEqual(['passed']);
  });

  it('of one that was taken back after it had passed is that it serves no more, and what does', () => {
    const state = stateOfKind('rolled-back');
    const back = deploymentNews(state, { environment: 'production', release: 2, isTakenBack: true });
    expect(back).toStrictEqual({
      environment: 'production',
      release: 2,
      state: 'inactive',
      description: 'Rolled back to release 1: never healthy',
      returnsTo: 1,
    });
    const toNothing = deploymentNews({ ...state, to: null }, { ...SEEN, isTakenBack: true });
    expect(toNothing).toStrictEqual({ ...SEEN, state: 'inactive', description: 'Rolled back: never healthy' });
  });

  it('of one that is not back yet from what it is taken back from is what its stage says', () => {
    for (const state of ALL_STATES.filter(({ kind }) => kind !== 'rolled-back'))
      expect(deploymentNews(state, { ...SEEN, isTakenBack: true })).toEqual(deploymentNews(state, SEEN));
  });

  it('is one word for each deployment, the last', () => {
    const news = fc.record({
      environment: fc.constantFrom('staging', 'production'),
      release: fc.constantFrom(1, 2),
      deployment: fc.constantFrom('1', '2', undefined),
      state: fc.constantFrom('in_progress', 'success', 'failure'),
      description: fc.string({ maxLength: 3 }),
    });
    const bare = news.map(
      ({ deployment, ...rest }) => (deployment === undefined ? rest : { ...rest, deployment }) as Parameters<typeof withNews>[0][number],
    );
    const key = (one: Parameters<typeof withNews>[0][number]) => one.deployment ?? `${one.environment}/${one.release}`;
    fc.assert(
      fc.property(fc.array(bare, { maxLength: 12 }), (all) => {
        const kept = all.reduce<readonly (typeof all)[number][]>((before, one) => withNews(before, [one]), []);
        expect(new Set(kept.map(key)).size).toBe(kept.length);
        for (const one of kept) expect(all.filter((other) => key(other) === key(one)).at(-1)).toEqual(one);
        expect(kept.length).toBe(new Set(all.map(key)).size);
      }),
    );
  });
});
