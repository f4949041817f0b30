import { describe, expect, it } from '@jest/globals';
import { type Promoters, promotersOf, withPromoter } from '../../domain/promoters.ts';

const STAGES = [
  { name: 'build', needs: [] },
  { name: 'staging', needs: ['build'] },
  { name: 'load', needs: ['build'] },
  { name: 'production', needs: ['staging'] },
];

const promoted = (...requests: readonly (readonly [string, string])[]): Promoters =>
  requests.reduce<Promoters>((all, [stage, person]) => withPromoter(all, stage, person), new Map());

describe('the promoters of a stage', () => {
  it('are all who took it on by hand, whoever came last', () => {
    const twice = promoted(['production', 'ana'], ['production', 'bo'], ['production', 'ana']);
    expect(promotersOf('production', STAGES, twice)).toEqual(['ana', 'bo']);
  });

  it('are those too who took on what it needs, near and far', () => {
    const before = promoted(['build', 'cy'], ['staging', 'ana'], ['production', 'bo']);
    expect(promotersOf('production', STAGES, before)).toEqual(expect.arrayContaining(['ana', 'bo', 'cy']));
    expect(promotersOf('staging', STAGES, before)).toEqual(['ana', 'cy']);
  });

  it('are not those of stages beside it or after it', () => {
    expect(promotersOf('production', STAGES, promoted(['load', 'ana']))).toEqual([]);
    expect(promotersOf('staging', STAGES, promoted(['production', 'bo']))).toEqual([]);
  });
});
