import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { hearCheck } from '../hear-check.ts';
import { hearWebhook } from '../hear-webhook.ts';
import type { ServerParts } from '../ports.ts';
import { Unauthenticated } from '../problems.ts';
import { webhookAnswerSchema } from '../schemas/environment.ts';
import { checkAnsweredSchema } from '../schemas/release.ts';
import { alarmParametersSchema, checkParametersSchema } from '../schemas/requests.ts';
import { problemAnswer } from './problem-answer.ts';

const LARGEST_MESSAGE = 256 * 1024;
const HINT = 'sign the body, or send the secret, as environments[].alarms[].webhook of tidegate.yaml says for this path';

const CHECK_HINT =
  'sign the body as Standard Webhooks say, with webhook-id, webhook-timestamp and webhook-signature, and a secret of checks[] of tidegate.yaml';

/** For other systems. They have no token: what they send proves itself, by its very bytes. Whoever is not known learns nothing of what there is. */
export function webhookRoutes(parts: ServerParts): FastifyPluginAsyncZod {
  return async (server) => {
    server.removeAllContentTypeParsers();
    server.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: LARGEST_MESSAGE }, (_request, body, done) => done(null, body));
    server.post(
      '/alarms/:application/:environment/:alarm',
      {
        schema: {
          operationId: 'receiveAlarm',
          summary: 'Take back what bakes in an environment, as a monitoring system says',
          params: alarmParametersSchema,
          body: z.unknown().meta({ description: 'What the monitoring system sends: JSON, signed as the alarm says' }),
          response: { 200: webhookAnswerSchema, ...problemAnswer },
        },
      },
      async (request) => {
        const { params, headers } = request;
        const body = bytesOf(request.body);
        const isKnown = (await parts.webhooks(params, { headers, body })) && parts.applications.includes(params.application);
        if (!isKnown) throw new Unauthenticated('The message does not prove where it comes from', HINT);
        return hearWebhook(parts.engine, params, body, request.id);
      },
    );
    server.post(
      '/checks/:application/:number/:stage/:check',
      {
        schema: {
          operationId: 'receiveCheckAnswer',
          summary: 'Answer what an external check was asked about a release and a stage',
          params: checkParametersSchema,
          body: z.unknown().meta({ description: '{question, verdict: yes or no, reason}: JSON, signed with the secret of the check' }),
          response: { 200: checkAnsweredSchema, ...problemAnswer },
        },
      },
      async (request) => {
        const { params, headers } = request;
        const body = bytesOf(request.body);
        const isKnown = (await parts.checks(params.check, { headers, body })) && parts.applications.includes(params.application);
        if (!isKnown) throw new Unauthenticated('The message does not prove where it comes from', CHECK_HINT);
        return hearCheck(parts, params, body, request.id);
      },
    );
  };
}

function bytesOf(body: unknown): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}
