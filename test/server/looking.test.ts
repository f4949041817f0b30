import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Refused } from '../../temporal/errors.ts';
import { type ApiUnderTest, startApi } from '../support/api-under-test.ts';
import { BUSY_PRODUCTION, DOSSIER, INCOMPLETE, PASSED, ROLLED_BACK, shopRecord, shopStatus, WAITING_PLAN } from '../support/shop.ts';
import { call } from './call.ts';

const KNOWN = { authentication: 'token of the tests', requestId: expect.any(String) };

describe('looking', () => {
  let api: ApiUnderTest;
  beforeEach(async () => {
    api = await startApi();
    for (const number of [1, 2, 3]) {
      api.register.put(shopRecord(number));
      api.engine.put(shopStatus(number, { build: PASSED, test: PASSED, staging: PASSED, production: ROLLED_BACK }));
    }
  });
  afterEach(() => api.stop());

  it('shows a release as its workflow has it', async () => {
    const answer = await call(`${api.url}/api/v1/applications/shop/releases/2`);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual(JSON.parse(JSON.stringify(api.engine.releases.get('shop#2'))));
    expect(answer.body.state).toBe('rolled-back');
  });

  it('shows what a deploy stage would do now, with every member of the plan', async () => {
    const plan = WAITING_PLAN;
    api.engine.previews.set('production', { kind: 'planned', stage: 'production', environment: 'production', plan });
    const answer = await call(`${api.url}/api/v1/applications/shop/releases/2/plan?stage=production`);
    expect(answer).toMatchObject({ status: 200, body: { kind: 'planned', environment: 'production' } });
    expect(answer.body.plan).toEqual(JSON.parse(JSON.stringify(plan)));
    expect(api.engine.plansAsked).toEqual(['shop#2 production']);
    expect(api.engine.changes).toEqual([]);
  });

  it('says what cannot be planned, and why', async () => {
    api.engine.previews.set('staging', { kind: 'unbuilt', stage: 'staging', environment: 'staging', components: ['web'] });
    api.engine.previews.set('production', { kind: 'failed', stage: 'production', reason: 'host p1 does not answer' });
    const planOf = (stage: string, number = 2) => call(`${api.url}/api/v1/applications/shop/releases/${number}/plan?stage=${stage}`);
    expect(await planOf('staging')).toMatchObject({ status: 200, body: { kind: 'unbuilt', components: ['web'] } });
    expect(await planOf('production')).toMatchObject({ status: 503, body: { detail: expect.stringContaining('host p1 does not answer') } });
    expect(await planOf('build')).toMatchObject({ status: 422, body: { hint: 'there are staging, production' } });
    expect(await planOf('production', 9)).toMatchObject({ status: 404 });
    expect((await call(`${api.url}/api/v1/applications/shop/releases/2/plan`)).status).toBe(422);
  });

  it('shows what is kept of the containers that a failed deployment removed, where a report names it', async () => {
    const incomplete = shopStatus(2, { build: PASSED, test: PASSED, staging: PASSED, production: INCOMPLETE });
    api.engine.put(incomplete);
    api.dossiers.set(DOSSIER.id, DOSSIER);
    api.dossiers.set('shop/production/2/p1', { ...DOSSIER, id: 'shop/production/2/p1', host: 'p1' });
    const of = (query: string) => call(`${api.url}/api/v1/applications/shop/releases/2/stages/production/dossiers${query}`);
    expect((await of('')).body).toEqual({ dossiers: [DOSSIER] });
    expect((await of('?host=p2')).body.dossiers).toHaveLength(1);
    expect((await of('?host=p1')).body).toEqual({ dossiers: [] });
    api.dossiers.clear();
    expect((await of('')).body).toEqual({ dossiers: [] });
    expect((await call(`${api.url}/api/v1/applications/shop/releases/2/stages/prod/dossiers`)).status).toBe(422);
    expect((await call(`${api.url}/api/v1/applications/shop/releases/2/stages/production/dossiers`, { token: null })).status).toBe(401);
  });

  it('lists releases page by page, newest first', async () => {
    const first = await call(`${api.url}/api/v1/releases?application=shop&limit=2`);
    const second = await call(`${api.url}/api/v1/releases?application=shop&limit=2&cursor=${first.body.next}`);
    expect(first.body.releases).toMatchObject([{ number: 3, state: 'rolled-back' }, { number: 2 }]);
    expect(second.body).toMatchObject({ releases: [{ number: 1 }] });
    expect(second.body.next).toBeUndefined();
  });

  it('refuses to list releases of an application that is not there', async () => {
    const answer = await call(`${api.url}/api/v1/releases?application=shoop`);
    expect(answer.status).toBe(404);
    expect(answer.body.hint).toContain('shop and kiosk');
  });

  it('shows every environment of every application', async () => {
    api.engine.environments.set('shop/production', BUSY_PRODUCTION);
    const answer = await call(`${api.url}/api/v1/environments`);
    expect(answer.body.environments).toMatchObject([
      { application: 'shop', environment: 'staging', current: null },
      { application: 'shop', environment: 'production', running: { release: 2 }, queue: [{ release: 3, requestedBy: 'bo' }] },
      { application: 'kiosk', environment: 'staging', current: null },
      { application: 'kiosk', environment: 'production', current: null },
    ]);
  });

  it('never sends how a component is run, which may hold settings', async () => {
    api.engine.environments.set('shop/production', BUSY_PRODUCTION);
    const answer = await call(`${api.url}/api/v1/applications/shop/environments/production`);
    expect(answer.body.current).toMatchObject({ release: { number: 1 } });
    expect(answer.text).not.toContain('a setting for hosts alone');
  });

  it('names the environments there are to one that is not there', async () => {
    const answer = await call(`${api.url}/api/v1/applications/shop/environments/prod/rollback`, { body: { reason: 'x' } });
    expect(answer.status).toBe(404);
    expect(answer.body).toMatchObject({ detail: 'There is no environment "prod"', hint: 'the installation has staging and production' });
    expect(api.engine.changes).toEqual([]);
  });

  it('asks an environment to roll back in the name of whose token it is', async () => {
    const answer = await call(`${api.url}/api/v1/applications/shop/environments/production/rollback`, {
      body: { to: 1, reason: 'errors' },
    });
    expect(answer.body).toEqual({ deployment: 'deployment/shop/production/3', from: 2, to: 1 });
    expect(api.engine.changes).toMatchObject([
      { method: 'rollback', on: 'shop/production', message: { to: 1, reason: 'errors', person: 'ana', known: KNOWN } },
    ]);
  });

  it('answers 409 with the reason when an environment refuses', async () => {
    api.engine.refusal = new Refused('production of shop never ran release 7; it can return to 1');
    const answer = await call(`${api.url}/api/v1/applications/shop/environments/production/rollback`, { body: { to: 7, reason: 'x' } });
    expect(answer.status).toBe(409);
    expect(answer.body.detail).toContain('it can return to 1');
  });

  it('lists the applications with their environments', async () => {
    const answer = await call(`${api.url}/api/v1/applications`);
    expect(answer.body.applications).toMatchObject([
      { name: 'shop', environments: ['staging', 'production'] },
      { name: 'kiosk', environments: ['staging', 'production'] },
    ]);
  });
});
