import { PERMISSIONS, type Permission } from './permission.ts';
import { type Place, printRole } from './person.ts';

/** The role that a permission needs, in words: `the role developer for shop in production`. */
export function neededRole(permission: Permission, place: Place): string {
  return `the role ${printRole(PERMISSIONS[permission])}${printPlace(place)}`;
}

/** ` for shop in production`; empty for the whole installation. */
export function printPlace({ application, environment }: Place): string {
  const where = environment === undefined ? '' : ` in ${quote(environment)}`;
  return `${application === undefined ? '' : ` for ${quote(application)}`}${where}`;
}

/** A name from a path can be anything. */
function quote(name: string): string {
  return JSON.stringify(name.length > 60 ? `${name.slice(0, 57)}...` : name);
}
