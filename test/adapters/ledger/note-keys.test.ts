import { describe, expect, it } from '@jest/globals';
import { makeSigningKey, readSigningKey, readVerifierKey } from '../../../adapters/ledger/note-keys.ts';
import { parseCheckpoint, printCheckpoint } from '../../../domain/audit/checkpoint.ts';
import { openNote, parseNote } from '../../../domain/audit/signed-note.ts';
import { newSigner } from '../../support/made-ledger.ts';

describe('signed notes', () => {
  it('reads the key and the note of the example in the documentation of Go', () => {
    const verifier = readVerifierKey('PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW');
    const text = 'If you think cryptography is the answer to your problem,\nthen you don’t know what your problem is.\n'.replace('’', "'");
    const note = `${text}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n`;
    if (verifier === undefined) throw new Error('The key is not read');
    expect(openNote(note, verifier)).toBe(text);
    expect(openNote(note.replace('answer', 'Answer'), verifier)).toBeUndefined();
  });

  it('signs equal texts equally, and takes no other text, no other key and no other name', () => {
    const [ours, other] = [newSigner('tidegate/shop'), newSigner('tidegate/shop')];
    const note = ours.sign('a text\n');
    expect(ours.sign('a text\n')).toBe(note);
    expect(openNote(note, ours.verifier)).toBe('a text\n');
    expect(openNote(note, other.verifier)).toBeUndefined();
    expect(openNote(note.replace('— tidegate/shop', '— tidegate/mail'), ours.verifier)).toBeUndefined();
    expect(readVerifierKey(ours.verifierKey)?.verify('a text\n', parseNote(note)?.signatures[0]?.bytes.slice(4) ?? new Uint8Array())).toBe(
      true,
    );
  });

  it('reads no key that was cut, edited or is of another algorithm', () => {
    const [skey, vkey] = [makeSigningKey('a/b'), newSigner('a/b').verifierKey];
    expect(readSigningKey(skey)?.name).toBe('a/b');
    for (const broken of [skey.slice(0, -1), skey.replace('a/b', 'a/c'), '', vkey]) expect(readSigningKey(broken)).toBeUndefined();
    for (const broken of [vkey.slice(0, -1), vkey.replace('a/b', 'a/c'), skey, vkey.replace('+A', '+B')])
      expect(readVerifierKey(broken)).toBeUndefined();
  });

  it('reads checkpoints with extensions, and nothing that only resembles one', () => {
    const checkpoint = { origin: 'a/b', size: 12, root: new Uint8Array(32).fill(7) };
    const text = printCheckpoint(checkpoint);
    expect(parseCheckpoint(text)).toEqual(checkpoint);
    expect(parseCheckpoint(`${text}more\n`)).toEqual(checkpoint);
    for (const broken of [
      text.replace('12', '012'),
      text.replace('12', '-1'),
      text.slice(0, -1),
      `\n${text}`,
      `${text}\n`,
      text.replace('Bw', 'B'),
    ])
      expect(parseCheckpoint(broken)).toBeUndefined();
    expect(parseNote(text)).toBeUndefined();
  });
});
