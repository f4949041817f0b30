import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type LastWord, maySpeak, type Said, shownAfter, verdictAfter } from '../../domain/github/last-word.ts';

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

describe('the verdict on a stage of a commit', () => {
  const said = (release: number, state: Said['state']): Said => ({ release, state });
  const keptOf = (words: readonly Said[]) => words.reduce<Said | undefined>(verdictAfter, undefined);

  it('is shown again where a newer release ends without one', () => {
    const kept = keptOf([said(7, 'pending'), said(7, 'success'), said(8, 'pending'), said(8, 'error')]);
    expect(kept).toEqual(said(7, 'success'));
    expect(shownAfter(kept, said(8, 'error'))).toEqual(said(7, 'success'));
  });

  it('is not shown in place of what a newer release waits for or decides', () => {
    for (const state of ['pending', 'success', 'failure'] as const)
      expect(shownAfter(said(7, 'success'), said(8, state))).toEqual(said(8, state));
  });

  it('is kept of an older release that came to it while a newer one was heard', () => {
    expect(keptOf([said(8, 'pending'), said(7, 'failure')])).toEqual(said(7, 'failure'));
  });

  it('is the one of the newest release that has one, and its last', () => {
    expect(keptOf([said(8, 'failure'), said(8, 'success'), said(7, 'failure')])).toEqual(said(8, 'success'));
    expect(keptOf([said(7, 'failure'), said(8, 'success')])).toEqual(said(8, 'success'));
  });

  it('is taken back by the release that came to it, and by no other', () => {
    for (const state of ['pending', 'error'] as const) {
      expect(keptOf([said(7, 'success'), said(7, state)])).toBeUndefined();
      expect(keptOf([said(7, 'success'), said(6, state)])).toEqual(said(7, 'success'));
      expect(keptOf([said(7, 'success'), said(8, state)])).toEqual(said(7, 'success'));
    }
  });

  it('is none where nobody came to one, so that how a release ended is shown', () => {
    expect(keptOf([said(7, 'pending'), said(8, 'error')])).toBeUndefined();
    expect(shownAfter(undefined, said(8, 'error'))).toEqual(said(8, 'error'));
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
