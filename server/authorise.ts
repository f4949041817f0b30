import type { FastifyRequest, onRouteHookHandler } from 'fastify';
import type { Permission } from '../domain/people/permission.ts';
import { permits, permitsSomewhere } from '../domain/people/permits.ts';
import type { Person, Place } from '../domain/people/person.ts';
import { neededRole } from '../domain/people/words.ts';
import type { StageStatus } from '../domain/release.ts';
import { personOf } from './authenticate.ts';
import { NotAllowed } from './problems.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a caller must be permitted; `none` where a valid credential is enough. Each route under /api names it. */
    readonly permission?: Permission | 'none';
    /**
     * Where the permission must hold. `path` is the application and environment that the path names, or the whole installation. `somewhere` lets in
     * whoever has it anywhere within that: the handler then asks `requirePermission` for the place that it acts in, or shows what may be seen.
     */
    readonly permittedAt?: 'path' | 'somewhere';
  }
}

/** A route that names no permission would be everybody's: the server does not start with one. Describes the others in the OpenAPI document. */
export const requirePermissionOfRoute: onRouteHookHandler = (route) => {
  const permission = route.config?.permission;
  if (permission === undefined) throw new TypeError(`The route ${String(route.method)} ${route.url} names no permission`);
  route.schema = { ...route.schema, ...{ 'x-permission': permission } };
};

/** Refuses who may not, before the body is read and before anybody learns what there is. Throws NotAllowed. */
export async function authorisation(request: FastifyRequest): Promise<void> {
  const { permission, permittedAt = 'path' } = request.routeOptions.config;
  if (permission === undefined || permission === 'none') return;
  const place = placeOf(request.params);
  const judge = permittedAt === 'path' ? permits : permitsSomewhere;
  if (!judge(personOf(request), permission, place)) throw refusal(personOf(request), permission, place);
}

/** For what the path alone does not tell: what the route's handler acts on. Throws NotAllowed. */
export function requirePermission(request: FastifyRequest, permission: Permission, place: Place): void {
  requireOf(personOf(request), permission, place);
}

/** The same of somebody who is known by other means than a request. Throws NotAllowed. */
export function requireOf(person: Person, permission: Permission, place: Place): void {
  if (!permits(person, permission, place)) throw refusal(person, permission, place);
}

/**
 * For what is done to a stage: in its environment, or, for a build or a test, anywhere in the application. A stage that nobody can tell any more
 * needs the permission for the whole application. Throws NotAllowed.
 */
export function requirePermissionForStage(
  request: FastifyRequest,
  permission: Permission,
  application: string,
  stage: StageStatus | undefined,
): void {
  requireForStage(personOf(request), permission, application, stage);
}

/** The same of somebody who is known by other means than a request. Throws NotAllowed. */
export function requireForStage(person: Person, permission: Permission, application: string, stage: StageStatus | undefined): void {
  const environment = stage?.environment;
  if (stage !== undefined && environment === undefined) requireSomewhere(person, permission, { application });
  else requireOf(person, permission, { application, ...(environment !== undefined && { environment }) });
}

/** As `requirePermission`, for what can be done from any one environment of the application. Throws NotAllowed. */
export function requirePermissionSomewhere(request: FastifyRequest, permission: Permission, place: Place): void {
  requireSomewhere(personOf(request), permission, place);
}

/** The same of somebody who is known by other means than a request. Throws NotAllowed. */
export function requireSomewhere(person: Person, permission: Permission, place: Place): void {
  if (!permitsSomewhere(person, permission, place)) throw refusal(person, permission, place);
}

/** Whether a person may learn that there is something in these places that `permission` is needed for: for everybody else it is as little there as what is not. */
export function mayKnowOf(person: Person, permission: Permission, places: readonly Place[]): boolean {
  return places.every((place) => permitsSomewhere(person, 'look', place)) || places.every((place) => permits(person, permission, place));
}

/** The same words whether the place exists or not. */
function refusal({ name, scope }: Person, permission: Permission, place: Place): NotAllowed {
  const limited = scope === undefined ? '' : ', and a credential whose scope allows it';
  const message = `${name} may not do this: it needs ${neededRole(permission, place)}${limited}`;
  return new NotAllowed(message, "owners of the installation give roles; 'tidegate whoami' shows yours");
}

function placeOf(params: unknown): Place {
  const [application, environment] = ['application', 'environment'].map((name) => text(params, name));
  return { ...(application !== undefined && { application }), ...(environment !== undefined && { environment }) };
}

function text(params: unknown, name: string): string | undefined {
  const value: unknown = typeof params === 'object' && params !== null ? Reflect.get(params, name) : undefined;
  return typeof value === 'string' ? value : undefined;
}
