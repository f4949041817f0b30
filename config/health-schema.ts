import { z } from 'zod';
import { command } from './container-schema.ts';
import { requestPath } from './paths.ts';
import { duration, exactlyOne, port } from './scalars.ts';

const asked = {
  interval: duration({ min: 50 }).prefault('500ms'),
  timeout: duration({ min: 50, max: 60_000 }).prefault('2s'),
  threshold: z.number().int().min(1).max(100).default(2).describe('Good answers in a row'),
  deadline: duration({ min: 1_000 }).prefault('30s'),
};

/** How it is known that a component does what it should. */
export const health = exactlyOne({
  http: z.exactOptional(z.strictObject({ path: z.exactOptional(requestPath().describe('By default publish.path')), ...asked })),
  tcp: z.exactOptional(
    z
      .strictObject({ port: z.exactOptional(port().describe('By default publish.port')), ...asked })
      .describe("It takes a connection that the host's router opens"),
  ),
  command: z.exactOptional(
    z
      .strictObject({
        run: command(),
        interval: duration({ min: 50 }).prefault('1s'),
        timeout: duration({ min: 50, max: 600_000 }).prefault('5s'),
        startPeriod: duration({ min: 0, max: 3_600_000 }).prefault('0s').describe('Failures count from here on'),
        failures: z.number().int().min(1).max(100).default(3).describe('Failures in a row that make it unhealthy'),
        deadline: duration({ min: 1_000 }).prefault('60s'),
      })
      .describe('The engine runs it in the container; exit code 0 is healthy'),
  ),
  container: z.exactOptional(
    z.strictObject({ deadline: duration({ min: 1_000 }).prefault('60s') }).describe("The image's own HEALTHCHECK"),
  ),
  running: z.exactOptional(
    z
      .strictObject({ stable: duration({ min: 0 }).prefault('2s'), deadline: duration({ min: 1_000 }).prefault('30s') })
      .describe('It stays up'),
  ),
});
