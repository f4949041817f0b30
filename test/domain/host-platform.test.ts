import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bestFor, platformsFor, platformsOfHost } from '../../domain/host-platform.ts';
import { parsePlatform, printPlatform } from '../../domain/platform.ts';

const MACHINES = ['x86_64', 'aarch64', 'armv7l', 'armv6l', 'i686', 'riscv64', 's390x'];
const OFFERS = [
  'linux/amd64',
  'linux/386',
  'linux/arm64',
  'linux/arm64/v8',
  'linux/arm/v8',
  'linux/arm/v7',
  'linux/arm/v6',
  'linux/arm',
  'linux/riscv64',
  'windows/amd64',
];
const offersOf = (texts: readonly string[]) => texts.map((text) => ({ text, platform: parsePlatform(text) }));

const chosen = (machine: string, ...offers: string[]) => bestFor(platformsOfHost('linux', machine), offersOf(offers))?.text;

describe('a machine', () => {
  it.each([
    ['x86_64', 'linux/amd64'],
    ['aarch64', 'linux/arm64'],
    ['armv7l', 'linux/arm/v7'],
    ['riscv64', 'linux/riscv64'],
  ])('of %s runs images of %s', (machine, platform) => {
    expect(printPlatform(platformsOfHost('linux', machine)[0] ?? { os: '', architecture: '' })).toBe(platform);
  });

  it('takes what was built for it before what merely runs on it, wherever that stands', () => {
    expect(chosen('x86_64', 'linux/386', 'linux/amd64')).toBe('linux/amd64');
    expect(chosen('aarch64', 'linux/arm/v7', 'linux/arm64/v8')).toBe('linux/arm64/v8');
    expect(chosen('armv7l', 'linux/arm/v6', 'linux/arm/v7')).toBe('linux/arm/v7');
    expect(chosen('aarch64', 'linux/amd64', 'linux/arm/v6')).toBe('linux/arm/v6');
  });

  it('runs images of its older kinds too', () => {
    const platforms = (machine: string) => platformsOfHost('linux', machine).map(printPlatform);
    expect(platforms('x86_64')).toEqual(['linux/amd64', 'linux/386']);
    expect(platforms('i386')).toEqual(['linux/386']);
    expect(platforms('i686')).toEqual(['linux/386']);
    expect(platforms('aarch64')).toEqual(['linux/arm64', 'linux/arm/v8', 'linux/arm/v7', 'linux/arm/v6', 'linux/arm/v5']);
    expect(platforms('armv8l')).toEqual(['linux/arm/v8', 'linux/arm/v7', 'linux/arm/v6', 'linux/arm/v5']);
    expect(chosen('i686', 'linux/386')).toBe('linux/386');
  });

  it('takes nothing that is newer than it, of another kind or of another system', () => {
    expect(chosen('armv6l', 'linux/arm/v7', 'linux/arm64')).toBeUndefined();
    expect(chosen('i686', 'linux/amd64')).toBeUndefined();
    expect(chosen('x86_64', 'linux/arm64', 'windows/amd64')).toBeUndefined();
  });

  it('believes an image for ARM that does not say for which', () => {
    expect(chosen('armv6l', 'linux/arm/v7', 'linux/arm')).toBe('linux/arm');
  });

  it('gets the same image in whatever order images for different platforms are offered', () => {
    const distinct = OFFERS.filter((text) => text !== 'linux/arm64/v8' && text !== 'linux/arm');
    fc.assert(
      fc.property(fc.constantFrom(...MACHINES), fc.shuffledSubarray(distinct), (machine, offers) => {
        expect(chosen(machine, ...offers)).toBe(chosen(machine, ...[...offers].sort()));
      }),
    );
  });

  it('is offered nothing where an index names no platforms', () => {
    expect(bestFor(platformsOfHost('linux', 'x86_64'), [{}])).toBeUndefined();
  });
});

describe('a platform', () => {
  it.each([
    ['linux/arm', ['linux/arm/v7', 'linux/arm/v6', 'linux/arm/v5']],
    ['linux/arm/v8', ['linux/arm/v8', 'linux/arm/v7', 'linux/arm/v6', 'linux/arm/v5']],
    ['linux/arm/v6', ['linux/arm/v6', 'linux/arm/v5']],
    ['linux/arm64/v8', ['linux/arm64/v8']],
    ['windows/amd64', ['windows/amd64']],
  ])('%s is served by %j, the best first', (platform, served) => {
    expect(platformsFor(parsePlatform(platform)).map(printPlatform)).toEqual(served);
  });
});
