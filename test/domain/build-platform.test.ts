import { describe, expect, it } from '@jest/globals';
import { platformArguments, platformTag } from '../../domain/build-platform.ts';

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
});
