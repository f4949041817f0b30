import { describe, expect, it } from '@jest/globals';
import { kindOf } from '../../../adapters/docker/delivery/engine-kind.ts';
import { sharedFrom } from '../../../adapters/docker/delivery/present-layers.ts';

describe('an engine', () => {
  it('of Docker takes layers by hand whatever graph driver it has', () => {
    for (const Driver of ['overlay2', 'btrfs', 'vfs'])
      expect(kindOf({ Driver, DriverStatus: [['Backing Filesystem', 'extfs']] }).takesLayers).toBe(true);
  });

  it('that keeps images in containerd, or that is no Docker, downloads by itself', () => {
    expect(kindOf({ Driver: 'overlayfs', DriverStatus: [['driver-type', 'io.containerd.snapshotter.v1']] }).takesLayers).toBe(false);
    expect(kindOf({ Driver: 'btrfs', DriverStatus: [['driver-type', 'io.containerd.snapshotter.v1']] }).takesLayers).toBe(false);
    expect(kindOf({ Driver: 'overlay', DriverStatus: null }).takesLayers).toBe(false);
    expect(kindOf({}).takesLayers).toBe(false);
  });

  it('says on what machine it runs', () => {
    expect(kindOf({ OSType: 'linux', Architecture: 'aarch64' }).platforms[0]).toEqual({ os: 'linux', architecture: 'arm64' });
  });
});

describe('layers of two images', () => {
  const layers = ['a', 'b', 'c'].map((letter) => ({ diffId: letter as never }));

  it('are shared from the lowest on, up to the first that differs', () => {
    expect(sharedFrom(layers, [])).toBe(0);
    expect(sharedFrom(layers, ['a', 'x', 'c'])).toBe(1);
    expect(sharedFrom(layers, ['x', 'b', 'c'])).toBe(0);
    expect(sharedFrom(layers, ['a', 'b', 'c', 'd'])).toBe(3);
    expect(sharedFrom([], ['a'])).toBe(0);
  });
});
