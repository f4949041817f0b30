import { z } from 'zod';
import { parseDigest } from '../domain/digest.ts';
import type { Hold } from '../domain/retention-protection.ts';
import { refuseRepositoryWithRegistry, refuseTag } from './addresses.ts';
import { cron } from './cron.ts';
import { quote } from './problem.ts';
import { customIssue, distinct, type Refusal, text } from './scalars.ts';
import type { RetentionInstallation } from './settings/registry.ts';

const MOST_RELEASES = 10_000;
const MOST_DAYS = 36_500;

const PATTERN_HINT =
  'write registry/path with * within a part of the path, or ** at its end for everything below: registry.example.com/shop/*';

const repositoryPattern = () =>
  text({
    expected: 'a pattern of repositories',
    examples: ['registry.example.com/shop/*', '10.0.0.1:5000/**'],
    refuse: (value) => {
      const [registry = '', ...parts] = value.split('/');
      const path = parts.at(-1) === '**' ? parts.slice(0, -1) : parts;
      // A star stands for what a repository's name may hold, and for nothing that would end one.
      const isPattern = parts.length > 0 && path.every((part) => /^[a-z0-9._*-]+$/.test(part) && !part.includes('**'));
      return isPattern && !registry.includes('*')
        ? undefined
        : { message: `${quote(value)} is no pattern of repositories`, hint: PATTERN_HINT };
    },
  });

const tagPattern = () =>
  text({
    expected: 'a pattern of tags',
    examples: ['latest', 'v*'],
    refuse: (value) =>
      /^[\w.*-]{1,128}$/.test(value)
        ? undefined
        : { message: `${quote(value)} is no pattern of tags`, hint: 'letters, digits, _ . - and *' },
  });

const keep = z
  .strictObject({
    releases: z.exactOptional(
      z.number().int().min(1).max(MOST_RELEASES).describe('The last releases of each application, and as many images without a release'),
    ),
    days: z.exactOptional(z.number().int().min(1).max(MOST_DAYS).describe('What is not older, in days')),
    tags: distinct(tagPattern()).default([]).describe('Tags that fit, with what they name'),
  })
  .check((context) => {
    const { releases, days, tags } = context.value;
    if (releases !== undefined || days !== undefined || tags.length > 0) return;
    context.issues.push(customIssue(context.value, { message: 'keeps nothing', hint: 'give releases, days or tags' }));
  });

/** An image that is never deleted. */
const heldImage = () =>
  text({
    expected: 'an image',
    examples: ['registry.example.com/shop/web:audit-2026'],
    refuse: (value) => {
      const parsed = parseHold(value);
      return 'kind' in parsed ? undefined : parsed;
    },
  });

const HOLD_HINT = 'write registry/repository:tag or registry/repository@sha256:…';

/** Reads `registry/repository@sha256:…` or `registry/repository:tag`; what is wrong with it otherwise. */
function parseHold(value: string): Hold | Refusal {
  const [, repository = '', tag, digest] = /^([^@]*?)(?::([^/:@]*))?(?:@(.*))?$/.exec(value) ?? [];
  const refusal = { message: `${quote(value)} is no image with a tag or a digest`, hint: HOLD_HINT };
  if (refuseRepositoryWithRegistry(repository) !== undefined) return refusal;
  if (digest !== undefined)
    return /^sha256:[0-9a-f]{64}$/.test(digest) ? { kind: 'digest', repository, digest: parseDigest(digest) } : refusal;
  return tag !== undefined && refuseTag(tag) === undefined ? { kind: 'tag', repository, tag } : refusal;
}

/** What registries may lose, and when. */
export const retention = z.strictObject({
  schedule: z.exactOptional(cron().describe('When it is done by itself, in UTC; without it, only by hand')),
  repositories: z
    .array(z.strictObject({ match: repositoryPattern().describe('Repositories that fit'), keep: keep.describe('What is kept of them') }))
    .default([])
    .describe('What no rule is for is left alone; what one of several rules keeps is kept'),
  hold: distinct(heldImage()).default([]).describe('Images that are never deleted'),
});

export function retentionOf({ repositories, hold, ...rest }: z.output<typeof retention>): RetentionInstallation {
  return { ...rest, rules: repositories, holds: hold.map(parseHold).filter((parsed) => 'kind' in parsed) };
}
