import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { ServerParts } from '../ports.ts';
import { signInSchema } from '../schemas/people.ts';
import { healthSchema, readinessSchema } from '../schemas/service.ts';

/** Longer than this is not ready. */
const DEADLINE_MS = 5_000;

/** For whoever starts and watches the server, or is about to sign in; they need no token and learn nothing of releases. */
export function serviceRoutes(parts: ServerParts): FastifyPluginAsyncZod {
  return async (server) => {
    server.get(
      '/healthz',
      { schema: { operationId: 'health', summary: 'The process is up', response: { 200: healthSchema } } },
      async () => ({ status: 'ok' as const, version: parts.version }),
    );
    server.get(
      '/sign-in',
      { schema: { operationId: 'signIn', summary: 'How people sign in who have no token', response: { 200: signInSchema } } },
      async () => ({ oidc: parts.signIn === undefined ? null : { ...parts.signIn, scopes: [...parts.signIn.scopes] } }),
    );
    server.get(
      '/readyz',
      {
        schema: {
          operationId: 'readiness',
          summary: 'What the server needs answers',
          response: { 200: readinessSchema, 503: readinessSchema },
        },
      },
      async (_request, reply) => {
        const [temporal, ledger] = await Promise.all([probe(() => parts.engine.ping()), probe(() => parts.register.ping())]);
        const ready = temporal.ready && ledger.ready;
        return reply.code(ready ? 200 : 503).send({ ready, temporal, ledger });
      },
    );
  };
}

async function probe(ping: () => Promise<void>): Promise<{ ready: boolean; detail: string }> {
  try {
    await withDeadline(ping());
    return { ready: true, detail: 'answers' };
  } catch (error) {
    return { ready: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

async function withDeadline(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${DEADLINE_MS / 1000} s`)), DEADLINE_MS);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
