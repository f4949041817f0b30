import { describe, expect, it } from '@jest/globals';
import { fitting } from '../../../domain/gates/counts-so-far.ts';
import type { EnvironmentCount } from '../../../domain/gates/router-metric.ts';

const count = (at: number): EnvironmentCount => ({ at: `${at}`, hosts: [{ host: 's1', components: [] }] });
const counts = (length: number) => Array.from({ length }, (_, index) => count(index));
const moments = (length: number, characters: number) => fitting(counts(length), characters).map(({ at }) => Number(at));
const ONE = JSON.stringify(count(0)).length + 2;

describe('counts that are handed to the next run', () => {
  it('are all of them where they fit', () => {
    expect(moments(8, 8 * ONE)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(moments(0, 2)).toEqual([]);
  });

  it('are ever fewer where they do not, and always the first and the last', () => {
    expect(moments(8, 5 * ONE)).toEqual([0, 2, 4, 6, 7]);
    expect(moments(8, 4 * ONE)).toEqual([0, 4, 7]);
    expect(moments(8, 2 * ONE)).toEqual([0, 7]);
  });

  it('are none where not even two fit, as one alone is no figure', () => {
    expect(moments(8, ONE)).toEqual([]);
    expect(moments(1, 2)).toEqual([]);
  });
});
