import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { SOURCES } from '../../domain/inbox/github-sources.ts';
import { askerOf } from '../authenticate.ts';
import { countBodies } from '../inbox/count-bodies.ts';
import { findDelivery, replayDelivery } from '../inbox/look.ts';
import { admit, receive } from '../inbox/receive.ts';
import type { ServerParts } from '../ports.ts';
import {
  deliveryListSchema,
  deliveryParametersSchema,
  deliveryQuerySchema,
  receivedSchema,
  secretSourceParametersSchema,
  sourceParametersSchema,
  wholeDeliverySchema,
} from '../schemas/deliveries.ts';
import { writeHeadersSchema } from '../schemas/requests.ts';
import { problemAnswer } from './problem-answer.ts';

/** What GitHub sends at most: https://docs.github.com/webhooks/webhook-events-and-payloads#payload-cap */
const LARGEST_DELIVERY = 25 * 1024 * 1024;
/** Registries tell of an image in a few hundred bytes. */
const LARGEST_NOTIFICATION = 1024 * 1024;
/** Of everybody together, as what a signature proves has to be held before that is known. */
const LARGEST_AT_ONCE = 100 * 1024 * 1024;

const body = z.unknown().meta({ description: 'What the other system sends, unchanged: its very bytes are signed' });
const answers = { response: { 202: receivedSchema, ...problemAnswer } };

/** For GitHub and for registries. They have no token: what they send proves itself. It is acknowledged once it is on the disk, and acted on later. */
export function senderRoutes(parts: ServerParts): FastifyPluginAsyncZod {
  const take = async (request: FastifyRequest, reply: FastifyReply, source: string, secret?: string) => {
    const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    return reply.code(202).send(await receive(parts, source, { headers: request.headers, body: bytes }, secret));
  };
  return async (server) => {
    server.removeAllContentTypeParsers();
    server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, bytes, done) => done(null, bytes));
    server.addHook('preParsing', countBodies(LARGEST_AT_ONCE));
    server.post(
      '/github',
      {
        bodyLimit: LARGEST_DELIVERY,
        onRequest: async ({ headers }) => admit(parts, SOURCES.hooks, headers),
        schema: { operationId: 'receiveGitHub', summary: 'A webhook of GitHub', body, ...answers },
      },
      async (request, reply) => take(request, reply, SOURCES.hooks),
    );
    server.post(
      '/images/:name',
      {
        bodyLimit: LARGEST_NOTIFICATION,
        onRequest: async ({ headers, params }) => admit(parts, `images/${params.name}`, headers),
        schema: { operationId: 'receiveImage', summary: 'A notification of a registry', params: sourceParametersSchema, body, ...answers },
      },
      async (request, reply) => take(request, reply, `images/${request.params.name}`),
    );
    server.post(
      '/images/:name/:secret',
      {
        bodyLimit: LARGEST_NOTIFICATION,
        onRequest: async ({ headers, params }) => admit(parts, `images/${params.name}`, headers, params.secret),
        schema: {
          operationId: 'receiveUnsignedImage',
          summary: 'A notification of a registry that signs nothing, with its secret in the path',
          params: secretSourceParametersSchema,
          body,
          ...answers,
        },
      },
      async (request, reply) => take(request, reply, `images/${request.params.name}`, request.params.secret),
    );
  };
}

const ONE = '/webhooks/deliveries/:number';

/** What came in and what became of it. */
export function deliveryRoutes(parts: ServerParts): FastifyPluginAsyncZod {
  return async (server) => {
    server.get(
      '/webhooks/deliveries',
      {
        config: { permission: 'look-at-webhooks' },
        schema: {
          operationId: 'listDeliveries',
          summary: 'Deliveries of webhooks, newest first',
          querystring: deliveryQuerySchema,
          response: { 200: deliveryListSchema, ...problemAnswer },
        },
      },
      async (request) => parts.inbox.list(request.query),
    );
    server.get(
      ONE,
      {
        config: { permission: 'look-at-webhooks' },
        schema: {
          operationId: 'showDelivery',
          summary: 'A delivery with what it holds',
          params: deliveryParametersSchema,
          response: { 200: wholeDeliverySchema, ...problemAnswer },
        },
      },
      async (request) => findDelivery(parts.inbox, request.params.number),
    );
    server.post(
      `${ONE}/replay`,
      {
        config: { permission: 'replay-webhook' },
        schema: {
          operationId: 'replayDelivery',
          summary: 'Have a delivery taken on again',
          description: 'What it was about is read again where it is, and what was done already is done once.',
          headers: writeHeadersSchema,
          params: deliveryParametersSchema,
          response: { 200: wholeDeliverySchema, ...problemAnswer },
        },
      },
      async (request) => replayDelivery(parts.inbox, request.params.number, askerOf(request).person),
    );
  };
}
