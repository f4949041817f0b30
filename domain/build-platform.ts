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

/** The tag of one platform's image, from that of the index that names it. */
export function platformTag(tag: string, platform: string): string {
  return `${tag}-${platform.replaceAll('/', '-')}`;
}
