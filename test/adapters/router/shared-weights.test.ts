import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sharedWeights } from '../../../adapters/router/shared-weights.ts';

describe('weights that share requests', () => {
  it('give both versions some, within what HAProxy takes, and the new one just its share where servers are as many', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99 }), fc.integer({ min: 1, max: 16 }), (percent, count) => {
        const { newer, older } = sharedWeights(percent, count, count);
        for (const weight of [newer, older]) expect(Number.isInteger(weight) && weight >= 1 && weight <= 256).toBe(true);
        expect((100 * newer) / (newer + older)).toBeCloseTo(percent, 10);
      }),
    );
  });

  it('come within half a percent where one version has up to twice as many servers', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 98 }), fc.integer({ min: 1, max: 8 }), fc.boolean(), (percent, few, isMore) => {
        const [newer, older] = isMore ? [few * 2, few] : [few, few * 2];
        const weights = sharedWeights(percent, newer, older);
        const share = (100 * weights.newer * newer) / (weights.newer * newer + weights.older * older);
        expect(Math.abs(share - percent)).toBeLessThan(0.5);
      }),
    );
  });
});
