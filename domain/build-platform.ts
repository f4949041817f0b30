import type { Platform } from './oci-manifest.ts';
import { printPlatform } from './platform.ts';

/** Arguments that BuildKit gives to every Dockerfile by itself (https://docs.docker.com/reference/dockerfile, "Automatic platform ARGs in the global scope"). */
export function platformArguments(target: Platform, host: Platform): Readonly<Record<string, string>> {
  return { ...argumentsOf('TARGET', target), ...argumentsOf('BUILD', host) };
}

function argumentsOf(prefix: string, platform: Platform): Record<string, string> {
  const { os, architecture, variant = '' } = platform;
  return {
    [`${prefix}PLATFORM`]: printPlatform(platform),
    [`${prefix}OS`]: os,
    [`${prefix}ARCH`]: architecture,
    [`${prefix}VARIANT`]: variant,
  };
}

/** Commit and inputs, as builds are tagged, and a platform. */
const OF_PLATFORM = /^[0-9a-f]{40}-[0-9a-f]{12}(?:-[a-z0-9_]+){2,3}$/;

/** Whether a tag is that of one platform's image among several that were built. */
export function isPlatformTag(tag: string): boolean {
  return OF_PLATFORM.test(tag);
}

/** The tag of one platform's image, from that of the index that names it. */
export function platformTag(tag: string, platform: string): string {
  return `${tag}-${platform.replaceAll('/', '-')}`;
}
