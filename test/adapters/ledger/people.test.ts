import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { LedgerStore } from '../../../adapters/ledger/ledger-store.ts';
import { bindingOf } from '../../../domain/people/identity.ts';
import { skeletonOf } from '../../../domain/people/person-name.ts';
import { creationOf, type KeptToken, revocationOf, type TokenActor } from '../../../domain/people/token.ts';
import { LEDGER_LABS, OpenLedgers } from '../../support/ledger-labs.ts';

const OWNER: TokenActor = { person: 'olga', authentication: 'configured token', requestId: 'request-1' };
const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();

function token(id: string, person: string): KeptToken {
  return {
    id,
    person,
    holder: { issuer: 'tidegate.yaml', subject: '' },
    note: 'nightly',
    scope: { role: 'developer', application: 'shop' },
    createdAt: at(0),
    createdBy: 'olga',
    expiresAt: at(60),
  };
}

const open = new OpenLedgers();
afterEach(() => open.closeAll());

describe.each(LEDGER_LABS)('people in the database of the ledger in $kind', (lab) => {
  let one: LedgerStore;
  /** Another server of the installation. */
  let other: LedgerStore;
  beforeAll(() => lab.start());
  afterAll(() => lab.stop());
  beforeEach(async () => {
    const place = await lab.newPlace();
    [one, other] = [await open.open(place), await open.open(place)];
  });

  it('have their tokens with the record of each, whichever server asks', async () => {
    const kept = token('0123456789', 'rita');
    await one.people.keepToken(kept, 'hash-of-it', creationOf(kept, OWNER));
    expect(await other.people.findToken('0123456789')).toEqual({ token: kept, hash: 'hash-of-it' });
    expect(await other.people.tokens('rita')).toEqual([kept]);
    expect(await other.people.tokens('sam')).toEqual([]);
    expect(await other.people.findToken('9999999999')).toBeUndefined();
    expect((await other.entries({ limit: 10 })).map(({ entry }) => entry)).toEqual([
      expect.objectContaining({ action: 'token-created', actor: 'olga', authentication: 'configured token', requestId: 'request-1' }),
    ]);
  });

  it('lose a token everywhere at once, and its first revocation stands', async () => {
    const kept = token('0123456789', 'rita');
    await one.people.keepToken(kept, 'hash', creationOf(kept, OWNER));
    await one.people.tokenUsed(kept.id, at(3));
    await one.people.tokenUsed(kept.id, at(2));
    await one.people.revokeToken(kept.id, 'rita', at(5), revocationOf(kept, { ...OWNER, person: 'rita' }, at(5)));
    await other.people.revokeToken(kept.id, 'olga', at(6), revocationOf(kept, OWNER, at(6)));
    expect((await other.people.findToken(kept.id))?.token).toEqual({ ...kept, usedAt: at(3), revokedAt: at(5), revokedBy: 'rita' });
    expect((await one.entries({ limit: 10 })).filter(({ entry }) => entry.action === 'token-revoked')).toHaveLength(1);
  });

  it('get a name that nobody else has, nor one like it, and keep it', async () => {
    const bind = (store: LedgerStore, subject: string, name: string) => {
      const identity = { issuer: 'https://id.example.com', subject, name, at: at(0) };
      return store.people.bindIdentity(identity, skeletonOf(name), bindingOf(identity));
    };
    expect(await bind(one, 'm-1', 'miral')).toBe(true);
    for (const [subject, name] of [
      ['m-2', 'miral'],
      ['m-2', 'mira1'],
      ['m-1', 'mira'],
    ] as const)
      expect(await bind(other, subject, name)).toBe(false);
    expect(await other.people.identity('https://id.example.com', 'm-1')).toMatchObject({ name: 'miral' });
    expect(await other.people.identity('https://elsewhere.example.com', 'm-1')).toBeUndefined();
    expect(await other.people.identityNamed('miral')).toMatchObject({ subject: 'm-1' });
    expect(await one.entries({ limit: 10 })).toHaveLength(1);
  });
});
