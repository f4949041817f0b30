import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Person } from '../../domain/people/person.ts';
import { askerOf, personOf } from '../authenticate.ts';
import { requireEnvironment, visibleApplications } from '../catalogue.ts';
import { knownBlocks } from '../known-blocks.ts';
import { planHost } from '../plan-host.ts';
import { planRollback } from '../plan-rollback.ts';
import type { ServerParts } from '../ports.ts';
import { raiseAlarm } from '../raise-alarm.ts';
import { hostPlanSchema, rollbackPlanSchema } from '../schemas/deployment.ts';
import {
  type EnvironmentView,
  environmentListSchema,
  environmentStatusSchema,
  hostAnswerSchema,
  rollbackAnswerSchema,
} from '../schemas/environment.ts';
import {
  alarmParametersSchema,
  alarmSchema,
  environmentHostParametersSchema,
  environmentParametersSchema,
  hostWishSchema,
  rollbackQuerySchema,
  rollbackSchema,
  writeHeadersSchema,
} from '../schemas/requests.ts';
import { changeId } from './change-id.ts';
import { problemAnswer } from './problem-answer.ts';

const ONE = '/applications/:application/environments/:environment';
const HOST = `${ONE}/hosts/:host`;

export function environmentRoutes(parts: ServerParts): FastifyPluginAsyncZod {
  return async (server) => {
    server.get(
      '/environments',
      {
        config: { permission: 'look', permittedAt: 'somewhere' },
        schema: {
          operationId: 'listEnvironments',
          summary: 'Every environment of every application',
          response: { 200: environmentListSchema, ...problemAnswer },
        },
      },
      async (request) => ({ environments: await visibleEnvironments(parts, personOf(request)) }),
    );
    server.get(
      ONE,
      {
        config: { permission: 'look' },
        schema: {
          operationId: 'environmentStatus',
          summary: 'What an environment runs, changes and queues',
          params: environmentParametersSchema,
          response: { 200: environmentStatusSchema, ...problemAnswer },
        },
      },
      async (request) => {
        const { application, environment } = request.params;
        requireEnvironment(parts, application, environment);
        return parts.engine.environmentStatus(application, environment);
      },
    );
    server.get(
      `${ONE}/rollback`,
      {
        config: { permission: 'look' },
        schema: {
          operationId: 'rollbackPlan',
          summary: 'What a rollback would do now',
          description: 'Reads the hosts and changes nothing. Takes up to 40 seconds where a host does not answer.',
          params: environmentParametersSchema,
          querystring: rollbackQuerySchema,
          response: { 200: rollbackPlanSchema, ...problemAnswer },
        },
      },
      async (request) => {
        const { application, environment } = request.params;
        requireEnvironment(parts, application, environment);
        return planRollback(parts, application, environment, request.query.to);
      },
    );
    server.get(
      `${HOST}/plan`,
      {
        config: { permission: 'look' },
        schema: {
          operationId: 'planHost',
          summary: 'What bringing a host to what its environment runs would do now',
          params: environmentHostParametersSchema,
          response: { 200: hostPlanSchema, ...problemAnswer },
        },
      },
      async (request) => {
        const { application, environment, host } = request.params;
        requireEnvironment(parts, application, environment);
        return planHost(parts, application, environment, host);
      },
    );
    server.post(
      `${HOST}/deployment`,
      {
        config: { permission: 'deploy-host' },
        schema: {
          operationId: 'deployHost',
          summary: 'Bring a host to what its environment runs, in its turn',
          headers: writeHeadersSchema,
          params: environmentHostParametersSchema,
          body: hostWishSchema,
          response: { 200: hostAnswerSchema, ...problemAnswer },
        },
      },
      async (request) => {
        const { application, environment, host } = request.params;
        requireEnvironment(parts, application, environment);
        const wish = { ...request.body, host, ...askerOf(request) };
        return parts.engine.bringHost(application, environment, wish, changeId(request, request.headers['idempotency-key']));
      },
    );
    server.post(
      `${ONE}/rollback`,
      {
        config: { permission: 'roll-back' },
        schema: {
          operationId: 'rollback',
          summary: 'Return an environment to a release that was good there',
          headers: writeHeadersSchema,
          params: environmentParametersSchema,
          body: rollbackSchema,
          response: { 200: rollbackAnswerSchema, ...problemAnswer },
        },
      },
      async (request) => {
        const { application, environment } = request.params;
        requireEnvironment(parts, application, environment);
        const { pastBlock = false, ...body } = request.body;
        const blocks = pastBlock ? [] : await knownBlocks(parts, application, environment);
        const wish = { ...body, ...askerOf(request), ...(blocks.length > 0 && { blocks }) };
        return parts.engine.rollback(application, environment, wish, changeId(request, request.headers['idempotency-key']));
      },
    );
    server.post(
      `${ONE}/alarms/:alarm`,
      {
        config: { permission: 'raise-alarm' },
        schema: {
          operationId: 'raiseAlarm',
          summary: 'Take back what bakes in an environment',
          headers: writeHeadersSchema,
          params: alarmParametersSchema,
          body: alarmSchema,
          response: { 200: rollbackAnswerSchema, 204: z.null(), ...problemAnswer },
        },
      },
      async (request, reply) => {
        const { alarm, ...place } = request.params;
        requireEnvironment(parts, place.application, place.environment);
        const { release, reason = 'raised from outside', status } = request.body;
        if (status === 'resolved') return reply.status(204).send(null);
        const message = { alarm, reason, ...askerOf(request), ...(release !== undefined && { release }) };
        return raiseAlarm(parts.engine, place, message, changeId(request, request.headers['idempotency-key']));
      },
    );
  };
}

async function visibleEnvironments(parts: ServerParts, person: Person): Promise<readonly EnvironmentView[]> {
  const pairs = visibleApplications(parts, person).flatMap(({ name, environments }) =>
    environments.map((environment) => ({ application: name, environment })),
  );
  return Promise.all(pairs.map((pair) => parts.engine.environmentStatus(pair.application, pair.environment)));
}
