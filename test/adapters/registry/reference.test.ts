import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MalformedReference, parseReference, parseRepository, printReference } from '../../../adapters/registry/reference.ts';

const digest = `sha256:${'ab'.repeat(32)}`;
const letters = [...'abcdefghijklmnopqrstuvwxyz0123456789'];
const word = fc.string({ unit: fc.constantFrom(...letters), minLength: 1, maxLength: 8 });
const part = fc
  .tuple(word, fc.array(fc.tuple(fc.constantFrom('.', '_', '__', '-', '--'), word), { maxLength: 2 }))
  .map(([first, more]) => first + more.flat().join(''));
const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
const registry = fc.constantFrom('docker.io', '127.0.0.1:5000', 'localhost', 'ghcr.io', 'registry.example.com:8443', '[::1]:5000');
const tag = fc
  .string({ unit: fc.constantFrom(...letters, '.', '-', '_', 'A'), minLength: 1, maxLength: 20 })
  .filter((text) => /^[\w]/.test(text));

describe('a reference', () => {
  it('that is printed and parsed again is the same', () => {
    fc.assert(
      fc.property(registry, path, fc.option(tag, { nil: undefined }), fc.boolean(), (host, name, label, pinned) => {
        const text = `${host}/${name}${label === undefined ? '' : `:${label}`}${pinned ? `@${digest}` : ''}`;
        const reference = parseReference(text);
        expect(parseReference(printReference(reference))).toEqual(reference);
        expect(reference.registry).toBe(host);
        expect(reference.tag).toBe(label);
        expect(reference.digest).toBe(pinned ? digest : undefined);
      }),
    );
  });

  it('of any text is parsed or refused by name, and nothing else', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...letters, ...'/:@.-_[]A %\n') }), (text) => {
        try {
          const reference = parseReference(text);
          expect(parseReference(printReference(reference))).toEqual(reference);
        } catch (error) {
          expect((error as Error).name).toMatch(/^Malformed(Reference|Digest)$/);
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['redis', { registry: 'docker.io', path: 'library/redis' }],
    ['redis:7', { registry: 'docker.io', path: 'library/redis', tag: '7' }],
    ['index.docker.io/team/app', { registry: 'docker.io', path: 'team/app' }],
    ['localhost/app:1', { registry: 'localhost', path: 'app', tag: '1' }],
    [`127.0.0.1:5000/shop/web:v1@${digest}`, { registry: '127.0.0.1:5000', path: 'shop/web', tag: 'v1', digest }],
  ])('%s has the defaults that Docker gives it', (text, expected) => {
    expect(parseReference(text)).toEqual(expected);
  });

  it.each([
    '',
    'upper/CASE',
    'a//b',
    '/a',
    'a/',
    'a:',
    'a:.b',
    'a b',
    'ghcr.io/../etc',
    `a@${digest}@${digest}`,
    '-a',
    'host_name.x/app',
    '127.0.0.1:99999/app',
    'a/..',
    'a/./b',
    `a:${'t'.repeat(129)}`,
    `a/${'b'.repeat(300)}`,
  ])('%j is refused', (text) => {
    expect(() => parseReference(text)).toThrow(MalformedReference);
  });

  it('says what it saw and what is wrong', () => {
    expect(() => parseRepository('ghcr.io/Shop/web')).toThrow(/"ghcr\.io\/Shop\/web".*"Shop".*lower case/);
  });
});
