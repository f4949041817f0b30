import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson } from '../../domain/canonical.ts';
import { Secret } from '../../domain/secret.ts';

const JSON_VALUE = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown);

/** The same value with the members of every object in the opposite order. */
function reordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reordered);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reordered(member)]),
  );
}

describe('canonical JSON', () => {
  it('sorts keys by their UTF-16 code units, at every depth, and prints no white space', () => {
    expect(canonicalJson({ b: [{ z: 1, a: null }], a: 'ü', '': true, é: 1, Z: 2 })).toBe(
      '{"":true,"Z":2,"a":"ü","b":[{"a":null,"z":1}],"é":1}',
    );
  });

  it('leaves out undefined members, so that a missing one and an undefined one are equal', () => {
    expect(canonicalJson({ a: 1, b: undefined, c: { d: undefined } })).toBe(canonicalJson({ c: {}, a: 1 }));
  });

  it('keeps the order of lists', () => {
    expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]));
  });

  it.each([
    ['undefined', undefined],
    ['an undefined item', [1, undefined]],
    ['a hole in a list', new Array(1)],
    ['NaN', { a: Number.NaN }],
    ['an infinite number', [Number.POSITIVE_INFINITY]],
    ['a function', { a: () => 1 }],
    ['a symbol', [Symbol('a')]],
    ['a bigint', 1n],
    ['a date', { at: new Date(0) }],
    ['a map', new Map([['a', 1]])],
    ['a secret', { token: new Secret('hunter2') }],
  ])('refuses %s, which would look like something else', (_what, value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError);
    expect(() => canonicalJson(value)).not.toThrow('hunter2');
  });

  it('is JSON of the very value', () => {
    fc.assert(fc.property(JSON_VALUE, (value) => expect(JSON.parse(canonicalJson(value))).toEqual(value)));
  });

  it('is the same text for equal values, however their members were put in', () => {
    fc.assert(fc.property(JSON_VALUE, (value) => expect(canonicalJson(reordered(value))).toBe(canonicalJson(value))));
  });

  it('is another text for another value', () => {
    fc.assert(
      fc.property(JSON_VALUE, JSON_VALUE, (left, right) => {
        if (canonicalJson(left) === canonicalJson(right)) expect(left).toEqual(right);
      }),
    );
  });
});
