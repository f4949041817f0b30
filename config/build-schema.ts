import { z } from 'zod';
import { innerPath } from './paths.ts';
import { platforms } from './platforms.ts';
import { buildArguments, secretName } from './references.ts';
import { distinct, duration, text } from './scalars.ts';

const CACHE = /^[a-z0-9][\w.:/-]*(?::[\w.-]+|@sha256:[0-9a-f]{64})$/;

/** How a component is built. */
export const build = z.strictObject({
  context: innerPath().default('.').describe('Folder within the repository'),
  dockerfile: innerPath().default('Dockerfile').describe('Within the context'),
  target: z.exactOptional(
    text({
      expected: 'a target',
      refuse: (value) => (/^[A-Za-z0-9][\w.-]*$/.test(value) ? undefined : { message: 'is no stage of a Dockerfile' }),
    }),
  ),
  arguments: buildArguments().default({}),
  platforms: z.exactOptional(platforms().describe("What the image is for: of several, an image each; by default the build host's own")),
  cacheFrom: z.exactOptional(
    distinct(
      text({
        expected: 'an image',
        examples: ['registry.example.com/shop/web:main'],
        pattern: CACHE,
        refuse: (value) =>
          CACHE.test(value) ? undefined : { message: 'is no image', hint: 'write REPOSITORY:TAG or REPOSITORY@sha256:…' },
      }),
    )
      .max(10)
      .describe('Images whose layers the build may take instead of making them; what is not there is left out'),
  ),
  secrets: z.exactOptional(
    distinct(secretName())
      .min(1)
      .max(20)
      .describe('Ids of secrets that steps mount (RUN --mount=type=secret,id=ID); their values are in applications[].buildSecrets'),
  ),
  timeout: duration({ min: 1_000 }).prefault('10m'),
});
