import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LedgerUnavailable } from '../../adapters/ledger/errors.ts';
import { skeletonOf } from '../../domain/people/person-name.ts';
import { rememberNames } from '../../server/remember-names.ts';
import { createTokenDesk } from '../../server/token-desk.ts';
import { isWholeToken, keptHash, makeToken } from '../../server/tokens.ts';
import { type ApiUnderTest, startApi, TOKENS } from '../support/api-under-test.ts';
import { FakePeopleStore } from '../support/fake-people-store.ts';
import { PASSED, shopRecord, shopStatus, WAITING } from '../support/shop.ts';
import { type Answer, call } from './call.ts';

describe('a token', () => {
  const token = makeToken().reveal();

  it('is told from anything else by its prefix, its length and its checksum', () => {
    expect(token).toMatch(/^tdg_[0-9A-Za-z]{49}$/);
    expect(isWholeToken(token)).toBe(true);
    expect(makeToken().reveal()).not.toBe(token);
  });

  it('with any one letter typed wrong is known for that', () => {
    const letters = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'];
    fc.assert(
      fc.property(fc.nat({ max: 48 }), fc.constantFrom(...letters), (at, letter) => {
        const typed = token.slice(0, 4 + at) + letter + token.slice(5 + at);
        return typed === token || !isWholeToken(typed);
      }),
    );
  });

  it('is kept under another hash by each installation', () => {
    expect(keptHash('one', token)).not.toBe(keptHash('two', token));
    expect(keptHash('one', token)).not.toContain(token.slice(4));
  });
});

describe('tokens that people make', () => {
  let api: ApiUnderTest;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.stop());

  const make = (body: object, token?: string): Promise<Answer> =>
    call(`${api.url}/api/v1/tokens`, { body: { lifetime: '1d', ...body }, ...(token !== undefined && { token }) });
  const who = (token: unknown) => call(`${api.url}/api/v1/whoami`, { token: String(token) });

  it('are shown once, and kept as nothing but hashes', async () => {
    const made = await make({ note: 'nightly build' });
    expect(made).toMatchObject({ status: 201, body: { person: 'ana', note: 'nightly build', createdBy: 'ana' } });
    expect(made.headers.get('cache-control')).toBe('no-store');
    const token = String(made.body.token);
    const kept = JSON.stringify([...api.people.kept.values()]);
    expect(kept).not.toContain(token.slice(4));
    const listed = await call(`${api.url}/api/v1/tokens`);
    expect(listed.text).not.toContain(token.slice(4));
    expect(listed.body.tokens).toContainEqual(expect.objectContaining({ id: made.body.id }));
    expect(JSON.stringify(api.people.entries) + JSON.stringify(api.logged)).not.toContain(token.slice(4));
  });

  it('sign in their person, and say by which token', async () => {
    const { body } = await make({});
    expect(await who(body.token)).toMatchObject({
      status: 200,
      body: { person: 'ana', authentication: `token ${body.id}`, expiresAt: body.expiresAt, roles: [{ role: 'owner' }] },
    });
    const listed = await call(`${api.url}/api/v1/tokens`);
    expect(listed.body.tokens).toContainEqual(expect.objectContaining({ id: body.id, usedAt: expect.any(String) }));
  });

  it('open nothing from the moment of their revocation on, and are recorded once', async () => {
    const { body } = await make({});
    for (const _ of [1, 2]) {
      const revoked = await call(`${api.url}/api/v1/tokens/${body.id}/revocation`, { body: {} });
      expect(revoked).toMatchObject({ status: 200, body: { revokedBy: 'ana' } });
    }
    const refused = await who(body.token);
    expect(refused).toMatchObject({ status: 401, body: { detail: expect.stringContaining('was revoked at') } });
    expect(api.people.entries.filter(({ key }) => key === `token/${body.id}/revoked`)).toEqual([
      expect.objectContaining({
        action: 'token-revoked',
        actor: 'ana',
        authentication: 'token of the tests',
        requestId: expect.any(String),
      }),
    ]);
  });

  it('open nothing once they have expired', async () => {
    const { body } = await make({ lifetime: '1h' });
    api.clock.now += 3_600_000;
    expect(await who(body.token)).toMatchObject({ status: 401, body: { detail: expect.stringContaining('expired at') } });
    api.clock.now -= 3_600_000;
  });

  it.each([
    ['an hour too long', '91d', 422],
    ['none', undefined, 422],
    ['a second', '1s', 422],
    ['for ever', 'never', 422],
  ])('have an end: a lifetime of %s is refused', async (_name, lifetime, status) => {
    expect((await make({ lifetime })).status).toBe(status);
  });

  it('of another installation, or with a typing error, are refused with what is wrong', async () => {
    const { body } = await make({});
    const token = String(body.token);
    expect(await who(makeToken().reveal())).toMatchObject({
      status: 401,
      body: { detail: expect.stringContaining('not made by this installation') },
    });
    const typed = token.slice(0, -1) + (token.endsWith('0') ? '1' : '0');
    expect(await who(typed)).toMatchObject({ status: 401, body: { detail: expect.stringContaining('typing error') } });
    expect((await who(typed)).text).not.toContain(typed.slice(4));
    expect(await who(token.slice(0, 20))).toMatchObject({ status: 401 });
    expect((await who(body.id)).status).toBe(401);
  });

  it('may within their scope what their person may, and no more', async () => {
    const { body } = await make({ scope: { role: 'developer', application: 'kiosk' } });
    const token = String(body.token);
    const at = (path: string) => call(`${api.url}/api/v1${path}`, { token });
    expect((await at('/applications/kiosk/environments/staging')).status).toBe(200);
    expect((await at('/applications/shop/environments/staging')).status).toBe(403);
    expect((await at('/applications')).body).toMatchObject({ applications: [{ name: 'kiosk' }] });
    const frozen = await call(`${api.url}/api/v1/freezes`, {
      token,
      body: { scope: { application: 'kiosk' }, reason: 'x', until: '2999-01-01T00:00:00Z' },
    });
    expect(frozen.status).toBe(403);
  });

  it('with a scope make no others, and end none but themselves', async () => {
    const other = await make({});
    const { body } = await make({ scope: { permissions: ['raise-alarm'] } });
    const token = String(body.token);
    expect((await make({}, token)).status).toBe(403);
    const end = (id: unknown) => call(`${api.url}/api/v1/tokens/${String(id)}/revocation`, { body: {}, token });
    expect((await end(other.body.id)).status).toBe(403);
    expect((await end(body.id)).status).toBe(200);
  });

  it('make none that outlives them', async () => {
    const { body } = await make({ lifetime: '1h' });
    expect((await make({ lifetime: '2h' }, String(body.token))).status).toBe(422);
    expect((await make({ lifetime: '30m' }, String(body.token))).status).toBe(201);
  });

  it('are made for people that the installation knows, and for nobody else', async () => {
    expect(await make({ person: 'grafana', scope: { permissions: ['raise-alarm'] } })).toMatchObject({
      status: 201,
      body: { person: 'grafana' },
    });
    for (const person of ['mallory', 'gr\u0430fana', 'local', 'tidegate']) expect((await make({ person })).status).toBe(422);
  });

  it('that were good a moment ago can still go back while the ledger does not answer, and do nothing else', async () => {
    const { body } = await make({});
    const token = String(body.token);
    expect((await who(token)).status).toBe(200);
    const rollBack = () =>
      call(`${api.url}/api/v1/applications/shop/environments/production/rollback`, { token, body: { reason: 'checkout fails' } });
    api.people.failure = new LedgerUnavailable('ledger.db', 'the disk refuses to read it');
    expect((await rollBack()).status).toBe(200);
    const frozen = { scope: {}, reason: 'x', until: '2999-01-01T00:00:00Z' };
    expect((await call(`${api.url}/api/v1/freezes`, { token, body: frozen })).status).toBe(403);
    expect((await make({}, token)).status).toBe(403);
    api.clock.now += 600_000;
    expect((await rollBack()).status).toBe(503);
    api.clock.now -= 600_000;
    api.people.failure = undefined;
  });

  it('open nothing once the database has them otherwise than the ledger recorded', async () => {
    const { body } = await make({});
    const found = api.people.kept.get(String(body.id));
    if (found === undefined) throw new Error('The token is not kept');
    api.people.kept.set(String(body.id), { ...found, doubt: 'no record tells of it as it is now' });
    expect(await who(String(body.token))).toMatchObject({
      status: 401,
      body: { detail: 'The row of this token in the database is not as the ledger recorded it' },
    });
  });

  it('made by one person for another do nothing that needs that person', async () => {
    api.register.put(shopRecord(1));
    api.engine.put(shopStatus(1, { build: PASSED, test: PASSED, staging: PASSED, production: WAITING }));
    const vote = (token: string) =>
      call(`${api.url}/api/v1/applications/shop/releases/1/votes`, { token, body: { stage: 'production', decision: 'approve' } });
    const theirs = await make({ person: 'mira' });
    const own = await make({}, TOKENS.mira);
    const before = api.engine.changes.length;
    expect(await vote(String(theirs.body.token))).toMatchObject({ status: 403 });
    expect(api.engine.changes).toHaveLength(before);
    expect((await vote(String(own.body.token))).status).toBe(200);
  });

  it('cannot be checked while the ledger does not answer: 503, and nobody is told that they are nobody', async () => {
    const { body } = await make({});
    api.people.failure = new LedgerUnavailable('ledger.db', 'the disk refuses to read it');
    expect(await who(body.token)).toMatchObject({ status: 503, body: { title: 'The ledger does not answer' } });
    expect((await call(`${api.url}/api/v1/whoami`)).status).toBe(200);
    api.people.failure = undefined;
    expect((await who(body.token)).status).toBe(200);
  });

  it('do not name their holder in the body of what they do', async () => {
    const { body } = await make({});
    const refused = await call(`${api.url}/api/v1/releases`, {
      token: String(body.token),
      body: { application: 'shop', commit: 'main', person: 'mira' },
    });
    expect(refused.status).toBe(422);
  });
});

describe('tokens in a database that was copied', () => {
  const desk = (installation: string, store: FakePeopleStore, listed: readonly { readonly name: string; readonly subject?: string }[]) =>
    createTokenDesk({
      installation,
      store,
      people: { listed, directory: { groups: [], roles: [] } },
      longestMs: 86_400_000,
      log: { info: () => {}, error: () => {} },
      now: Date.now,
    });
  const wish = { person: 'rita', note: '', scope: {}, lifetimeMs: 60_000 };
  const actor = { person: 'rita', authentication: 'configured token', requestId: 'r-1' };

  it('open nothing in another installation', async () => {
    const store = new FakePeopleStore();
    const { secret } = await desk('production', store, [{ name: 'rita' }]).create(wish, actor);
    const elsewhere = desk('rehearsal', store, [{ name: 'rita' }]).authenticate(secret.reveal());
    await expect(elsewhere).rejects.toMatchObject({ status: 401, message: expect.stringContaining('not made by this installation') });
    expect(await desk('production', store, [{ name: 'rita' }]).authenticate(secret.reveal())).toMatchObject({ person: { name: 'rita' } });
  });

  it('of a name that the ledger does not vouch for open nothing, and none are made for it', async () => {
    const store = new FakePeopleStore();
    const sam = { issuer: 'https://id', subject: 's-1', name: 'sam', at: '' };
    await store.bindIdentity(sam, skeletonOf('sam'), {} as never);
    const { secret } = await desk('production', store, []).create({ ...wish, person: 'sam' }, actor);
    expect(await desk('production', store, []).authenticate(secret.reveal())).toMatchObject({ person: { name: 'sam' } });
    store.doubts.set('sam', 'no record tells of it as it is now');
    await expect(desk('production', store, []).authenticate(secret.reveal())).rejects.toMatchObject({ status: 401 });
    await expect(desk('production', store, []).create({ ...wish, person: 'sam' }, actor)).rejects.toMatchObject({
      status: 422,
      message: 'Whose name sam is, is not as the ledger recorded it',
    });
  });

  it('of somebody whom the file names no more open nothing, also when somebody else has the name', async () => {
    const store = new FakePeopleStore();
    const before = { listed: [{ name: 'rita', subject: 'r-1' }], directory: { groups: [], roles: [] } };
    const { secret } = await desk('production', store, before.listed).create(wish, actor);
    await rememberNames(store, before, { info: () => {}, error: () => {} });
    // Who signs in later does not get the name; nor would they get the token with it.
    expect(await store.bindIdentity({ issuer: 'https://id', subject: 'x-1', name: 'r1ta', at: '' }, skeletonOf('r1ta'), {} as never)).toBe(
      false,
    );
    for (const listed of [[{ name: 'sam' }], [{ name: 'rita', subject: 'x-1' }]]) {
      await expect(desk('production', store, listed).authenticate(secret.reveal())).rejects.toMatchObject({
        status: 401,
        message: expect.stringContaining('no longer known'),
      });
    }
    expect(await desk('production', store, before.listed).authenticate(secret.reveal())).toMatchObject({ person: { name: 'rita' } });
  });
});
