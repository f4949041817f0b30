import type { Platform } from './oci-manifest.ts';
import { matchesPlatform } from './platform.ts';

/** What `uname -m` calls a machine, and what images are built for. */
const ARCHITECTURES: Readonly<Record<string, readonly Omit<Platform, 'os'>[]>> = {
  x86_64: [{ architecture: 'amd64' }, { architecture: '386' }],
  i386: [{ architecture: '386' }],
  i686: [{ architecture: '386' }],
  aarch64: [{ architecture: 'arm64' }, ...armFrom(8)],
  armv8l: armFrom(8),
  armv7l: armFrom(7),
  armv6l: armFrom(6),
};

/** The platforms whose images run on a machine, as its engine calls it: its own first, and older ones of its kind after it (containerd, `platformVector`). */
export function platformsOfHost(os: string, machine: string): readonly Platform[] {
  return (ARCHITECTURES[machine] ?? [{ architecture: machine }]).map((one) => ({ os, ...one }));
}

/** The offer that runs best on a machine; undefined when none does. */
export function bestFor<Offer extends { readonly platform?: Platform }>(
  platforms: readonly Platform[],
  offers: readonly Offer[],
): Offer | undefined {
  for (const wanted of platforms) {
    const found = offers.find(({ platform }) => platform !== undefined && matchesPlatform(wanted, saying(platform, wanted)));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The platforms whose images count as for this one, the best first: ARM runs what is for older ones of its kind. */
export function platformsFor(platform: Platform): readonly Platform[] {
  const newest = Number(/^v([5-8])$/.exec(platform.variant ?? 'v7')?.[1]);
  return platform.architecture === 'arm' ? armFrom(newest).map((one) => ({ os: platform.os, ...one })) : [platform];
}

/** Whether one of what is offered counts as for a platform. */
export function isOffered(platform: Platform, offered: readonly Platform[]): boolean {
  const offers = offered.map((one) => ({ platform: one }));
  return bestFor(platformsFor(platform), offers) !== undefined;
}

/** Many images for ARM do not say for which variant; they are believed to run. */
function saying(platform: Platform, { variant }: Platform): Platform {
  return platform.variant !== undefined || variant === undefined ? platform : { ...platform, variant };
}

function armFrom(newest: number): readonly Omit<Platform, 'os'>[] {
  return [8, 7, 6, 5].filter((version) => version <= newest).map((version) => ({ architecture: 'arm', variant: `v${version}` }));
}
