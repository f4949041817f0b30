import { describe, expect, it } from '@jest/globals';
import { bindingOf, LISTED } from '../../../domain/people/identity.ts';
import { PERMISSIONS } from '../../../domain/people/permission.ts';
import {
  creationOf,
  type KeptToken,
  meanwhileScope,
  objectionToToken,
  printScope,
  revocationOf,
  usableScope,
} from '../../../domain/people/token.ts';
import { neededRole, printPlace } from '../../../domain/people/words.ts';

const TOKEN: KeptToken = {
  id: '0123456789',
  person: 'rita',
  holder: { issuer: LISTED, subject: '' },
  note: 'for the build',
  scope: { role: 'developer' },
  createdAt: '2026-01-01T00:00:00Z',
  createdBy: 'rita',
  expiresAt: '2026-02-01T00:00:00Z',
};
const ACTOR = { person: 'olga', authentication: 'sign-in 7', requestId: 'request 1' };
const EXPIRES = Date.parse(TOKEN.expiresAt);

describe('a token', () => {
  it('opens until it expires', () => {
    expect(objectionToToken(TOKEN, EXPIRES - 1)).toBeUndefined();
    expect(objectionToToken(TOKEN, EXPIRES)).toBe('The token expired at 2026-02-01T00:00:00Z');
  });

  it('opens nothing once it was revoked, whatever the time', () => {
    expect(objectionToToken({ ...TOKEN, revokedAt: '2026-01-02T00:00:00Z' }, 0)).toBe('The token was revoked at 2026-01-02T00:00:00Z');
    expect(objectionToToken({ ...TOKEN, revokedAt: 'then' }, EXPIRES)).toBe('The token was revoked at then');
  });
});

describe('what a token may be used for', () => {
  const all = Object.keys(PERMISSIONS);

  it('is its scope, where the person made it', () => {
    expect(usableScope(TOKEN)).toEqual({ role: 'developer' });
    expect(usableScope({ ...TOKEN, scope: {} })).toBeUndefined();
  });

  it('is nothing that one answers for in person, where somebody else made it', () => {
    const inPerson = ['vote', 'ratify', 'break-glass'];
    expect(usableScope({ ...TOKEN, createdBy: 'olga' })).toEqual({
      role: 'developer',
      permissions: all.filter((permission) => !inPerson.includes(permission)),
    });
    expect(usableScope({ ...TOKEN, createdBy: 'olga', scope: { permissions: ['vote', 'promote'] } })).toEqual({ permissions: ['promote'] });
  });

  it('is to see and to go back, while nobody can tell whether it was revoked', () => {
    const meanwhile = all.filter((permission) => ['look', 'roll-back', 'raise-alarm', 'decide'].includes(permission));
    expect(meanwhile).toHaveLength(4);
    expect(meanwhileScope(undefined)).toEqual({ permissions: meanwhile });
    expect(meanwhileScope({ environment: 'staging', permissions: ['promote', 'look'] })).toEqual({
      environment: 'staging',
      permissions: ['look'],
    });
  });
});

describe('a scope in words', () => {
  it.each([
    [{}, ''],
    [{ role: 'release-manager' }, 'at most as release manager'],
    [{ permissions: ['promote', 'vote'] }, 'for promote, vote alone'],
    [{ role: 'viewer', permissions: ['look'], application: 'shop' }, 'at most as viewer, for look alone for "shop"'],
    [{ application: 'shop', environment: 'staging' }, 'for "shop" in "staging"'],
  ] as const)('is what it limits: %j', (scope, words) => {
    expect(printScope(scope)).toBe(words);
  });

  it('is a place by its names, of which a long one is cut short', () => {
    expect(printPlace({})).toBe('');
    expect(printPlace({ environment: 'staging' })).toBe(' in "staging"');
    expect(printPlace({ application: 'a'.repeat(60) })).toBe(` for "${'a'.repeat(60)}"`);
    expect(printPlace({ application: 'a"'.repeat(31) })).toBe(` for ${JSON.stringify(`${'a"'.repeat(28)}a...`)}`);
  });

  it('is the role that a permission needs', () => {
    expect(neededRole('freeze', { application: 'shop' })).toBe('the role release manager for "shop"');
  });
});

describe('the ledger', () => {
  it('keeps who made which token for whom, what for, and until when, and never the token', () => {
    expect(creationOf(TOKEN, ACTOR)).toStrictEqual({
      key: 'token/0123456789/created',
      action: 'token-created',
      actor: 'rita',
      authentication: 'sign-in 7',
      requestId: 'request 1',
      reason: 'token 0123456789 of rita until 2026-02-01T00:00:00Z, at most as developer: for the build',
      at: '2026-01-01T00:00:00Z',
    });
    expect(creationOf({ ...TOKEN, note: '', scope: {} }, ACTOR).reason).toBe('token 0123456789 of rita until 2026-02-01T00:00:00Z');
  });

  it('keeps who revoked it', () => {
    expect(revocationOf(TOKEN, ACTOR, 'then')).toStrictEqual({
      key: 'token/0123456789/revoked',
      action: 'token-revoked',
      actor: 'olga',
      authentication: 'sign-in 7',
      requestId: 'request 1',
      reason: 'token 0123456789 of rita',
      at: 'then',
    });
  });

  it('keeps whose name was given to whom', () => {
    const identity = { issuer: 'https://id.example', subject: '7', name: 'rita', at: 'then' };
    const bound = { key: 'person/rita/bound', action: 'person-bound', actor: 'rita', at: 'then' };
    expect(bindingOf(identity)).toStrictEqual({ ...bound, reason: 'first sign-in at https://id.example' });
    expect(bindingOf({ ...identity, issuer: LISTED })).toStrictEqual({ ...bound, reason: 'named by tidegate.yaml' });
    expect(LISTED).toBe('tidegate.yaml');
  });
});
