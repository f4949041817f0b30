import { describe, expect, it } from '@jest/globals';
import { InstallationInvalid } from '../../config/errors.ts';
import { parseInstallation } from '../../config/installation-file.ts';
import { findPerson } from '../../domain/people/directory.ts';
import { SMALL_INSTALLATION } from './documents.ts';

const read = (more: string) => parseInstallation(`${SMALL_INSTALLATION}${more}`, '/etc/tidegate/tidegate.yaml', 'tidegate.yaml');

function problemsOf(more: string): string {
  try {
    read(more);
  } catch (error) {
    if (error instanceof InstallationInvalid) return error.message;
    throw error;
  }
  throw new Error('the file was accepted');
}

const people = (...names: string[]) => `people: [${names.map((name) => `{ name: ${JSON.stringify(name)} }`).join(', ')}]\n`;
const SIGN_IN =
  "people: [{ name: rita, subject: r-1 }]\nsignIn: { issuer: 'https://id.example.com/realms/acme', client: tidegate }\nroles: [{ role: owner, people: [rita] }]\n";

describe('people in tidegate.yaml', () => {
  it('have the roles of the file, by themselves and by their groups', () => {
    const { groups, roles } = read(`${people('rita', 'sam', 'pia')}
groups: [{ name: web-team, people: [sam] }]
roles:
  - { role: owner, people: [rita] }
  - { role: developer, groups: [web-team], applications: [shop], environments: [production] }
  - { role: viewer, people: [rita], groups: [web-team] }
`);
    expect(findPerson({ groups, roles }, 'rita').roles).toEqual([{ role: 'owner' }, { role: 'viewer' }]);
    expect(findPerson({ groups, roles }, 'sam')).toEqual({
      name: 'sam',
      groups: ['web-team'],
      roles: [{ role: 'developer', application: 'shop', environment: 'production' }, { role: 'viewer' }],
    });
    expect(findPerson({ groups, roles }, 'pia').roles).toEqual([]);
  });

  it('are all owners where the file gives no roles, as before there were any', () => {
    const { groups, roles } = read(people('rita'));
    expect(findPerson({ groups, roles }, 'rita').roles).toEqual([{ role: 'owner' }]);
  });

  it.each([
    ['rita', 'rlta'],
    ['sam1', 'saml'],
    ['bob', 'b0b'],
    ['barnes', 'bames'],
    ['ann-marie', 'ann.marie'],
  ])('are refused when %s could be taken for %s', (one, other) => {
    expect(problemsOf(people(one, other))).toContain(`people[1].name: ${other} can be taken for ${one}`);
  });

  it.each(['tidegate', 't1degate', 'local', 'loca1'])("are not named %s, which could be taken for Tidegate's own", (name) => {
    expect(problemsOf(people(name))).toContain("which is Tidegate's own");
  });

  it.each([
    ['rit\u0430', 'U+0430'],
    ['r\u0456ta', 'U+0456'],
    ['ri\u0301ta', 'U+0301'],
    ['\uff52ita', 'U+FF52'],
    ['rita\u200d', 'U+200D'],
  ])('are not named in letters that look like others: %s', (name, seen) => {
    expect(problemsOf(people(name))).toContain(seen);
  });

  it.each(['Rita', 'rita ', '.rita', 'ri..ta', 'a'.repeat(101)])('are not named %j', (name) => {
    expect(problemsOf(people(name))).toContain('is no name of a person');
  });

  it.each([
    ['an unknown person', `${people('rita')}roles: [{ role: owner, people: [rta] }]\n`, 'did you mean rita?'],
    ['an unknown group', 'roles: [{ role: owner, groups: [team] }]\n', 'no group is named team'],
    ['nobody', 'roles: [{ role: owner }]\n', "is nobody's role"],
    ['an unknown application', `${people('rita')}roles: [{ role: owner, people: [rita], applications: [shp] }]\n`, 'did you mean shop?'],
    [
      'an unknown environment',
      `${people('rita')}roles: [{ role: owner, people: [rita], environments: [prod] }]\n`,
      'no environment is named prod',
    ],
    ['no application', `${people('rita')}roles: [{ role: owner, people: [rita], applications: [] }]\n`, 'at least 1'],
    ['a role that there is not', `${people('rita')}roles: [{ role: admin, people: [rita] }]\n`, 'expected viewer or developer'],
  ])('do not get roles for %s', (_name, more, message) => {
    expect(problemsOf(more)).toContain(message);
  });

  it('sign in at a provider', () => {
    const { signIn } = read(SIGN_IN);
    expect(signIn).toMatchObject({ nameClaim: 'preferred_username', groupsClaim: 'groups', clockToleranceMs: 30_000 });
  });

  it.each([
    ['a role', '', SIGN_IN.replace('people: [rita] }]', 'people: [boss] }]')],
    ['a group', '', `${SIGN_IN}groups: [{ name: team, people: [boss] }]\n`],
    ['an approval', ', protection: { approval: { approvers: [boss] } }', SIGN_IN],
    ['an alarm', ', alarms: [{ name: pager, raisedBy: [boss] }]', SIGN_IN],
  ])('of whom the file does not know cannot be given %s: the first to take the name would have it', (_what, given, more) => {
    const file = SMALL_INSTALLATION.replace('hosts: [one]', `hosts: [one]${given}`);
    expect(() => parseInstallation(`${file}${more}`, '/etc/tidegate/tidegate.yaml', 'tidegate.yaml')).toThrow('no person is named boss');
  });

  it.each([
    [
      'make everybody an owner',
      "signIn: { issuer: 'https://id.example.com', client: tidegate }\n",
      'would make everybody at the provider an owner',
    ],
    ['go in the clear', SIGN_IN.replace('https:', 'http:'), 'is not https'],
    ['lack openid', SIGN_IN.replace('client: tidegate', 'client: tidegate, scopes: [profile]'), 'lacks openid'],
    ['be missing where a subject is named', "people: [{ name: rita, subject: 'x' }]\n", 'means nothing without signIn'],
  ])('cannot have a sign-in %s', (_name, more, message) => {
    expect(problemsOf(more)).toContain(message);
  });

  it('make tokens for a year at most', () => {
    expect(read('').tokens.longestMs).toBe(90 * 86_400_000);
    expect(problemsOf('tokens: { longest: 366d }\n')).toContain('is out of range');
  });
});
