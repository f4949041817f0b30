import { describe, expect, it } from '@jest/globals';
import { openCheckpoint, parseCheckpoint, printCheckpoint } from '../../../domain/audit/checkpoint.ts';
import { openNote, parseNote, printNote } from '../../../domain/audit/signed-note.ts';
import { toBase64 } from '../../../domain/merkle/base64.ts';
import { noteBy, signedBy, verifierOf } from './made-notes.ts';

const TEXT = 'a text\nof two lines\n';
const OURS = verifierOf('ours');
const byOurs = signedBy(TEXT, 'ours');
const encoded = toBase64(byOurs.bytes);

describe('a signed note', () => {
  it('is read as it was written, by however many it was signed', () => {
    const note = { text: TEXT, signatures: [byOurs, signedBy(TEXT, 'theirs')] };
    expect(printNote(note)).toBe(`${TEXT}\n— ours ${encoded}\n— theirs ${encoded}\n`);
    expect(parseNote(printNote(note))).toEqual(note);
    const many = Array.from({ length: 100 }, (_, index) => signedBy(TEXT, `n${index}`));
    expect(parseNote(printNote({ text: TEXT, signatures: many }))?.signatures).toHaveLength(100);
    expect(parseNote(printNote({ text: TEXT, signatures: [...many, byOurs] }))).toBeUndefined();
  });

  it('can hold empty lines, of which the last one ends the text', () => {
    expect(parseNote(`a\n\nb\n\n— ours ${encoded}\n`)?.text).toBe('a\n\nb\n');
  });

  it.each<[string, string]>([
    ['without a text', `\n\n— ours ${encoded}\n`],
    ['without signatures', TEXT],
    ['without an end', `${TEXT}\n— ours ${encoded}`],
    ['with nothing after its text', `${TEXT}\n`],
    ['with a control character', `a\tb\n\n— ours ${encoded}\n`],
    ['with a carriage return', `a\r\n\n— ours ${encoded}\n`],
    ['with a line before the dash', `${TEXT}\nx— ours ${encoded}\n`],
    ['with words after a signature', `${TEXT}\n— ours ${encoded} more\n`],
    ['with a name of two words', `${TEXT}\n— o urs ${encoded}\n`],
    ['with a plus in a name', `${TEXT}\n— o+urs ${encoded}\n`],
    ['with no base64', `${TEXT}\n— ours ${encoded}!\n`],
    ['with an id alone', `${TEXT}\n— ours AQIDBA==\n`],
    ['with one line that is no signature', `${TEXT}\n— ours ${encoded}\nnonsense\n`],
  ])('is none %s', (_, note) => {
    expect(parseNote(note)).toBeUndefined();
    expect(openNote(note, OURS)).toBeUndefined();
  });

  it('is one of a key alone that signed it, whoever else did', () => {
    const note = printNote({ text: TEXT, signatures: [signedBy(TEXT, 'theirs'), byOurs] });
    expect(openNote(note, OURS)).toBe(TEXT);
    expect(openNote(note, verifierOf('others'))).toBeUndefined();
    expect(openNote(note, verifierOf('ours', Uint8Array.from([9, 2, 3, 4])))).toBeUndefined();
    expect(openNote(note, verifierOf('ours', Uint8Array.from([1, 2, 3])))).toBeUndefined();
  });

  it('is none where that key’s signature does not fit, or is there twice', () => {
    const forged = signedBy(TEXT, 'ours', undefined, Uint8Array.from([0]));
    expect(openNote(printNote({ text: TEXT, signatures: [forged] }), OURS)).toBeUndefined();
    expect(openNote(printNote({ text: TEXT, signatures: [byOurs, byOurs] }), OURS)).toBeUndefined();
    expect(openNote(printNote({ text: TEXT, signatures: [byOurs, forged] }), OURS)).toBeUndefined();
  });
});

describe('a checkpoint', () => {
  const root = Uint8Array.from({ length: 32 }, (_, index) => index);
  const checkpoint = { origin: 'ours', size: 12, root };
  const [origin = '', size = '', hash = ''] = printCheckpoint(checkpoint).split('\n');

  it('is read as it was written, up to a size that a number holds, with what others wrote after it', () => {
    expect(printCheckpoint(checkpoint)).toBe(`ours\n12\n${toBase64(root)}\n`);
    expect(parseCheckpoint(printCheckpoint(checkpoint))).toEqual(checkpoint);
    expect(parseCheckpoint(`${origin}\n${size}\n${hash}\nextension\nanother\n`)).toEqual(checkpoint);
    expect(parseCheckpoint(`${origin}\n0\n${hash}\n`)?.size).toBe(0);
    expect(parseCheckpoint(`${origin}\n999999999999999\n${hash}\n`)?.size).toBe(999_999_999_999_999);
  });

  it.each<[string, string]>([
    ['without an origin', `\n${size}\n${hash}\n`],
    ['without a size', `${origin}\n\n${hash}\n`],
    ['with a size below nothing', `${origin}\n-1\n${hash}\n`],
    ['with a size that begins with nothing', `${origin}\n012\n${hash}\n`],
    ['with a size too long', `${origin}\n1234567890123456\n${hash}\n`],
    ['with a size in words', `${origin}\n12x\n${hash}\n`],
    ['with words before its size', `${origin}\nx12\n${hash}\n`],
    ['with a hash too short', `${origin}\n${size}\n${toBase64(root.slice(1))}\n`],
    ['without a hash', `${origin}\n${size}\n\n`],
    ['with no hash at all', `${origin}\n${size}\n`],
    ['without an end', `${origin}\n${size}\n${hash}`],
    ['with an extension without an end', `${origin}\n${size}\n${hash}\nextension`],
    ['with an empty extension', `${origin}\n${size}\n${hash}\n\nextension\n`],
    ['with nothing', ''],
  ])('is none %s', (_, text) => {
    expect(parseCheckpoint(text)).toBeUndefined();
  });

  it('is of the ledger that its key is for', () => {
    const text = printCheckpoint(checkpoint);
    expect(openCheckpoint(noteBy('ours', text), OURS)).toEqual(checkpoint);
    expect(openCheckpoint(noteBy('theirs', text), verifierOf('theirs'))).toBeUndefined();
    expect(openCheckpoint(noteBy('theirs', text), OURS)).toBeUndefined();
    expect(openCheckpoint(noteBy('ours', TEXT), OURS)).toBeUndefined();
  });
});
