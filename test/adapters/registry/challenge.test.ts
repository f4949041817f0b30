import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseChallenges } from '../../../adapters/registry/challenge.ts';

const read = (header: string) =>
  parseChallenges(header).map(({ scheme, parameters }) => ({ scheme, parameters: Object.fromEntries(parameters) }));

describe('a challenge', () => {
  it('is read with quoted and bare parameters, commas inside quotes included', () => {
    const header = 'Bearer realm="https://auth.example.com/token",service="registry, and more",scope="repository:a/b:pull,push",x=1';
    expect(read(header)).toEqual([
      {
        scheme: 'bearer',
        parameters: { realm: 'https://auth.example.com/token', service: 'registry, and more', scope: 'repository:a/b:pull,push', x: '1' },
      },
    ]);
  });

  it('may be one of several', () => {
    expect(parseChallenges('Basic realm="a \\"b\\"", Bearer realm="https://b/"').map(({ scheme }) => scheme)).toEqual(['basic', 'bearer']);
    expect(read('Negotiate, Basic realm=x')).toEqual([
      { scheme: 'negotiate', parameters: {} },
      { scheme: 'basic', parameters: { realm: 'x' } },
    ]);
  });

  it('of any text is read to an end', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab=", \\'), maxLength: 200 }), (text) => Array.isArray(parseChallenges(text))),
    );
    expect(parseChallenges('')).toEqual([]);
  });
});
