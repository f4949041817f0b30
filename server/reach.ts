import { permits } from '../domain/people/permits.ts';
import type { Person } from '../domain/people/person.ts';
import type { ServerParts } from './ports.ts';

/** The environments of an application that a person may take releases to by this; undefined where that is every one of the installation. */
export function reachOf(
  { environments }: Pick<ServerParts, 'environments'>,
  person: Person,
  permission: 'create-release' | 'promote',
  application: string,
): readonly string[] | undefined {
  const within = environments.filter((environment) => permits(person, permission, { application, environment }));
  return within.length === environments.length ? undefined : within;
}
