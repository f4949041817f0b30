import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseDuration, printDuration } from '../../domain/duration.ts';
import { parseSize } from '../../domain/size.ts';

describe('a duration', () => {
  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['5m', 300_000],
    ['12h', 43_200_000],
    ['7d', 604_800_000],
    ['0s', 0],
  ])('%s is %i ms', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
    expect(printDuration(milliseconds)).toBe(text);
  });

  it.each(['', '30', 's', '-1s', '1.5s', '1e3s', ' 1s', '1 s', '1S', '1s ', '1m30s', '999999999999999d', '٣s'])('is not %p', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it('is printed in the largest unit that it is whole in', () => {
    expect([1, 999, 1_500, 90_000, 5_400_000, 129_600_000].map(printDuration)).toEqual(['1ms', '999ms', '1500ms', '90s', '90m', '36h']);
  });

  it('is printed so that it reads the same again', () => {
    fc.assert(fc.property(fc.nat(2 ** 40), (milliseconds) => expect(parseDuration(printDuration(milliseconds))).toBe(milliseconds)));
  });
});

describe('a size', () => {
  it.each([
    ['256MiB', 268_435_456],
    ['1GiB', 1_073_741_824],
    ['1kB', 1_000],
    ['512MB', 512_000_000],
    ['7B', 7],
  ])('%s is %i bytes', (text, bytes) => expect(parseSize(text)).toBe(bytes));

  it.each(['', '256', '256Mib', '1.5GiB', '-1GiB', '1KB', '1constructor', '999999999999999GiB'])('is not %p', (text) =>
    expect(parseSize(text)).toBeUndefined(),
  );
});
