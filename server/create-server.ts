import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import swagger from '@fastify/swagger';
import Fastify, { type FastifyInstance } from 'fastify';
import {
  type FastifyPluginAsyncZod,
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  serializerCompiler,
  validatorCompiler,
} from 'fastify-type-provider-zod';
import { problemAnswerer, sendProblem } from './answer-problem.ts';
import { authentication } from './authenticate.ts';
import { authorisation, requirePermissionOfRoute } from './authorise.ts';
import { named } from './named.ts';
import type { ServerParts } from './ports.ts';
import { applicationRoutes } from './routes/applications.ts';
import { auditRoutes } from './routes/audit.ts';
import { breakGlassRoutes } from './routes/break-glass.ts';
import { decisionRoutes } from './routes/decisions.ts';
import { deliveryRoutes, senderRoutes } from './routes/deliveries.ts';
import { environmentRoutes } from './routes/environments.ts';
import { guardRoutes } from './routes/guards.ts';
import { pageRoutes } from './routes/pages.ts';
import { peopleRoutes } from './routes/people.ts';
import { releaseRoutes } from './routes/releases.ts';
import { retentionRoutes } from './routes/retention.ts';
import { serviceRoutes } from './routes/service.ts';
import { standingRoutes } from './routes/standing.ts';
import { webhookRoutes } from './routes/webhooks.ts';

const BODY_LIMIT_BYTES = 256 * 1024;
const REQUEST_ID = /^[\w.-]{1,64}$/;

/** The API server, not yet listening. Everything under /api asks for a bearer token, and whether its holder may, before it reads the body. */
export async function createServer(parts: ServerParts): Promise<FastifyInstance> {
  const server = Fastify({ bodyLimit: BODY_LIMIT_BYTES, genReqId: requestIdOf, forceCloseConnections: 'idle', requestTimeout: 60_000 });
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  server.setErrorHandler(problemAnswerer(parts.log));
  server.decorateRequest('signedIn', null);
  server.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id).header('tidegate-version', parts.version);
  });
  await server.register(swagger, description(parts.version));
  await server.register(named('service', serviceRoutes(parts)));
  await server.register(named('pages', pageRoutes()));
  await server.register(named('webhooks', webhookRoutes(parts)), { prefix: '/webhooks' });
  await server.register(named('senders', senderRoutes(parts)), { prefix: '/webhooks' });
  await server.register(named('api', api(parts)), { prefix: '/api/v1' });
  server.get('/openapi.json', { schema: { hide: true } }, async () => server.swagger());
  refuseUnknownPaths(server);
  return server;
}

function api(parts: ServerParts): FastifyPluginAsyncZod {
  return async (server) => {
    server.addHook('onRequest', authentication(parts.people));
    server.addHook('onRequest', authorisation);
    server.addHook('onRoute', requirePermissionOfRoute);
    server.addHook('onRoute', (route) => {
      route.schema = { ...route.schema, security: [{ bearer: [] }] };
    });
    refuseUnknownPaths(server);
    await server.register(named('applications', applicationRoutes(parts)));
    await server.register(named('releases', releaseRoutes(parts)));
    await server.register(named('decisions', decisionRoutes(parts)));
    await server.register(named('environments', environmentRoutes(parts)));
    await server.register(named('standing', standingRoutes(parts)));
    await server.register(named('audit', auditRoutes(parts)));
    await server.register(named('break-glass', breakGlassRoutes(parts)));
    await server.register(named('retention', retentionRoutes(parts)));
    await server.register(named('people', peopleRoutes(parts)));
    await server.register(named('deliveries', deliveryRoutes(parts)));
    await server.register(named('guards', guardRoutes(parts)));
  };
}

function refuseUnknownPaths(server: Pick<FastifyInstance, 'setNotFoundHandler'>): void {
  server.setNotFoundHandler((request, reply) => {
    const detail = `There is nothing at ${request.method} ${request.url.split('?')[0]}`;
    return sendProblem(reply, request, { title: 'Not found', status: 404, detail, hint: '/openapi.json lists every path' });
  });
}

/** The caller's own id when it is safe to repeat in a log, else a new one. */
function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

function description(version: string) {
  return {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Tidegate', version, description: 'Releases, promotions, approvals and rollbacks' },
      components: { securitySchemes: { bearer: { type: 'http' as const, scheme: 'bearer' } } },
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  };
}
