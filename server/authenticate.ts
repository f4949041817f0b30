import type { FastifyRequest } from 'fastify';
import type { KnownBy } from '../domain/people/known-by.ts';
import type { Person } from '../domain/people/person.ts';
import type { Authenticator, SignedIn } from './ports.ts';
import { Unauthenticated } from './problems.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks, from the credential; null where no credential is asked for. */
    signedIn: SignedIn | null;
  }
}

const HINT = "send 'Authorization: Bearer TOKEN'; 'tidegate up' keeps its token in connection.json of the data folder";

/** Finds out who asks, before the body is read. Throws Unauthenticated. */
export function authentication(people: Authenticator) {
  return async (request: FastifyRequest): Promise<void> => {
    const token = bearerToken(request.headers.authorization);
    if (token === undefined) throw new Unauthenticated('The request carries no bearer token', HINT);
    const signedIn = await people(token);
    if (signedIn === undefined) throw new Unauthenticated("The request's token is nobody's here", HINT);
    request.signedIn = signedIn;
  };
}

/** Who asks. Throws Unauthenticated on a route that forgot to ask for a credential. */
export function personOf(request: FastifyRequest): Person {
  return signedInOf(request).person;
}

/** Who asks, as workflows and the ledger take it. */
export function askerOf(request: FastifyRequest): { readonly person: string; readonly known: KnownBy } {
  const { person, authentication } = signedInOf(request);
  return { person: person.name, known: { authentication, requestId: request.id } };
}

/** Who asks, and how that is known. Throws Unauthenticated on a route that forgot to ask for a credential. */
export function signedInOf(request: FastifyRequest): SignedIn {
  if (request.signedIn === null) throw new Unauthenticated('Nobody is signed in', HINT);
  return request.signedIn;
}

/** RFC 6750, section 2.1. */
export function bearerToken(header: string | undefined): string | undefined {
  return /^Bearer +([\w.~+/-]+=*)$/i.exec(header ?? '')?.[1];
}
