import { z } from 'zod';
import { isSamePlatform, parsePlatform } from '../domain/platform.ts';
import { readPlatform } from '../domain/platform-names.ts';
import { customIssue, type Refusal, text } from './scalars.ts';

const PLATFORM = /^[a-z0-9]+\/[a-z0-9_]+(?:\/[a-z0-9]+)?$/;

/** What an image is for: `os/architecture` or `os/architecture/variant`. */
export const platform = () =>
  text({ expected: 'a platform', examples: ['linux/amd64', 'linux/arm64', 'linux/arm/v7'], pattern: PLATFORM, refuse: refusePlatform });

/** Platforms of which none is named twice, in whatever words. */
export const platforms = () =>
  z
    .array(platform())
    .min(1)
    .max(8)
    .check((context) => {
      const read = context.value.flatMap((value, index) =>
        PLATFORM.test(value) ? [{ index, value, platform: parsePlatform(value) }] : [],
      );
      read.forEach((one, place) => {
        const before = read.slice(0, place).find((other) => isSamePlatform(other.platform, one.platform));
        if (before !== undefined) context.issues.push(customIssue(one.value, { message: twice(one.value, before.value) }, [one.index]));
      });
    });

export function refusePlatform(value: string): Refusal | undefined {
  const usual = readPlatform(value);
  if (PLATFORM.test(value) && usual === value) return undefined;
  const isKnown = usual !== undefined && PLATFORM.test(usual);
  return { message: 'is no platform', hint: isKnown ? `write ${usual}` : 'write os/architecture, as in linux/arm64' };
}

function twice(value: string, before: string): string {
  return value === before ? `${value} is named twice` : `${value} is the same as ${before}`;
}
