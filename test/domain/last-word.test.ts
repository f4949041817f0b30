import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type LastWord, maySpeak } from '../../domain/github/last-word.ts';

const states = fc.constantFrom<LastWord['state']>('pending', 'success', 'failure', 'error');
const word = fc.record({ release: fc.nat(5), state: states });

describe('who speaks of a stage on a commit of several releases', () => {
  it('is anybody as long as nobody has', () => {
    expect(maySpeak(undefined, { release: 0, state: 'pending' })).toBe(true);
  });

  it('is the newest that has spoken of it, and none before it', () => {
    const last = { release: 8, state: 'pending', times: 1 } as const;
    expect(maySpeak(last, { release: 8, state: 'failure' })).toBe(true);
    expect(maySpeak(last, { release: 9, state: 'pending' })).toBe(true);
    for (const state of ['pending', 'success', 'failure', 'error'] as const) {
      expect(maySpeak(last, { release: 7, state })).toBe(false);
      expect(maySpeak({ ...last, state: 'success' }, { release: 7, state })).toBe(false);
    }
  });

  it('is an older one again once the newer one ended without a verdict', () => {
    expect(maySpeak({ release: 8, state: 'error', times: 1 }, { release: 7, state: 'success' })).toBe(true);
  });

  it('is left by a release only for a newer one, or by ending without a verdict', () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 30 }), (words) => {
        let last: LastWord | undefined;
        for (const next of words) {
          if (!maySpeak(last, next)) continue;
          if (last !== undefined && next.release < last.release) expect(last.state).toBe('error');
          last = { ...next, times: 0 };
        }
      }),
    );
  });
});

describe('the thousand statuses that GitHub takes of a stage on a commit', () => {
  const told = (times: number, state: LastWord['state'] = 'pending') => ({ release: 7, state, times }) as const;

  it('are not used up by reasons to wait: the last hundred are for what decides something', () => {
    expect(maySpeak(told(899), { release: 7, state: 'pending' })).toBe(true);
    expect(maySpeak(told(900), { release: 7, state: 'pending' })).toBe(false);
    for (const state of ['success', 'failure', 'error'] as const) expect(maySpeak(told(900), { release: 7, state })).toBe(true);
  });

  it('still tell that a stage begins anew, and that another release waits', () => {
    expect(maySpeak(told(950, 'failure'), { release: 7, state: 'pending' })).toBe(true);
    expect(maySpeak(told(950), { release: 8, state: 'pending' })).toBe(true);
  });
});
