import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { personOf } from '../authenticate.ts';
import { visibleApplications } from '../catalogue.ts';
import type { ServerParts } from '../ports.ts';
import { applicationListSchema } from '../schemas/service.ts';
import { problemAnswer } from './problem-answer.ts';

/** What the installation knows. */
export function applicationRoutes(parts: ServerParts): FastifyPluginAsyncZod {
  return async (server) => {
    server.get(
      '/applications',
      {
        config: { permission: 'look', permittedAt: 'somewhere' },
        schema: {
          operationId: 'listApplications',
          summary: 'Applications with their environments',
          response: { 200: applicationListSchema, ...problemAnswer },
        },
      },
      async (request) => ({ applications: visibleApplications(parts, personOf(request)) }),
    );
  };
}
