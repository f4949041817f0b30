import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { personOf } from '../authenticate.ts';
import { requirePermission } from '../authorise.ts';
import { breakGlass, findGlass, ratifyGlass } from '../break-glass.ts';
import { requireEnvironment } from '../catalogue.ts';
import type { ServerParts } from '../ports.ts';
import { environmentParametersSchema, writeHeadersSchema } from '../schemas/requests.ts';
import { breakGlassSchema, decisionParametersSchema, endSchema, newGlassSchema } from '../schemas/standing.ts';
import { askingOf } from './asking.ts';
import { problemAnswer } from './problem-answer.ts';

const write = { headers: writeHeadersSchema, response: { 200: breakGlassSchema, ...problemAnswer } };

/** The way past gates in an emergency: recorded, for one release and one environment, and to be ratified by a second person. */
export function breakGlassRoutes(parts: ServerParts): FastifyPluginAsyncZod {
  return async (server) => {
    server.post(
      '/applications/:application/environments/:environment/break-glass',
      {
        config: { permission: 'break-glass' },
        schema: {
          operationId: 'breakGlass',
          summary: 'Let a release past gates in an emergency',
          params: environmentParametersSchema,
          body: newGlassSchema,
          ...write,
        },
      },
      async (request) => {
        requireEnvironment(parts, request.params.application, request.params.environment);
        return breakGlass(parts, request.params, request.body, askingOf(request));
      },
    );
    server.post(
      '/break-glass/:id/ratification',
      {
        config: { permission: 'ratify', permittedAt: 'somewhere' },
        schema: {
          operationId: 'ratify',
          summary: "Stand by somebody else's breaking of the glass",
          params: decisionParametersSchema,
          body: endSchema,
          ...write,
        },
      },
      async (request) => {
        const glass = await findGlass(parts, request.params.id, personOf(request));
        requirePermission(request, 'ratify', { application: glass.application, environment: glass.environment });
        return ratifyGlass(parts, glass, request.body.reason, askingOf(request));
      },
    );
  };
}
