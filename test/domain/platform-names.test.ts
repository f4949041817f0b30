import { describe, expect, it } from '@jest/globals';
import { readPlatform } from '../../domain/platform-names.ts';

describe("a platform's usual name", () => {
  it.each([
    ['linux/amd64', 'linux/amd64'],
    ['Linux/AMD64', 'linux/amd64'],
    ['amd64', 'linux/amd64'],
    ['linux/x86_64', 'linux/amd64'],
    ['linux/x86-64/v2', 'linux/amd64/v2'],
    ['linux/i386', 'linux/386'],
    ['aarch64', 'linux/arm64'],
    ['linux/arm/v6', 'linux/arm/v6'],
    ['linux/armhf', 'linux/arm/v7'],
    ['linux/armel/v7', 'linux/arm/v6'],
    ['s390x', 'linux/s390x'],
    ['windows/amd64', 'windows/amd64'],
  ])('is of %s %s', (text, usual) => {
    expect(readPlatform(text)).toBe(usual);
  });

  it.each(['linux', 'windows', 'darwin', 'freebsd'])("is of %s alone of the host's architecture", (system) => {
    expect(readPlatform(system, 'linux/arm/v7')).toBe(`${system}/arm`);
    expect(readPlatform(system)).toBeUndefined();
  });

  it.each(['', '/', 'linux/', '/amd64', 'linux/amd64/', 'linux/arm/v7/x', 'linux/a b', '$X', 'linux/$X', 'linux/arm/*'])(
    'is nothing for %j',
    (text) => {
      expect(readPlatform(text, 'linux/amd64')).toBeUndefined();
    },
  );
});
