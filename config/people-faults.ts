import { lookAlike, RESERVED_NAMES } from '../domain/people/person-name.ts';
import type { Finding, Path } from './document.ts';
import type { InstallationDocument } from './installation-schema.ts';
import { suggest } from './suggest.ts';

/** What is wrong with people, groups, roles and sign-in as a whole. */
export function peopleFindings(document: InstallationDocument): Finding[] {
  return [
    ...lookAlikes(document),
    ...document.groups.flatMap(({ people }, index) => unknownPeople(document, people, ['groups', index, 'people'])),
    ...document.roles.flatMap((_rule, index) => roleFindings(document, index)),
    ...signInFindings(document),
  ];
}

/**
 * Whether a name that the file gives anything must be one of `people`. With a sign-in it must: otherwise the first at the provider to take the
 * name would have what is given to it. Without either Tidegate does not know who there is, and cannot tell a wrong name from a right one.
 */
export function knowsItsPeople({ people, signIn }: { readonly people: readonly unknown[]; readonly signIn?: unknown }): boolean {
  return people.length > 0 || signIn !== undefined;
}

/** Two names that can be taken for each other would let one person pass for another, in a record or before an approver. */
function lookAlikes({ people, groups }: InstallationDocument): Finding[] {
  const hint = 'choose names that nobody can confuse';
  return (['people', 'groups'] as const).flatMap((key) => {
    const names = (key === 'people' ? people : groups).map((one) => one.name);
    return names.flatMap((name, index) => {
      const path = [key, index, 'name'];
      const reserved = RESERVED_NAMES.find((one) => one === name || lookAlike(name, [one]) !== undefined);
      if (key === 'people' && reserved !== undefined)
        return [{ path, message: `${name} can be taken for ${reserved}, which is Tidegate's own`, hint }];
      const other = lookAlike(name, names.slice(0, index));
      return other === undefined ? [] : [{ path, message: `${name} can be taken for ${other}`, hint }];
    });
  });
}

function roleFindings(document: InstallationDocument, index: number): Finding[] {
  const rule = document.roles[index];
  if (rule === undefined) return [];
  const path = ['roles', index];
  const named = (what: string, names: readonly string[] | undefined, known: readonly { readonly name: string }[], key: string) =>
    (names ?? []).flatMap((name, at) =>
      unknown(
        what,
        name,
        known.map((one) => one.name),
        [...path, key, at],
      ),
    );
  const nobody = rule.people.length === 0 && rule.groups.length === 0;
  return [
    ...(nobody ? [{ path, message: "is nobody's role", hint: 'name people or groups' }] : []),
    ...unknownPeople(document, rule.people, [...path, 'people']),
    ...named('group', rule.groups, document.groups, 'groups'),
    ...named('application', rule.applications, document.applications, 'applications'),
    ...named('environment', rule.environments, document.environments, 'environments'),
  ];
}

function unknownPeople(document: InstallationDocument, names: readonly string[], path: Path): Finding[] {
  if (!knowsItsPeople(document)) return [];
  const known = document.people.map((person) => person.name);
  return names.flatMap((name, index) => unknown('person', name, known, [...path, index]));
}

function unknown(what: string, name: string, known: readonly string[], path: Path): Finding[] {
  if (known.includes(name)) return [];
  const near = suggest(name, known);
  return [
    {
      path,
      message: `no ${what} is named ${name}`,
      hint: near === undefined ? `there are ${known.join(', ') || 'none'}` : `did you mean ${near}?`,
    },
  ];
}

function signInFindings({ people, groups, roles, signIn }: InstallationDocument): Finding[] {
  if (signIn === undefined) {
    const subjects = people.flatMap(({ subject }, index) => (subject === undefined ? [] : [['people', index, 'subject']]));
    const claims = groups.flatMap((group, index) => (group.claims.length === 0 ? [] : [['groups', index, 'claims']]));
    return [...subjects, ...claims].map((path) => ({
      path,
      at: 'key' as const,
      message: 'means nothing without signIn',
      hint: 'add signIn',
    }));
  }
  const rolesMissing = {
    path: ['signIn'],
    at: 'key' as const,
    message: 'would make everybody at the provider an owner',
    hint: 'add roles',
  };
  const url = new URL(signIn.issuer);
  const plain = url.protocol === 'http:' && !/^(localhost|127\..*|\[::1\])$/.test(url.hostname);
  const open = { path: ['signIn', 'issuer'], message: 'is not https, and whoever is on the way could sign in as anybody' };
  const scopes = { path: ['signIn', 'scopes'], message: 'lacks openid, without which nobody signs in', hint: 'add openid' };
  return [...(roles.length === 0 ? [rolesMissing] : []), ...(plain ? [open] : []), ...(signIn.scopes.includes('openid') ? [] : [scopes])];
}
