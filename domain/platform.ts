import type { Platform } from './oci-manifest.ts';

const PART = /^[A-Za-z0-9_.-]+$/;

/** Reads `os/architecture` or `os/architecture/variant`. Throws MalformedPlatform. */
export function parsePlatform(text: string): Platform {
  const [os = '', architecture = '', variant, ...more] = text.split('/');
  const parts = [os, architecture, ...(variant === undefined ? [] : [variant])];
  if (more.length > 0 || !parts.every((part) => PART.test(part))) throw new MalformedPlatform(text);
  return { os, architecture, ...(variant !== undefined && { variant }) };
}

export function printPlatform({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join('/');
}

/** Variants that are meant when nothing is said, as containerd has it: linux/arm64 is linux/arm64/v8. */
const USUAL_VARIANT: Readonly<Record<string, string>> = { arm64: 'v8', amd64: 'v1' };

/** Whether what is offered runs on the platform that is wanted. A wish without a variant takes any. */
export function matchesPlatform(wanted: Platform, offered: Platform): boolean {
  if (wanted.os !== offered.os || wanted.architecture !== offered.architecture) return false;
  return wanted.variant === undefined || wanted.variant === (offered.variant ?? USUAL_VARIANT[offered.architecture]);
}

/** Whether two names are of one platform: who builds for linux/arm builds for linux/arm/v7. */
export function isSamePlatform(one: Platform, other: Platform): boolean {
  const meant = ({ architecture, variant }: Platform) => variant ?? { ...USUAL_VARIANT, arm: 'v7' }[architecture];
  return one.os === other.os && one.architecture === other.architecture && meant(one) === meant(other);
}

/** Manifests that run on any of the platforms, in their own order, and the platforms that none runs on. */
export function choosePlatforms<Offer extends { readonly platform?: Platform }>(
  offers: readonly Offer[],
  wanted: readonly Platform[],
): { readonly chosen: readonly Offer[]; readonly missing: readonly Platform[] } {
  const runsOn = (offer: Offer, platform: Platform) => offer.platform !== undefined && matchesPlatform(platform, offer.platform);
  return {
    chosen: offers.filter((offer) => wanted.some((platform) => runsOn(offer, platform))),
    missing: wanted.filter((platform) => !offers.some((offer) => runsOn(offer, platform))),
  };
}

export class MalformedPlatform extends Error {
  override readonly name = 'MalformedPlatform';

  constructor(text: string) {
    super(`Expected a platform, os/architecture or os/architecture/variant as in linux/arm64, and saw ${JSON.stringify(text)}`);
  }
}
