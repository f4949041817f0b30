import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Platform } from '../../domain/oci-manifest.ts';
import {
  choosePlatforms,
  isSamePlatform,
  MalformedPlatform,
  matchesPlatform,
  parsePlatform,
  printPlatform,
} from '../../domain/platform.ts';

const part = fc.stringMatching(/^[a-z0-9_.-]{1,12}$/);
const platform = fc
  .record({ os: part, architecture: part, variant: fc.option(part, { nil: undefined }) })
  .map(({ variant, ...others }) => ({ ...others, ...(variant !== undefined && { variant }) }));

describe('a platform', () => {
  it('is read as it is written', () => {
    fc.assert(fc.property(platform, (one) => expect(parsePlatform(printPlatform(one))).toEqual(one)));
  });

  it.each(['', 'linux', 'linux/', '/amd64', 'linux/arm/v7/more', 'linux/arm 64', 'linux//v7'])('is not %j', (text) => {
    expect(() => parsePlatform(text)).toThrow(MalformedPlatform);
  });

  it('is the same as another name of it, and as no other platform', () => {
    fc.assert(fc.property(platform, (one) => expect(isSamePlatform(one, one)).toBe(true)));
    fc.assert(fc.property(platform, platform, (one, other) => expect(isSamePlatform(one, other)).toBe(isSamePlatform(other, one))));
    const same = (one: string, other: string) => isSamePlatform(parsePlatform(one), parsePlatform(other));
    expect([same('linux/arm64', 'linux/arm64/v8'), same('linux/arm/v7', 'linux/arm'), same('linux/amd64/v1', 'linux/amd64')]).toEqual([
      true,
      true,
      true,
    ]);
    expect([same('linux/arm', 'linux/arm/v6'), same('linux/arm64', 'linux/arm'), same('linux/amd64', 'windows/amd64')]).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('has a variant only where one is said, and is refused with what was expected', () => {
    expect(parsePlatform('linux/amd64')).toStrictEqual({ os: 'linux', architecture: 'amd64' });
    expect(parsePlatform('linux/arm/v7')).toStrictEqual({ os: 'linux', architecture: 'arm', variant: 'v7' });
    expect(() => parsePlatform('linux/a/v!')).toThrow(
      expect.objectContaining({
        name: 'MalformedPlatform',
        message: 'Expected a platform, os/architecture or os/architecture/variant as in linux/arm64, and saw "linux/a/v!"',
      }),
    );
    expect(matchesPlatform(parsePlatform('linux/amd64/v1'), parsePlatform('linux/amd64'))).toBe(true);
    expect(matchesPlatform(parsePlatform('linux/amd64/v2'), parsePlatform('linux/amd64'))).toBe(false);
  });

  it('matches itself, and without a variant any', () => {
    fc.assert(
      fc.property(platform, platform, (one, other) => {
        expect(matchesPlatform(one, one)).toBe(true);
        expect(matchesPlatform({ os: one.os, architecture: one.architecture }, one)).toBe(true);
        if (one.os !== other.os) expect(matchesPlatform(one, other)).toBe(false);
      }),
    );
  });

  it('has a usual variant where none is said', () => {
    const arm64 = { os: 'linux', architecture: 'arm64' };
    expect(matchesPlatform(parsePlatform('linux/arm64/v8'), arm64)).toBe(true);
    expect(matchesPlatform(parsePlatform('linux/arm64/v9'), arm64)).toBe(false);
    expect(matchesPlatform(parsePlatform('linux/arm/v7'), { os: 'linux', architecture: 'arm' })).toBe(false);
  });

  it('is chosen in the order of what is offered, and missed by name', () => {
    const offers: readonly { readonly text: string; readonly platform?: Platform }[] = ['linux/arm/v6', 'linux/arm/v7', 'linux/amd64'].map(
      (text) => ({ text, platform: parsePlatform(text) }),
    );
    const chosen = (...texts: string[]) => choosePlatforms([...offers, { text: 'attestation' }], texts.map(parsePlatform));
    expect(chosen('linux/amd64', 'linux/arm').chosen.map(({ text }) => text)).toEqual(['linux/arm/v6', 'linux/arm/v7', 'linux/amd64']);
    expect(chosen('linux/arm/v7', 'linux/arm/v8').missing.map(printPlatform)).toEqual(['linux/arm/v8']);
  });
});
