import { z } from 'zod';
import { ROLES } from '../domain/people/person.ts';
import { isPersonName, PERSON_NAME_HINT } from '../domain/people/person-name.ts';
import { httpUrl } from './addresses.ts';
import { secret } from './references.ts';
import { distinct, duration, name, type Refusal, text } from './scalars.ts';

/** The name of a person, as they sign in. */
export const personName = () => text({ expected: 'a name', pattern: /^[a-z0-9]([._@+-]?[a-z0-9])*$/, refuse: refusePersonName });

function refusePersonName(value: string): Refusal | undefined {
  if (isPersonName(value)) return undefined;
  const stranger = [...value].find((letter) => letter > '\u007f');
  const point = stranger?.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0');
  const message = point === undefined ? 'is no name of a person' : `is no name of a person: U+${point} can be taken for another letter`;
  return { message, hint: PERSON_NAME_HINT };
}

/** What another system calls something. */
const foreignName = (expected: string) =>
  text({ expected, refuse: (value) => (value === '' || value.length > 500 ? { message: 'is empty or too long' } : undefined) });

export const people = z
  .array(
    z.strictObject({
      name: personName(),
      token: z.exactOptional(secret()),
      subject: z.exactOptional(
        foreignName('a subject').describe('Their `sub` at the provider of signIn: nobody else signs in under this name'),
      ),
      github: z.exactOptional(
        z
          .number({ error: "expected the id of a GitHub account, a number: 'gh api users/LOGIN --jq .id' tells it" })
          .int()
          .positive()
          .describe('The id of their account on GitHub: logins change hands, ids do not'),
      ),
    }),
  )
  .default([]);

export const groups = z
  .array(
    z.strictObject({
      name: name(),
      people: distinct(personName()).default([]),
      claims: distinct(foreignName('a group')).default([]).describe("Values of the sign-in's groups claim that make somebody a member"),
    }),
  )
  .default([]);

export const roles = z
  .array(
    z.strictObject({
      role: z.enum(ROLES),
      people: distinct(personName()).default([]),
      groups: distinct(name()).default([]),
      applications: z.exactOptional(distinct(name()).min(1).describe('All of them when left out')),
      environments: z.exactOptional(distinct(name()).min(1).describe('All of them when left out')),
    }),
  )
  .default([])
  .describe('Who may what, and where; without any, everybody with a token is an owner');

const YEAR_MS = 365 * 86_400_000;

export const tokens = z.strictObject({
  longest: duration({ min: 60_000, max: YEAR_MS }).prefault('90d').describe('No token that people make lives longer'),
});

/** OpenID Connect. */
export const signIn = z.strictObject({
  issuer: httpUrl().describe('The provider, exactly as its tokens name it'),
  client: foreignName('a client').describe('The id of a public client that may use the device flow; ID tokens are for it'),
  scopes: distinct(foreignName('a scope')).default(['openid', 'profile', 'offline_access']),
  nameClaim: foreignName('a claim').default('preferred_username').describe('The claim that a person is named by when they sign in first'),
  groupsClaim: foreignName('a claim').default('groups').describe('The claim that lists their groups'),
  clockTolerance: duration({ min: 0, max: 300_000 }).prefault('30s').describe("How far the provider's clock may be from the server's"),
});
