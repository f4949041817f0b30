import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { TokenActor } from '../../domain/people/token.ts';
import { personOf, signedInOf } from '../authenticate.ts';
import { requirePermission } from '../authorise.ts';
import type { ServerParts, SignedIn } from '../ports.ts';
import { NotAllowed } from '../problems.ts';
import {
  createdTokenSchema,
  newTokenSchema,
  tokenListQuerySchema,
  tokenListSchema,
  tokenParametersSchema,
  tokenSchema,
  whoamiSchema,
} from '../schemas/people.ts';
import { problemAnswer } from './problem-answer.ts';

/** Who asks, and their tokens. Everybody has their own in hand; those of others need `manage-tokens`. */
export function peopleRoutes(parts: ServerParts): FastifyPluginAsyncZod {
  const { tokens } = parts;
  return async (server) => {
    server.get(
      '/whoami',
      {
        config: { permission: 'none' },
        schema: {
          operationId: 'whoami',
          summary: 'Whose credential this is, and what it may',
          response: { 200: whoamiSchema, ...problemAnswer },
        },
      },
      async (request) => {
        const { person, authentication, expiresAt } = signedInOf(request);
        const { name, groups, roles, scope } = person;
        const ends = expiresAt === undefined ? {} : { expiresAt };
        const limits = scope === undefined ? {} : { scope: plainScope(scope) };
        return { person: name, version: parts.version, authentication, groups: [...groups], roles: [...roles], ...ends, ...limits };
      },
    );
    server.post(
      '/tokens',
      {
        config: { permission: 'none' },
        schema: {
          operationId: 'createToken',
          summary: 'Make a token',
          body: newTokenSchema,
          response: { 201: createdTokenSchema, ...problemAnswer },
        },
      },
      async (request, reply) => {
        const { person = personOf(request).name, note, lifetime, scope } = request.body;
        requireMaker(request, person);
        const wish = { person, note, scope, lifetimeMs: lifetime, ...boundsOf(signedInOf(request)) };
        const { secret, token } = await tokens.create(wish, actorOf(request));
        // The answer is for whoever made it, and for no cache on the way.
        return reply
          .code(201)
          .header('cache-control', 'no-store')
          .send({ ...token, scope: plainScope(token.scope), token: secret.reveal() });
      },
    );
    server.get(
      '/tokens',
      {
        config: { permission: 'none' },
        schema: {
          operationId: 'listTokens',
          summary: "Your tokens, or everybody's, without the tokens themselves",
          querystring: tokenListQuerySchema,
          response: { 200: tokenListSchema, ...problemAnswer },
        },
      },
      async (request) => {
        if (request.query.of === 'everybody') requirePermission(request, 'manage-tokens', {});
        const found = await tokens.list(request.query.of === 'self' ? personOf(request).name : undefined);
        return { tokens: found.map((token) => ({ ...token, scope: plainScope(token.scope) })) };
      },
    );
    server.post(
      '/tokens/:token/revocation',
      {
        config: { permission: 'none' },
        schema: {
          operationId: 'revokeToken',
          summary: 'End a token at once',
          params: tokenParametersSchema,
          response: { 200: tokenSchema, ...problemAnswer },
        },
      },
      async (request) => {
        const token = await ownOrManaged(parts, request, request.params.token);
        const revoked = await tokens.revoke(token, actorOf(request));
        return { ...revoked, scope: plainScope(revoked.scope) };
      },
    );
  };
}

/** Somebody else's token is as little there as one that is not. A limited credential ends itself and no other. Throws NotAllowed. */
async function ownOrManaged({ tokens }: ServerParts, request: FastifyRequest, id: string) {
  const { person, tokenId: used } = signedInOf(request);
  if (person.scope !== undefined && used !== id) throw new NotAllowed('A token with a scope ends itself alone', "use 'tidegate login'");
  const own = (await tokens.list(personOf(request).name)).find((token) => token.id === id);
  if (own !== undefined) return own;
  requirePermission(request, 'manage-tokens', {});
  return tokens.find(id);
}

/** A limited credential makes no token: a limit that could be left behind would be none. Throws NotAllowed. */
function requireMaker(request: FastifyRequest, person: string): void {
  if (person !== personOf(request).name) requirePermission(request, 'manage-tokens', {});
  if (personOf(request).scope === undefined) return;
  throw new NotAllowed('A token with a scope makes no tokens', "sign in with 'tidegate login', or use a token without a scope");
}

/** A token makes no other that lives on when it has ended. */
function boundsOf({ tokenId, expiresAt }: SignedIn): { readonly notAfter?: string } {
  return tokenId !== undefined && expiresAt !== undefined ? { notAfter: expiresAt } : {};
}

function actorOf(request: FastifyRequest): TokenActor {
  const { person, authentication } = signedInOf(request);
  return { person: person.name, authentication, requestId: request.id };
}

function plainScope({ permissions, ...rest }: NonNullable<ReturnType<typeof personOf>['scope']>) {
  return { ...rest, ...(permissions !== undefined && { permissions: [...permissions] }) };
}
