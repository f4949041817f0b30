import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

/** Characters that mean nothing to a browser or a shell. */
const parameters = z.object({ application: z.string().regex(/^[a-z](-?[a-z0-9]){0,39}$/), number: z.coerce.number().int().positive() });

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

/**
 * Where links on GitHub lead: how to look at a release. Whoever follows one is not signed in, so that the page says nothing that is not in its address, not even
 * whether there is such a release.
 */
export function pageRoutes(): FastifyPluginAsyncZod {
  return async (server) => {
    server.get(
      '/releases/:application/:number',
      { schema: { hide: true, params: parameters } },
      async ({ params: { application, number } }, reply) => reply.headers(HEADERS).send(releasePage(`${application}#${number}`)),
    );
  };
}

function releasePage(reference: string): string {
  const commands = ['status', 'explain', 'watch'].map((verb) => `tidegate ${verb} '${reference}'`).join('\n');
  return `<!doctype html><html lang="en"><title>${reference}</title><h1>Release ${reference}</h1>
<p>Who may look at it sees its stages, why a gate is closed, and what happened on each host:</p><pre>${commands}</pre></html>
`;
}
