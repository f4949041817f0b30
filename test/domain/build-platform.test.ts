import { describe, expect, it } from '@jest/globals';
import { isPlatformTag, platformArguments, platformTag } from '../../domain/build-platform.ts';

describe('a build for a platform', () => {
  it('knows for which one it is, and on which one it is done', () => {
    const target = { os: 'linux', architecture: 'arm', variant: 'v7' };
    expect(platformArguments(target, { os: 'linux', architecture: 'amd64' })).toEqual({
      TARGETPLATFORM: 'linux/arm/v7',
      TARGETOS: 'linux',
      TARGETARCH: 'arm',
      TARGETVARIANT: 'v7',
      BUILDPLATFORM: 'linux/amd64',
      BUILDOS: 'linux',
      BUILDARCH: 'amd64',
      BUILDVARIANT: '',
    });
  });

  it('has a tag of its own', () => {
    expect(['linux/arm64', 'linux/arm/v7'].map((platform) => platformTag('abc-123', platform))).toEqual([
      'abc-123-linux-arm64',
      'abc-123-linux-arm-v7',
    ]);
  });

  it('is known by it', () => {
    const built = `${'0a'.repeat(20)}-${'b1'.repeat(6)}`;
    for (const platform of ['linux/arm64', 'linux/arm/v7', 'linux/x86_64']) expect(isPlatformTag(platformTag(built, platform))).toBe(true);
    for (const other of [
      built,
      `${built}-`,
      `${built}-linux`,
      `${built}-linux-`,
      `v${built}-linux-arm64`,
      `${built}-linux-arm64.sig`,
      'v1-linux-arm64',
    ])
      expect(isPlatformTag(other)).toBe(false);
  });
});
