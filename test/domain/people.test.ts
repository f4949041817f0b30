import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PERMISSIONS, type Permission } from '../../domain/people/permission.ts';
import { permits, permitsSomewhere } from '../../domain/people/permits.ts';
import { type Grant, type Person, type Place, ROLES, type Scope } from '../../domain/people/person.ts';

const names = Object.keys(PERMISSIONS) as Permission[];
const application = fc.constantFrom('shop', 'kiosk');
const environment = fc.constantFrom('staging', 'production');
const place: fc.Arbitrary<Place> = fc.record({ application, environment }, { requiredKeys: [] });
const grant: fc.Arbitrary<Grant> = fc.tuple(fc.constantFrom(...ROLES), place).map(([role, where]) => ({ role, ...where }));
const permission = fc.constantFrom(...names);
const scope: fc.Arbitrary<Scope> = fc.record(
  { application, environment, role: fc.constantFrom(...ROLES), permissions: fc.uniqueArray(permission, { maxLength: 5 }) },
  { requiredKeys: [] },
);
const roles = fc.array(grant, { maxLength: 4 });

function person(grants: readonly Grant[], limit?: Scope): Person {
  return { name: 'rita', groups: [], roles: grants, ...(limit !== undefined && { scope: limit }) };
}

/** Every place that lies within another one. */
function within(where: Place): Place[] {
  const applications = where.application === undefined ? ['shop', 'kiosk'] : [where.application];
  const environments = where.environment === undefined ? ['staging', 'production'] : [where.environment];
  return applications.flatMap((one) => environments.map((other) => ({ application: one, environment: other })));
}

describe('what a person may', () => {
  it('is nothing without a role', () => {
    fc.assert(
      fc.property(permission, place, (what, where) => !permits(person([]), what, where) && !permitsSomewhere(person([]), what, where)),
    );
  });

  it('is everything for the owner of everything', () => {
    fc.assert(fc.property(permission, place, (what, where) => permits(person([{ role: 'owner' }]), what, where)));
  });

  it('never becomes less by a further role, nor by a higher one', () => {
    fc.assert(
      fc.property(roles, grant, permission, place, fc.constantFrom(...ROLES), (before, more, what, where, role) => {
        const higher = { ...more, role: ROLES.indexOf(role) > ROLES.indexOf(more.role) ? role : more.role };
        const one = permits(person(before), what, where);
        const two = permits(person([...before, more]), what, where);
        const three = permits(person([...before, higher]), what, where);
        return (!one || two) && (!two || three);
      }),
    );
  });

  it('never becomes more by a scope', () => {
    fc.assert(
      fc.property(roles, scope, permission, place, (grants, limit, what, where) => {
        const limited = person(grants, limit);
        expect(permits(limited, what, where) && !permits(person(grants), what, where)).toBe(false);
        expect(permitsSomewhere(limited, what, where) && !permitsSomewhere(person(grants), what, where)).toBe(false);
      }),
    );
  });

  it('in a place is what one may in every part of it that the place alone gives, and somewhere in it what one may in one of them', () => {
    fc.assert(
      fc.property(roles, fc.option(scope, { nil: undefined }), permission, place, (grants, limit, what, where) => {
        const who = person(grants, limit);
        if (permits(who, what, where)) for (const part of within(where)) expect(permits(who, what, part)).toBe(true);
        expect(permitsSomewhere(who, what, where)).toBe(within(where).some((part) => permits(who, what, part)));
      }),
    );
  });

  it.each(['shop', 'kiosk'])('by roles for %s alone is nothing elsewhere, nor in the installation as a whole', (own) => {
    const other = own === 'shop' ? 'kiosk' : 'shop';
    const confined = roles.map((all) => all.map((one) => ({ ...one, application: own })));
    fc.assert(
      fc.property(confined, permission, environment, (grants, what, where) => {
        const who = person(grants);
        return (
          !permits(who, what, { application: other, environment: where }) &&
          !permits(who, what, {}) &&
          !permitsSomewhere(who, what, { application: other })
        );
      }),
    );
  });

  it('by a role in staging alone is nothing to production, nor to the application as a whole', () => {
    const who = person([{ role: 'owner', application: 'shop', environment: 'staging' }]);
    expect(permits(who, 'promote', { application: 'shop', environment: 'staging' })).toBe(true);
    expect(permits(who, 'promote', { application: 'shop', environment: 'production' })).toBe(false);
    expect(permits(who, 'cancel', { application: 'shop' })).toBe(false);
    expect(permitsSomewhere(who, 'create-release', { application: 'shop' })).toBe(true);
  });

  it('is by role what the table says', () => {
    const table = Object.fromEntries(
      ROLES.map((role) => [
        role,
        names.filter((what) => permits(person([{ role }]), what, {})).filter((what) => PERMISSIONS[what] === role),
      ]),
    );
    expect(table).toEqual({
      viewer: ['look', 'audit'],
      developer: ['create-release', 'promote', 'vote', 'cancel', 'decide', 'roll-back', 'raise-alarm'],
      'release-manager': [
        'deploy-host',
        'freeze',
        'block',
        'hold',
        'queue',
        'break-glass',
        'ratify',
        'look-at-webhooks',
        'replay-webhook',
        'preview-retention',
      ],
      owner: ['run-retention', 'erase', 'manage-tokens'],
    });
  });

  it('by each role is what the roles before it may, and nothing of what takes a higher one', () => {
    for (const [rank, role] of ROLES.entries()) {
      const may = names.filter((what) => permits(person([{ role }]), what, {}));
      expect(may).toEqual(names.filter((what) => ROLES.indexOf(PERMISSIONS[what]) <= rank));
    }
    expect(permits(person([{ role: 'viewer' }]), 'promote', {})).toBe(false);
    expect(permitsSomewhere(person([{ role: 'release-manager' }]), 'manage-tokens', {})).toBe(false);
  });

  it('by a token is what the token is for at most', () => {
    const owner = (limit: Scope) => person([{ role: 'owner' }], limit);
    for (const may of [permits, permitsSomewhere]) {
      expect(may(owner({ permissions: ['promote'] }), 'promote', {})).toBe(true);
      expect(may(owner({ permissions: ['promote'] }), 'vote', {})).toBe(false);
      expect(may(owner({ permissions: [] }), 'look', {})).toBe(false);
      expect(may(owner({ role: 'developer' }), 'promote', {})).toBe(true);
      expect(may(owner({ role: 'developer' }), 'freeze', {})).toBe(false);
    }
  });
});
