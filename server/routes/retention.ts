import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { personOf } from '../authenticate.ts';
import { requirePermission } from '../authorise.ts';
import type { ServerParts } from '../ports.ts';
import { writeHeadersSchema } from '../schemas/requests.ts';
import {
  retentionOrderSchema,
  retentionParametersSchema,
  retentionRowsQuerySchema,
  retentionRowsSchema,
  retentionStartedSchema,
  retentionStatusSchema,
} from '../schemas/retention.ts';
import { changeId } from './change-id.ts';
import { problemAnswer } from './problem-answer.ts';

const ONE = '/retention/runs/:run';

/** What registries may lose. Who has it deleted is read from the credential, never from the body. */
export function retentionRoutes({ retention }: ServerParts): FastifyPluginAsyncZod {
  return async (server) => {
    server.post(
      '/retention/runs',
      {
        config: { permission: 'preview-retention' },
        schema: {
          operationId: 'startRetention',
          summary: 'Look at what retention would delete, or have it deleted',
          description: 'Answers when the run has begun; how it goes is at its own address. One run that deletes is under way at a time.',
          headers: writeHeadersSchema,
          body: retentionOrderSchema,
          response: { 202: retentionStartedSchema, ...problemAnswer },
        },
      },
      async (request, reply) => {
        if (request.body.apply) requirePermission(request, 'run-retention', {});
        const order = { ...request.body, actor: personOf(request).name };
        const run = await retention.start(order, changeId(request, request.headers['idempotency-key']));
        return reply.code(202).send({ run });
      },
    );
    server.get(
      ONE,
      {
        config: { permission: 'preview-retention' },
        schema: {
          operationId: 'retentionStatus',
          summary: 'How a run of retention stands, repository by repository',
          params: retentionParametersSchema,
          response: { 200: retentionStatusSchema, ...problemAnswer },
        },
      },
      async (request) => retention.status(request.params.run),
    );
    server.get(
      `${ONE}/rows`,
      {
        config: { permission: 'preview-retention' },
        schema: {
          operationId: 'retentionRows',
          summary: 'What becomes or became of each tag of a repository, and why',
          params: retentionParametersSchema,
          querystring: retentionRowsQuerySchema,
          response: { 200: retentionRowsSchema, ...problemAnswer },
        },
      },
      async (request) => ({ rows: await retention.rows(request.params.run, request.query.repository) }),
    );
    server.post(
      `${ONE}/cancellation`,
      {
        config: { permission: 'preview-retention' },
        schema: {
          operationId: 'stopRetention',
          summary: 'Stop a run of retention; what it deleted stays deleted',
          headers: writeHeadersSchema,
          params: retentionParametersSchema,
          response: { 200: retentionStatusSchema, ...problemAnswer },
        },
      },
      async (request) => {
        await retention.stop(request.params.run);
        return retention.status(request.params.run);
      },
    );
  };
}
