import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ApiUnderTest, startApi, TOKENS } from '../support/api-under-test.ts';
import { emptyEnvironment } from '../support/fake-release-engine.ts';
import { digestOf, goodRelease, shopRecord } from '../support/shop.ts';
import { call } from './call.ts';

const HOUR = 3_600_000;
const later = (ms: number): string => new Date(Date.now() + ms).toISOString();
const PRODUCTION = '/applications/shop/environments/production';

describe('what people decide beforehand', () => {
  let api: ApiUnderTest;
  beforeEach(async () => {
    api = await startApi();
    for (const number of [1, 2]) api.register.put(shopRecord(number));
  });
  afterEach(() => api.stop());

  const post = (path: string, body: object, more: { token?: string; headers?: Record<string, string> } = {}) =>
    call(`${api.url}/api/v1${path}`, { body, ...more });
  const standing = async (query = '') => (await call(`${api.url}/api/v1/standing${query}`)).body.decisions as { readonly reason: string }[];

  it('is kept in the name of whose token it is, with its record, and told to whom it concerns', async () => {
    const scope = { application: 'shop', environment: 'production' };
    const until = later(HOUR);
    const answer = await post('/freezes', { scope, reason: 'the sale', owner: 'sales', until }, { token: TOKENS.mira });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ kind: 'freeze', by: 'mira', owner: 'sales', scope, until, from: answer.body.at });
    expect(await standing()).toEqual([answer.body]);
    expect(api.engine.told).toEqual([scope]);
    expect(api.decisions.records).toEqual([
      {
        key: `standing/${answer.body.id}/kept`,
        action: 'freeze-begun',
        actor: 'mira',
        authentication: 'token of the tests',
        ...scope,
        reason: `${answer.body.id} of sales, from ${answer.body.from} until ${until}: the sale`,
        at: answer.body.at,
        requestId: answer.headers.get('x-request-id'),
      },
    ]);
  });

  it('is decided once for a repeated request', async () => {
    const body = { scope: {}, reason: 'the sale', until: later(HOUR) };
    const ask = () => post('/freezes', body, { headers: { 'idempotency-key': 'k' } });
    const [first, second] = [await ask(), await ask()];
    expect(second.body).toEqual(first.body);
    expect(api.decisions.records).toHaveLength(1);
  });

  it.each<[string, object]>([
    ['has no end', { scope: {}, reason: 'x' }],
    ['is over already', { scope: {}, reason: 'x', until: '2020-01-01T00:00:00Z' }],
    ['ends before it begins', { scope: {}, reason: 'x', from: later(2 * HOUR), until: later(HOUR) }],
    ['hardly ever ends', { scope: {}, reason: 'x', until: later(400 * 24 * HOUR) }],
    ['has an end without a zone', { scope: {}, reason: 'x', until: '2099-01-01T00:00:00' }],
    ['has no reason', { scope: {}, reason: ' ', until: later(HOUR) }],
    ['names its own person', { scope: {}, reason: 'x', until: later(HOUR), by: 'olga' }],
  ])('refuses a freeze that %s', async (_what, body) => {
    expect((await post('/freezes', body)).status).toBe(422);
    expect(await standing()).toEqual([]);
  });

  it('refuses a freeze of what is not there', async () => {
    const until = later(HOUR);
    expect((await post('/freezes', { scope: { application: 'bank' }, reason: 'x', until })).status).toBe(404);
    expect((await post('/freezes', { scope: { environment: 'moon' }, reason: 'x', until })).status).toBe(404);
    expect(api.decisions.records).toEqual([]);
  });

  it('blocks a release that there is, or an image', async () => {
    const release = await post('/blocks', { application: 'shop', release: 2, reason: 'loses orders' });
    const image = await post('/blocks', { digest: digestOf('a'), reason: 'a stolen key' });
    expect([release.body, image.body]).toMatchObject([
      { kind: 'block', application: 'shop', release: 2, by: 'ana' },
      { kind: 'block', digest: digestOf('a'), by: 'ana' },
    ]);
    expect(api.decisions.records.map(({ action }) => action)).toEqual(['release-blocked', 'release-blocked']);
    expect(api.engine.told).toEqual([{ application: 'shop' }, {}]);
    expect((await post('/blocks', { application: 'shop', release: 9, reason: 'x' })).status).toBe(404);
    for (const wrong of [{}, { release: 2 }, { application: 'shop' }, { application: 'shop', release: 2, digest: digestOf('a') }])
      expect((await post('/blocks', { ...wrong, reason: 'x' })).status).toBe(422);
  });

  it('holds an environment at what it runs, or at the release named, and never at two', async () => {
    expect((await post(`${PRODUCTION}/holds`, { reason: 'audit' })).status).toBe(422);
    api.engine.environments.set('shop/production', { ...emptyEnvironment('shop', 'production'), current: goodRelease(2) });
    const held = await post(`${PRODUCTION}/holds`, { reason: 'audit' });
    expect(held.body).toMatchObject({ kind: 'hold', application: 'shop', environment: 'production', release: 2 });
    expect((await post(`${PRODUCTION}/holds`, { reason: 'again', release: 2 })).status).toBe(200);
    const other = await post(`${PRODUCTION}/holds`, { reason: 'x', release: 1 });
    expect(other).toMatchObject({ status: 409, body: { detail: 'ana holds production at release 2: audit' } });
    expect(other.body.hint).toContain(held.body.id);
    expect((await post(`${PRODUCTION}/holds`, { reason: 'x', until: '2020-01-01T00:00:00Z' })).status).toBe(422);
  });

  it('ends by its own kind alone, once, and says who ended it', async () => {
    const { body: freeze } = await post('/freezes', { scope: {}, reason: 'the sale', until: later(HOUR) });
    expect((await post(`/blocks/${freeze.id}/end`, {})).status).toBe(404);
    expect((await post('/freezes/freeze-0123456789/end', {})).status).toBe(404);
    expect((await post('/freezes/nonsense/end', {})).status).toBe(422);
    expect((await post(`/freezes/${freeze.id}/end`, { reason: 'sold out' }, { token: TOKENS.mira })).status).toBe(200);
    expect((await post(`/freezes/${freeze.id}/end`, {}, { token: TOKENS.mira })).status).toBe(200);
    expect(await post(`/freezes/${freeze.id}/end`, {})).toMatchObject({ status: 409, body: { title: 'Ended already' } });
    expect(await standing()).toEqual([]);
    expect(api.decisions.records.map(({ action, actor }) => [action, actor])).toEqual([
      ['freeze-begun', 'ana'],
      ['freeze-lifted', 'mira'],
    ]);
    expect(api.engine.told).toHaveLength(3);
  });

  it('is shown for one application and environment, with what concerns all of them', async () => {
    const until = later(HOUR);
    await post('/freezes', { scope: {}, reason: 'all', until });
    await post('/freezes', { scope: { application: 'kiosk' }, reason: 'kiosk', until });
    await post('/freezes', { scope: { environment: 'staging' }, reason: 'staging', until });
    const reasons = async (query: string) => (await standing(query)).map(({ reason }) => reason);
    expect(await reasons('?application=shop&environment=production')).toEqual(['all']);
    expect(await reasons('?application=kiosk&environment=staging')).toEqual(['all', 'kiosk', 'staging']);
  });

  it('stands though nobody could be told of it', async () => {
    api.engine.failure = new Error('Temporal is away');
    expect((await post('/freezes', { scope: {}, reason: 'the sale', until: later(HOUR) })).status).toBe(200);
    expect(api.logged.map(({ message }) => message)).toEqual(['Releases and environments were not told; they look again by themselves']);
  });
});
