import type { Grant, Person, Role } from './person.ts';

/** Who belongs together. */
export interface Group {
  readonly name: string;
  readonly people: readonly string[];
  /** Values of the sign-in's claim that make somebody a member. */
  readonly claims: readonly string[];
}

/** Who has a role, where. An absent list stands for all applications, or all environments. */
export interface RoleRule {
  readonly role: Role;
  readonly people: readonly string[];
  readonly groups: readonly string[];
  readonly applications?: readonly string[];
  readonly environments?: readonly string[];
}

/** What an installation says of its people. */
export interface Directory {
  readonly groups: readonly Group[];
  readonly roles: readonly RoleRule[];
}

/** A person as the installation knows them; `claims` are the groups that a sign-in has just told. */
export function findPerson(directory: Directory, name: string, claims: readonly string[] = []): Person {
  const groups = directory.groups.filter((group) => group.people.includes(name) || group.claims.some((claim) => claims.includes(claim)));
  const names = groups.map((group) => group.name);
  return { name, groups: names, roles: rolesOf(directory, name, names) };
}

/** An installation that says nothing of roles has no others than its owners. */
function rolesOf({ roles }: Directory, name: string, groups: readonly string[]): readonly Grant[] {
  if (roles.length === 0) return OWNER_OF_ALL;
  return roles.filter((rule) => rule.people.includes(name) || rule.groups.some((group) => groups.includes(group))).flatMap(grantsOf);
}

export const OWNER_OF_ALL: readonly Grant[] = [{ role: 'owner' }];

function grantsOf({ role, applications, environments }: RoleRule): readonly Grant[] {
  return each('application', applications).flatMap((application) =>
    each('environment', environments).map((environment) => ({ role, ...application, ...environment })),
  );
}

function each<Key extends string>(key: Key, names: readonly string[] | undefined): readonly { readonly [Name in Key]?: string }[] {
  return names === undefined ? [{}] : names.map((name) => ({ [key]: name }) as { readonly [Name in Key]?: string });
}
