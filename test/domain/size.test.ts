import { describe, expect, it } from '@jest/globals';
import { parseSize, printExactSize, printSize } from '../../domain/size.ts';

describe('a size', () => {
  it('is a whole number and a unit, of SI or of IEC', () => {
    const texts = ['0B', '7B', '1kB', '1KiB', '3MB', '3MiB', '2GB', '2GiB'];
    expect(texts.map(parseSize)).toEqual([0, 7, 1_000, 1_024, 3e6, 3 * 2 ** 20, 2e9, 2 ** 31]);
  });

  it.each(['', '1', 'B', '1.5MiB', '-1B', '1 MiB', '1MiBs', 'x1MiB', '1TB', '999999999999999GiB'])('is not %j', (text) => {
    expect(parseSize(text)).toBeUndefined();
  });

  it.each<[number, string]>([
    [0, '0 B'],
    [0.4, '0 B'],
    [1, '1 B'],
    [999, '999 B'],
    [1_000, '1.0 kB'],
    [1_234, '1.2 kB'],
    [10_000, '10.0 kB'],
    [12_345, '12.3 kB'],
    [100_000, '100 kB'],
    [123_456, '123 kB'],
    [5_400_000, '5.4 MB'],
    [7e9, '7.0 GB'],
    [2e12, '2.0 TB'],
    [5e15, '5000 TB'],
  ])('of %d bytes is for people %s', (bytes, text) => {
    expect(printSize(bytes)).toBe(text);
  });

  it.each<[number, string]>([
    [0, '0B'],
    [1, '1B'],
    [1_023, '1023B'],
    [1_024, '1KiB'],
    [1_536, '1536B'],
    [3 * 2 ** 20, '3MiB'],
    [2 ** 30, '1GiB'],
    [2 ** 30 + 1_024, '1048577KiB'],
  ])('of %d bytes is exactly %s, and read as such', (bytes, text) => {
    expect(printExactSize(bytes)).toBe(text);
    expect(parseSize(text)).toBe(bytes);
  });
});
