import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { RecordPage } from '../../adapters/ledger/record-statements.ts';
import { erase } from '../erase.ts';
import type { ServerParts } from '../ports.ts';
import { NoSuchThing, UnfitRequest } from '../problems.ts';
import {
  checkpointSchema,
  checkpointsQuerySchema,
  checkpointsSchema,
  differencesSchema,
  erasureSchema,
  growthQuerySchema,
  growthSchema,
  newErasureSchema,
  proofSchema,
  recordParametersSchema,
  recordSchema,
  recordsQuerySchema,
  recordsSchema,
} from '../schemas/audit.ts';
import { writeHeadersSchema } from '../schemas/requests.ts';
import { askingOf } from './asking.ts';
import { problemAnswer } from './problem-answer.ts';

const ONE = '/audit/records/:sequence';
const config = { permission: 'audit' } as const;

/** The ledger, for whoever looks into it, and its proofs. */
export function auditRoutes({ audit }: ServerParts): FastifyPluginAsyncZod {
  return async (server) => {
    server.get(
      '/audit/records',
      {
        config,
        schema: {
          operationId: 'listRecords',
          summary: 'Records of the ledger',
          querystring: recordsQuerySchema,
          response: { 200: recordsSchema, ...problemAnswer },
        },
      },
      async ({ query: { order, since, until, ...query } }) => {
        const filter = {
          ...query,
          ...(since !== undefined && { since: inUtc(since) }),
          ...(until !== undefined && { until: inUtc(until) }),
        };
        return pageOf(await audit.records({ ...filter, limit: query.limit + 1, newestFirst: order === 'newest' }), query.limit, order);
      },
    );
    server.get(
      ONE,
      {
        config,
        schema: {
          operationId: 'showRecord',
          summary: 'A record',
          params: recordParametersSchema,
          response: { 200: recordSchema, ...problemAnswer },
        },
      },
      async ({ params }) => (await audit.record(params.sequence)) ?? unknown(params.sequence),
    );
    server.get(
      `${ONE}/proof`,
      {
        config,
        schema: {
          operationId: 'proveRecord',
          summary: 'A record with all that proves that it is in the ledger',
          params: recordParametersSchema,
          response: { 200: proofSchema, ...problemAnswer },
        },
      },
      async ({ params }) => {
        const { inclusion, ...proof } = (await audit.prove(params.sequence)) ?? unknown(params.sequence);
        return { ...proof, inclusion: [...inclusion] };
      },
    );
    server.get(
      '/audit/growth',
      {
        config,
        schema: {
          operationId: 'proveGrowth',
          summary: 'That the ledger has only grown since it had so many records',
          querystring: growthQuerySchema,
          response: { 200: growthSchema, ...problemAnswer },
        },
      },
      async ({ query: { since } }) => {
        const { consistency, ...proof } = (await audit.proveGrowth(since)) ?? tooFew(since);
        return { ...proof, consistency: [...consistency] };
      },
    );
    server.get(
      '/audit/differences',
      {
        config,
        schema: {
          operationId: 'auditDifferences',
          summary: 'Decisions, tokens, releases and passes that are not as their records say',
          response: { 200: differencesSchema, ...problemAnswer },
        },
      },
      async () => ({ differences: [...(await audit.differences())] }),
    );
    server.post(
      '/audit/erasures',
      {
        config: { permission: 'erase' },
        schema: {
          operationId: 'erase',
          summary: 'Take who did something, and why, out of records',
          headers: writeHeadersSchema,
          body: newErasureSchema,
          response: { 200: erasureSchema, ...problemAnswer },
        },
      },
      async (request) => ({ erased: [...(await erase(audit, request.body, askingOf(request)))] }),
    );
    server.get(
      '/audit/checkpoint',
      {
        config,
        schema: {
          operationId: 'checkpoint',
          summary: 'The signed checkpoint of all records that are there now',
          response: { 200: checkpointSchema, ...problemAnswer },
        },
      },
      async () => audit.checkpoint(),
    );
    server.get(
      '/audit/checkpoints',
      {
        config,
        schema: {
          operationId: 'listCheckpoints',
          summary: 'Checkpoints that were signed on the way',
          querystring: checkpointsQuerySchema,
          response: { 200: checkpointsSchema, ...problemAnswer },
        },
      },
      async ({ query }) => ({ checkpoints: [...(await audit.checkpoints(query.after, query.last))] }),
    );
  };
}

type Found = Awaited<ReturnType<ServerParts['audit']['records']>>;

/** One more than is shown tells whether there are more. */
function pageOf(found: Found, limit: number, order: 'oldest' | 'newest') {
  const records = found.slice(0, limit);
  const last = records.at(-1)?.sequence;
  if (last === undefined || found.length <= limit) return { records };
  return { records, next: order === 'oldest' ? last : last - 1 };
}

/** As records have their times: any other form would not compare with them. */
function inUtc(instant: string): NonNullable<RecordPage['since']> {
  return new Date(instant).toISOString();
}

function unknown(sequence: number): never {
  throw new NoSuchThing(`The ledger has no record ${sequence}`, "'tidegate audit log' lists the newest");
}

function tooFew(since: number): never {
  throw new UnfitRequest(
    'since',
    `The ledger has fewer than ${since} records`,
    'who has a checkpoint of more should look who cut them off',
  );
}
