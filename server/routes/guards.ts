import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { personOf } from '../authenticate.ts';
import { requirePermission } from '../authorise.ts';
import { endGuard, findGuard, visibleGuards } from '../guards.ts';
import type { ServerParts } from '../ports.ts';
import { guardEndSchema, guardListSchema, guardSchema } from '../schemas/guards.ts';
import { writeHeadersSchema } from '../schemas/requests.ts';
import { askingOf } from './asking.ts';
import { problemAnswer } from './problem-answer.ts';

/** Runs of GitHub Actions that environments hold back. */
export function guardRoutes(parts: ServerParts): FastifyPluginAsyncZod {
  return async (server) => {
    server.get(
      '/guards',
      {
        config: { permission: 'look', permittedAt: 'somewhere' },
        schema: {
          operationId: 'listGuards',
          summary: 'Runs of GitHub Actions whose jobs wait for gates, oldest first',
          response: { 200: guardListSchema, ...problemAnswer },
        },
      },
      async (request) => ({ guards: [...(await visibleGuards(parts, personOf(request)))] }),
    );
    server.post(
      '/guards/end',
      {
        config: { permission: 'cancel', permittedAt: 'somewhere' },
        schema: {
          operationId: 'endGuard',
          summary: 'Have a run turned away, whatever the gates say',
          headers: writeHeadersSchema,
          body: guardEndSchema,
          response: { 200: guardSchema, ...problemAnswer },
        },
      },
      async (request) => {
        const guard = await findGuard(parts, request.body, personOf(request));
        for (const place of guard.places) requirePermission(request, 'cancel', place);
        return endGuard(parts, guard, request.body.reason, askingOf(request));
      },
    );
  };
}
