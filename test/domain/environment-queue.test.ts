import { describe, expect, it } from '@jest/globals';
import { begin, enqueue, enqueueRollback, isRunning, remember, waitingFor, withdraw } from '../../domain/environment-queue.ts';
import { good, request } from './arbitraries.ts';
import { AT, EMPTY, ofHost, promotion, rollback, runs, SERVES, waits } from './environment-works.ts';

describe('a wish', () => {
  it('is not taken for known because of others, whatever they are', () => {
    for (const state of [waits(EMPTY, promotion(3), rollback(1), ofHost(2)), runs(SERVES, promotion(3)), runs(SERVES, ofHost(2, 'r4'))])
      expect(enqueue(state, request('r4', 4), AT).queue.at(-1)).toEqual(promotion(4));
  });

  it('is withdrawn alone, and counts as answered', () => {
    const state = withdraw(waits(EMPTY, rollback(1), promotion(3), ofHost(2, 'r3'), promotion(4)), 'r3');
    expect(state.queue).toEqual([rollback(1), ofHost(2, 'r3'), promotion(4)]);
    expect(state.answered).toEqual(['r3']);
  });

  it('is found among others by its id', () => {
    const state = waits(EMPTY, rollback(1), ofHost(2, 'r4'), promotion(3), promotion(4));
    expect(waitingFor(state, 'r4')).toEqual(promotion(4));
    expect(waitingFor(state, 'r5')).toBeUndefined();
  });

  it('is what runs where its own id runs', () => {
    expect(isRunning(runs(SERVES, promotion(3)), 'r3')).toBe(true);
    expect(isRunning(runs(SERVES, promotion(3)), 'r4')).toBe(false);
    expect(isRunning(runs(SERVES, ofHost(2, 'r3')), 'r3')).toBe(false);
    expect(isRunning(SERVES, 'r3')).toBe(false);
  });
});

describe('a way back', () => {
  const back = (state = SERVES) => enqueueRollback(state, { person: 'rita', reason: 'slow' }, good(1), AT).queue;

  it('goes to the end where only ways back wait, or nothing does', () => {
    expect(back()).toEqual([rollback(1)]);
    expect(back(waits(SERVES, rollback(2)))).toEqual([rollback(2), rollback(1)]);
  });

  it('goes before hosts as well', () => {
    expect(back(waits(SERVES, rollback(2), ofHost(2), promotion(3)))).toEqual([rollback(2), rollback(1), ofHost(2), promotion(3)]);
  });
});

describe('a turn', () => {
  const next = (state: typeof EMPTY) => begin(state, (generation) => `deployment/${generation}`, AT);

  it('is of the first, which waits no more, and of a generation of its own', () => {
    const state = next(waits(SERVES, promotion(3), promotion(4)));
    expect(state).toMatchObject({
      generation: 3,
      running: { deployment: 'deployment/3', generation: 3, since: AT },
      queue: [promotion(4)],
    });
    expect(state.running?.work).toEqual(promotion(3));
  });

  it('brings a host to what the environment runs by then', () => {
    expect(next(waits(SERVES, ofHost(1))).running?.work).toEqual(ofHost(2));
    expect(next(waits(EMPTY, ofHost(1))).running?.work).toEqual(ofHost(1));
    expect(next(waits(SERVES, rollback(1))).running?.work).toEqual(rollback(1));
  });
});

describe('answered requests', () => {
  it('are remembered once, the latest last', () => {
    expect(remember(['a', 'b', 'c'], 'a')).toEqual(['b', 'c', 'a']);
    expect(remember([], 'a')).toEqual(['a']);
  });

  it('are forgotten but for the last two hundred', () => {
    const many = Array.from({ length: 200 }, (_, index) => `${index}`);
    expect(remember(many, 'one more')).toHaveLength(200);
    expect(remember(many, 'one more')[0]).toBe('1');
    expect(remember(many, 'one more').at(-1)).toBe('one more');
  });
});
