import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { exportSPKI, importJWK, type JWTPayload } from 'jose';
import { LedgerUnavailable } from '../../adapters/ledger/errors.ts';
import { createOidcSignIn } from '../../server/oidc/oidc-sign-in.ts';
import { providerKeys } from '../../server/oidc/provider-keys.ts';
import type { Authenticator } from '../../server/ports.ts';
import { FakePeopleStore } from '../support/fake-people-store.ts';
import { type SigningProvider, startSigningProvider } from '../support/signing-provider.ts';

const CLIENT = 'tidegate';
const seconds = () => Math.floor(Date.now() / 1_000);

describe('signing in by the word of a provider', () => {
  let provider: SigningProvider;
  let store: FakePeopleStore;
  let authenticate: Authenticator;
  const open = (cooldownMs: number) =>
    createOidcSignIn({
      rules: { issuer: provider.issuer, client: CLIENT, nameClaim: 'preferred_username', groupsClaim: 'groups', clockToleranceMs: 30_000 },
      keys: providerKeys(provider.issuer, { cooldownMs }),
      people: {
        listed: [{ name: 'rita', subject: 'r-1' }, { name: 'sam' }],
        directory: {
          groups: [{ name: 'release-managers', people: [], claims: ['/platform/releases'] }],
          roles: [{ role: 'release-manager', people: [], groups: ['release-managers'], applications: ['shop'] }],
        },
      },
      store,
      now: Date.now,
    });
  beforeEach(async () => {
    provider = await startSigningProvider();
    store = new FakePeopleStore();
    authenticate = open(0);
  });
  afterEach(() => provider.stop());

  const claims = (changes: JWTPayload = {}): JWTPayload => ({
    iss: provider.issuer,
    aud: CLIENT,
    sub: 'm-1',
    preferred_username: 'mira',
    iat: seconds(),
    exp: seconds() + 300,
    ...changes,
  });
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

  it('takes the name from the claim, and groups and roles from what the provider says of groups', async () => {
    const signedIn = await authenticate(await provider.sign(claims({ groups: ['/platform/releases', '/other'] })));
    expect(signedIn).toMatchObject({
      person: { name: 'mira', groups: ['release-managers'], roles: [{ role: 'release-manager', application: 'shop' }] },
      authentication: `sign-in at ${provider.issuer}`,
    });
    expect(await authenticate(await provider.sign(claims()))).toMatchObject({ person: { name: 'mira', groups: [], roles: [] } });
  });

  it('lets nobody in under a name that the ledger does not vouch for', async () => {
    await authenticate(await provider.sign(claims()));
    store.doubts.set('mira', 'no record tells of it as it is now');
    await expect(open(0)(await provider.sign(claims()))).rejects.toMatchObject({
      status: 401,
      message: 'That this sign-in is mira is not as the ledger recorded it',
    });
    // Who was known before it was changed is still who they were.
    expect(await authenticate(await provider.sign(claims()))).toMatchObject({ person: { name: 'mira' } });
  });

  it('takes no other credential for a word of the provider', async () => {
    for (const credential of ['tdg_abc', 'mira', 'a.b', 'eyJ']) expect(await authenticate(credential)).toBeUndefined();
    expect(provider.asked).toBe(0);
  });

  it.each<[string, string, JWTPayload]>([
    ['for another client', 'is for another client', { aud: 'wiki' }],
    ['for nobody', 'is for another client', { aud: [] }],
    ['for this client and another one, issued to that', 'was issued to another client', { aud: [CLIENT, 'wiki'], azp: 'wiki' }],
    ['of another issuer', 'is of another issuer', { iss: 'https://elsewhere.example.com' }],
    ['that has expired', 'has expired', { exp: seconds() - 31 }],
    ['that is not valid yet', 'is not valid yet', { nbf: seconds() + 60 }],
    ['issued to another client', 'was issued to another client', { azp: 'wiki' }],
    ['that is an access token by its own word', 'is no ID token', { typ: 'Bearer' }],
    ['from the future', 'is not valid yet', { iat: seconds() + 60 }],
    ['that never expires', 'has a wrong exp', { exp: undefined as never }],
    ['of nobody', 'has a wrong sub', { sub: undefined as never }],
  ])('refuses a token %s', async (_name, message, changes) => {
    await expect(authenticate(await provider.sign(claims(changes)))).rejects.toMatchObject({
      status: 401,
      message: expect.stringContaining(message),
    });
    expect(store.entries).toEqual([]);
  });

  it('bears with clocks that differ by the tolerance', async () => {
    expect(await authenticate(await provider.sign(claims({ exp: seconds() - 10, nbf: seconds() + 10 })))).toMatchObject({
      person: { name: 'mira' },
    });
  });

  it.each(['none', 'None', 'NONE', 'nOnE'])('refuses the algorithm %s', async (alg) => {
    const unsigned = `${part({ alg, typ: 'JWT' })}.${part(claims())}.`;
    await expect(authenticate(unsigned)).rejects.toMatchObject({ status: 401 });
    const [, body, signature] = (await provider.sign(claims())).split('.');
    await expect(authenticate(`${part({ alg, typ: 'JWT' })}.${body}.${signature}`)).rejects.toMatchObject({ status: 401 });
    expect(store.entries).toEqual([]);
  });

  it('refuses HS256 with the public key for its secret, however that is written', async () => {
    const spki = await exportSPKI(
      (await importJWK(provider.publicKey, 'ES256', { extractable: true })) as Parameters<typeof exportSPKI>[0],
    );
    for (const secret of [spki, spki.trim(), JSON.stringify(provider.publicKey), String(provider.publicKey.x)]) {
      const signed = `${part({ alg: 'HS256', typ: 'JWT', kid: provider.publicKey.kid })}.${part(claims())}`;
      const forged = `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
      await expect(authenticate(forged)).rejects.toMatchObject({ status: 401, message: expect.stringContaining('proves nothing') });
    }
  });

  it("refuses a token that was changed, one of another provider's keys, and one that brings its own key", async () => {
    const [header, , signature] = (await provider.sign(claims())).split('.');
    await expect(authenticate(`${header}.${part(claims({ sub: 'r-1' }))}.${signature}`)).rejects.toMatchObject({ status: 401 });
    const stranger = await startSigningProvider();
    const theirs = await stranger.sign(claims());
    const embedded = await stranger.sign(claims(), { jwk: stranger.publicKey, jku: `${stranger.issuer}/keys` } as never);
    for (const token of [theirs, embedded])
      await expect(authenticate(token)).rejects.toMatchObject({ status: 401, message: expect.stringContaining('not signed by') });
    expect(stranger.asked).toBe(0);
    await stranger.stop();
  });

  it.each(['at+jwt', 'logout+jwt'])('refuses what is signed by the provider and no ID token: %s', async (typ) => {
    await expect(authenticate(await provider.sign(claims(), { typ }))).rejects.toMatchObject({
      status: 401,
      message: expect.stringContaining('no ID token'),
    });
  });

  it('goes on when the provider changes its keys midway, and takes the old ones no more', async () => {
    const old = await provider.sign(claims());
    await authenticate(old);
    await provider.rotate();
    expect(await authenticate(await provider.sign(claims()))).toMatchObject({ person: { name: 'mira' } });
    expect(provider.asked).toBe(2);
    await expect(authenticate(old)).rejects.toMatchObject({ status: 401 });
  });

  it('asks for keys once, however many unknown ones are named', async () => {
    const patient = open(60_000);
    await patient(await provider.sign(claims()));
    const unknown = await Promise.all(Array.from({ length: 20 }, (_, index) => provider.sign(claims(), { kid: `made-up-${index}` })));
    for (const token of unknown) await expect(patient(token)).rejects.toMatchObject({ status: 401 });
    expect(provider.asked).toBe(1);
  });

  it('asks a provider that is down once, however many sign in', async () => {
    const patient = open(60_000);
    await patient(await provider.sign(claims()));
    const token = await provider.sign(claims());
    const cold = open(60_000);
    provider.down = true;
    const asked = provider.asked;
    for (let again = 0; again < 5; again++) await expect(cold(token)).rejects.toMatchObject({ status: 503 });
    expect(provider.asked).toBe(asked);
    expect(await patient(token)).toMatchObject({ person: { name: 'mira' } });
  });

  it('says that the keys cannot be read, not that somebody is nobody, and goes on when they can', async () => {
    const token = await provider.sign(claims());
    provider.down = true;
    await expect(authenticate(token)).rejects.toMatchObject({ status: 503, message: expect.stringContaining('cannot be read now') });
    provider.down = false;
    expect(await authenticate(token)).toMatchObject({ person: { name: 'mira' } });
    provider.down = true;
    expect(await authenticate(token)).toMatchObject({ person: { name: 'mira' } });
  });

  describe('gives a name', () => {
    const signIn = async (sub: string, name: unknown) => authenticate(await provider.sign(claims({ sub, preferred_username: name })));

    it('once, that stays whatever the provider calls them later', async () => {
      await signIn('m-1', 'mira');
      expect(await signIn('m-1', 'rita')).toMatchObject({ person: { name: 'mira' } });
      expect(await signIn('m-1', undefined)).toMatchObject({ person: { name: 'mira' } });
      expect(store.entries).toEqual([expect.objectContaining({ action: 'person-bound', actor: 'mira' })]);
    });

    it('that is known while the ledger does not answer, of whoever was here before', async () => {
      await signIn('m-1', 'mira');
      store.failure = new LedgerUnavailable('ledger.db', 'the disk refuses to read it');
      expect(await signIn('m-1', 'mira')).toMatchObject({ person: { name: 'mira' } });
      await expect(signIn('n-1', 'nina')).rejects.toBe(store.failure);
    });

    it('in lower case', async () => {
      expect(await signIn('m-1', 'Mira.Meier@Example.com')).toMatchObject({ person: { name: 'mira.meier@example.com' } });
    });

    it('to the subject that tidegate.yaml says, whatever the provider calls them', async () => {
      expect(await signIn('r-1', 'someone-else')).toMatchObject({ person: { name: 'rita' } });
    });

    it.each(['rita', 'RITA', 'r1ta', 'rlta', 'sam', 'local', '1ocal', 'tidegate', 't1degate'])('%s to no other subject', async (name) => {
      await expect(signIn('x-1', name)).rejects.toMatchObject({ status: 401, message: expect.stringContaining("somebody else's here") });
    });

    it.each([
      'mir\u0430',
      'm\u0456ra',
      'm\u00efra',
      'mi\u0301ra',
      '\uff4dira',
      'mira\u200b',
      'mira\u202e',
      '\u212aim',
      'mira ',
      ' mira',
      'mi\nra',
      'mi--ra',
      '',
      7,
      'constructor',
    ])('never of letters that can be taken for others: %j', async (name) => {
      await expect(signIn('x-1', name)).rejects.toMatchObject({ status: 401 });
      expect(store.entries).toEqual([]);
    });

    it('not twice, nor one that looks like it', async () => {
      await signIn('m-1', 'mira1');
      for (const name of ['mira1', 'mlral', 'MIRA1', 'miral']) await expect(signIn('m-2', name)).rejects.toMatchObject({ status: 401 });
      await signIn('b-1', 'barn.e');
      await expect(signIn('b-2', 'bam-e')).rejects.toMatchObject({ status: 401 });
    });

    it('once to a newcomer whose requests come all at once', async () => {
      const token = await provider.sign(claims());
      const all = await Promise.all(Array.from({ length: 10 }, () => authenticate(token)));
      expect(all.map((one) => one?.person.name)).toEqual(Array.from({ length: 10 }, () => 'mira'));
      expect(store.entries).toHaveLength(1);
    });
  });
});
