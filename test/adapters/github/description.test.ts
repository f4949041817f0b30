import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cutDescription } from '../../../adapters/github/description.ts';

const anyText = fc.string({ unit: 'grapheme', maxLength: 300, size: 'max' });
const longText = fc.string({ unit: 'grapheme', minLength: 141, maxLength: 300, size: 'max' });

describe('the description of a status', () => {
  it('is left alone up to 140 characters', () => {
    fc.assert(fc.property(anyText, (text) => text.length > 140 || cutDescription(text) === text));
  });

  it('never has more than 140 characters, however they are counted', () => {
    fc.assert(fc.property(anyText, (text) => cutDescription(text).length <= 140));
  });

  it('is cut between two characters and says that it is cut', () => {
    const segments = (text: string) => [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
    fc.assert(
      fc.property(longText, (text) => {
        const cut = cutDescription(text);
        expect(cut.endsWith('…')).toBe(true);
        const kept = segments(cut.slice(0, -1));
        expect(segments(text).slice(0, kept.length)).toEqual(kept);
      }),
    );
  });

  it('keeps a flag and a family whole', () => {
    expect(cutDescription(`${'x'.repeat(136)}👩‍👩‍👧 and more`)).toBe(`${'x'.repeat(136)}…`);
  });
});
