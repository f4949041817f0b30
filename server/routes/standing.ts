import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { type StandingDecision, scopeOf } from '../../domain/standing.ts';
import { personOf } from '../authenticate.ts';
import type { ServerParts } from '../ports.ts';
import { environmentParametersSchema, writeHeadersSchema } from '../schemas/requests.ts';
import {
  decisionParametersSchema,
  decisionSchema,
  endSchema,
  newBlockSchema,
  newFreezeSchema,
  newHoldSchema,
  standingQuerySchema,
  standingSchema,
} from '../schemas/standing.ts';
import { type Asking, beginFreeze, block, endDecision, hold } from '../standing.ts';
import { changeId } from './change-id.ts';
import { problemAnswer } from './problem-answer.ts';

const write = { headers: writeHeadersSchema, response: { 200: decisionSchema, ...problemAnswer } };
const ends = { ...write, params: decisionParametersSchema, body: endSchema };

/** What people decide beforehand and what stands until it ends. Who decides is read from the credential, never from the body. */
export function standingRoutes(parts: ServerParts): FastifyPluginAsyncZod {
  return async (server) => {
    server.get(
      '/standing',
      {
        schema: {
          operationId: 'standing',
          summary: 'Freezes, blocks, holds and broken glass that have not ended',
          querystring: standingQuerySchema,
          response: { 200: standingSchema, ...problemAnswer },
        },
      },
      async (request) => ({ decisions: (await parts.decisions.all()).filter((decision) => concerns(decision, request.query)) }),
    );
    server.post(
      '/freezes',
      { schema: { operationId: 'freeze', summary: 'Let nothing go forward until a moment', body: newFreezeSchema, ...write } },
      (request) => beginFreeze(parts, request.body, askingOf(request)),
    );
    server.post(
      '/blocks',
      { schema: { operationId: 'block', summary: 'Keep a release or an image from being promoted', body: newBlockSchema, ...write } },
      (request) => block(parts, request.body, askingOf(request)),
    );
    server.post(
      '/applications/:application/environments/:environment/holds',
      {
        schema: {
          operationId: 'hold',
          summary: 'Keep an environment at a release',
          params: environmentParametersSchema,
          body: newHoldSchema,
          ...write,
        },
      },
      (request) => hold(parts, request.params, request.body, askingOf(request)),
    );
    server.post('/freezes/:id/end', { schema: { operationId: 'unfreeze', summary: 'Lift a freeze', ...ends } }, (request) =>
      endDecision(parts, 'freeze', request.params.id, request.body.reason, askingOf(request)),
    );
    server.post('/blocks/:id/end', { schema: { operationId: 'unblock', summary: 'Lift a block', ...ends } }, (request) =>
      endDecision(parts, 'block', request.params.id, request.body.reason, askingOf(request)),
    );
    server.post('/holds/:id/end', { schema: { operationId: 'unhold', summary: 'Release a hold', ...ends } }, (request) =>
      endDecision(parts, 'hold', request.params.id, request.body.reason, askingOf(request)),
    );
  };
}

/** Who asks, for what is written down. */
function askingOf(request: FastifyRequest): Asking {
  const key = request.headers['idempotency-key'];
  return { person: personOf(request).name, changeId: changeId(request, typeof key === 'string' ? key : undefined), requestId: request.id };
}

function concerns(decision: StandingDecision, query: { readonly application?: string; readonly environment?: string }): boolean {
  const scope = scopeOf(decision);
  const fits = (asked: string | undefined, own: string | undefined) => asked === undefined || own === undefined || asked === own;
  return fits(query.application, scope.application) && fits(query.environment, scope.environment);
}
