import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { permitsSomewhere } from '../../domain/people/permits.ts';
import { type StandingDecision, scopeOf } from '../../domain/standing.ts';
import { personOf } from '../authenticate.ts';
import { requirePermission } from '../authorise.ts';
import type { ServerParts } from '../ports.ts';
import { NotAllowed } from '../problems.ts';
import { environmentParametersSchema, writeHeadersSchema } from '../schemas/requests.ts';
import {
  decisionParametersSchema,
  decisionSchema,
  endSchema,
  newBlockSchema,
  newDelegationSchema,
  newFreezeSchema,
  newHoldSchema,
  standingQuerySchema,
  standingSchema,
} from '../schemas/standing.ts';
import { beginFreeze, block, delegate, endDecision, findDecision, hold } from '../standing.ts';
import { askingOf } from './asking.ts';
import { problemAnswer } from './problem-answer.ts';

const write = { headers: writeHeadersSchema, response: { 200: decisionSchema, ...problemAnswer } };
const ends = { ...write, params: decisionParametersSchema, body: endSchema };

/** What people decide beforehand and what stands until it ends. Who decides is read from the credential, never from the body. */
export function standingRoutes(parts: ServerParts): FastifyPluginAsyncZod {
  return async (server) => {
    server.get(
      '/standing',
      {
        config: { permission: 'look', permittedAt: 'somewhere' },
        schema: {
          operationId: 'standing',
          summary: 'Freezes, blocks, holds and broken glass that have not ended',
          querystring: standingQuerySchema,
          response: { 200: standingSchema, ...problemAnswer },
        },
      },
      async (request) => {
        const seen = (await parts.decisions.all()).filter((decision) => permitsSomewhere(personOf(request), 'look', scopeOf(decision)));
        return { decisions: seen.filter((decision) => concerns(decision, request.query)) };
      },
    );
    server.post(
      '/freezes',
      {
        config: { permission: 'freeze', permittedAt: 'somewhere' },
        schema: { operationId: 'freeze', summary: 'Let nothing go forward until a moment', body: newFreezeSchema, ...write },
      },
      async (request) => {
        requirePermission(request, 'freeze', request.body.scope);
        return beginFreeze(parts, request.body, askingOf(request));
      },
    );
    server.post(
      '/blocks',
      {
        config: { permission: 'block', permittedAt: 'somewhere' },
        schema: { operationId: 'block', summary: 'Keep a release or an image from being promoted', body: newBlockSchema, ...write },
      },
      async (request) => {
        const { application } = request.body;
        requirePermission(request, 'block', application === undefined ? {} : { application });
        return block(parts, request.body, askingOf(request));
      },
    );
    server.post(
      '/applications/:application/environments/:environment/holds',
      {
        config: { permission: 'hold' },
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
    server.post(
      '/delegations',
      {
        config: { permission: 'vote', permittedAt: 'somewhere' },
        schema: { operationId: 'delegate', summary: 'Let somebody vote in your place until a moment', body: newDelegationSchema, ...write },
      },
      (request) => delegate(parts, request.body, personOf(request).groups, askingOf(request)),
    );
    server.post(
      '/delegations/:id/end',
      {
        config: { permission: 'vote', permittedAt: 'somewhere' },
        schema: { operationId: 'undelegate', summary: 'Vote yourself again', ...ends },
      },
      async (request) => {
        const kept = await findDecision(parts, 'delegation', request.params.id, personOf(request));
        if (kept.decision.by !== personOf(request).name)
          throw new NotAllowed(`${kept.decision.by} delegated this vote`, 'only who delegated it can end it');
        return endDecision(parts, kept, request.body.reason, askingOf(request));
      },
    );
    for (const [kind, operationId, summary] of ENDS)
      server.post(
        `/${kind}s/:id/end`,
        { config: { permission: kind, permittedAt: 'somewhere' }, schema: { operationId, summary, ...ends } },
        async (request) => {
          const kept = await findDecision(parts, kind, request.params.id, personOf(request));
          requirePermission(request, kind, scopeOf(kept.decision));
          return endDecision(parts, kept, request.body.reason, askingOf(request));
        },
      );
  };
}

const ENDS = [
  ['freeze', 'unfreeze', 'Lift a freeze'],
  ['block', 'unblock', 'Lift a block'],
  ['hold', 'unhold', 'Release a hold'],
] as const;

function concerns(decision: StandingDecision, query: { readonly application?: string; readonly environment?: string }): boolean {
  const scope = scopeOf(decision);
  const fits = (asked: string | undefined, own: string | undefined) => asked === undefined || own === undefined || asked === own;
  return fits(query.application, scope.application) && fits(query.environment, scope.environment);
}
