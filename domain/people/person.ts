import type { Permission } from './permission.ts';

/** What somebody may do, from the least to the most. Each role may what the ones before it may. */
export const ROLES = ['viewer', 'developer', 'release-manager', 'owner'] as const;

export type Role = (typeof ROLES)[number];

/** Where something is done. What is left out stands for all of them: without an environment it is about the application as a whole. */
export interface Place {
  readonly application?: string;
  readonly environment?: string;
}

/** A role that somebody has, for one application or all of them, and in one environment or all of them. */
export interface Grant extends Place {
  readonly role: Role;
}

/** Who acts, as the credential says. */
export interface Person {
  readonly name: string;
  readonly groups: readonly string[];
  /** What they have themselves and by their groups. */
  readonly roles: readonly Grant[];
  /** What this credential is for: it takes away, and never adds. */
  readonly scope?: Scope;
}

/** What a token may be used for at most. What is left out limits nothing. */
export interface Scope extends Place {
  readonly role?: Role;
  readonly permissions?: readonly Permission[];
}

/** Whether `role` may at least what `least` may. */
export function reaches(role: Role, least: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(least);
}

/** As people write it: `release manager`. */
export function printRole(role: Role): string {
  return role.replace('-', ' ');
}
