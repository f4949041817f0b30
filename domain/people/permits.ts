import { PERMISSIONS, type Permission } from './permission.ts';
import { type Grant, type Person, type Place, reaches, type Scope } from './person.ts';

/**
 * Whether a person may do this in a place. A place without an environment is the application as a whole, and without an application the
 * installation: a role in one environment is not enough for those.
 */
export function permits(person: Person, permission: Permission, place: Place): boolean {
  return (
    isWithinScope(person.scope, permission) &&
    covers(person.scope, place) &&
    grantsOf(person, permission).some((grant) => covers(grant, place))
  );
}

/** Whether a person may do this somewhere within a place: in one of the application's environments, say. */
export function permitsSomewhere(person: Person, permission: Permission, place: Place): boolean {
  const { scope } = person;
  if (!isWithinScope(scope, permission) || !meets(scope, place)) return false;
  return grantsOf(person, permission).some((grant) => meets(grant, place) && meets(grant, scope ?? {}));
}

function grantsOf({ roles }: Person, permission: Permission): readonly Grant[] {
  return roles.filter(({ role }) => reaches(role, PERMISSIONS[permission]));
}

function isWithinScope(scope: Scope | undefined, permission: Permission): boolean {
  if (scope?.permissions !== undefined && !scope.permissions.includes(permission)) return false;
  return scope?.role === undefined || reaches(scope.role, PERMISSIONS[permission]);
}

/** All of the place lies within the limits. */
function covers(limits: Place | undefined, place: Place): boolean {
  return KINDS.every((kind) => limits?.[kind] === undefined || limits[kind] === place[kind]);
}

/** The place and the limits have something in common. */
function meets(limits: Place | undefined, place: Place): boolean {
  return KINDS.every((kind) => limits?.[kind] === undefined || place[kind] === undefined || limits[kind] === place[kind]);
}

const KINDS = ['application', 'environment'] as const;
