import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isSecretReference, MalformedReference, secretReferences, splitReferences } from '../../domain/secret-reference.ts';

const refused = (reference: string, reason: string) =>
  expect.objectContaining({
    name: 'MalformedReference',
    reference,
    reason,
    message: `Expected \${env:NAME} or \${file:PATH} and saw ${JSON.stringify(reference)}: ${reason}. For a plain \${ write $\${`,
  });

describe('a text with references to secrets', () => {
  it.each([
    ['${env:A', 'it has no closing brace'],
    ['${env:1A}', 'an environment variable is named by letters, digits and underscores'],
    ['${vault:a}', "'vault' is no kind of secret"],
    ['${file:}', 'it names no file'],
    ['${file:a\0}', 'it names no file'],
  ])('such as %j is refused because %s', (text, reason) => {
    expect(() => splitReferences(`x ${text}`)).toThrow(refused(text, reason));
  });

  it('has each of them in its order, with names as long as they may be', () => {
    expect(secretReferences('a${env:B_1}c${file:d/e.txt}$${env:X}')).toEqual(['${env:B_1}', '${file:d/e.txt}']);
    expect(splitReferences(`\${env:${'A'.repeat(256)}}`)).toHaveLength(1);
    expect(() => splitReferences(`\${env:${'A'.repeat(257)}}`)).toThrow(MalformedReference);
  });

  it('is split at them', () => {
    expect(splitReferences('a${env:B}c${file:d/e.txt}')).toEqual([
      { kind: 'text', text: 'a' },
      { kind: 'env', name: 'B', reference: '${env:B}' },
      { kind: 'text', text: 'c' },
      { kind: 'file', path: 'd/e.txt', reference: '${file:d/e.txt}' },
    ]);
  });

  it.each(['$', '${HOME}', '${HOME:-x}', '${HOME:=x}', '${A:?no}', '${A:+b}', '$(x)', '${{ x }}', '{env:A}', '$env:A'])(
    'leaves %s alone',
    (text) => {
      expect(splitReferences(text)).toEqual([{ kind: 'text', text }]);
    },
  );

  it('has a way to write what would be a reference', () => {
    const parts = splitReferences('$${env:A}');
    expect(parts.map((part) => (part.kind === 'text' ? part.text : part.kind)).join('')).toBe('${env:A}');
    expect(secretReferences('$${env:A}')).toEqual([]);
  });

  it.each(['${env:}', '${env:1A}', '${env:A B}', '${env:A', '${file:}', '${file: x}', '${vault:a}', '${ENV:A}'])('refuses %s', (text) => {
    expect(() => splitReferences(text)).toThrow(MalformedReference);
  });

  it('is one reference only when nothing else is in it', () => {
    expect(isSecretReference('${env:A}')).toBe(true);
    expect(['', 'x', ' ${env:A}', '${env:A}${env:B}', '$${env:A}'].some(isSecretReference)).toBe(false);
  });

  it('is split or refused, whatever it is, and loses nothing', () => {
    const pieces = fc.array(fc.constantFrom('$', '{', '}', 'env', 'file', ':', 'A', '-', '/', ' '), { maxLength: 30 });
    fc.assert(
      fc.property(pieces, (list) => {
        const text = list.join('');
        try {
          const again = splitReferences(text).map((part) => (part.kind === 'text' ? part.text : part.reference));
          expect(again.join('')).toBe(text.replaceAll('$${', '${'));
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedReference);
        }
      }),
    );
  });
});
