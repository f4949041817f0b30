import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { GuardStatus } from '../../domain/guard/guard.ts';
import type { Grant } from '../../domain/people/person.ts';
import type { Authenticator } from '../../server/ports.ts';
import { type ApiUnderTest, startApi } from '../support/api-under-test.ts';
import { call } from './call.ts';

const GUARD: GuardStatus = {
  repository: { id: 101, name: 'acme/shop' },
  run: 42,
  environment: 'Production',
  places: [{ application: 'shop', environment: 'production' }],
  since: '2026-03-02T09:30:00.000Z',
  waitsFor: 'Stage production of shop#2 waits: Waiting for 1 of 1 approval',
};
const END = { run: 42, environment: 'production', reason: 'wrong run' };

/** Developers of one application each, by their token; one also looks at the shop. */
const people: Authenticator = async (token) => {
  const [, of, seen] = /^of-(\w+)$|^looks-at-(\w+)$/.exec(token) ?? [];
  if (of === undefined && seen === undefined) return undefined;
  const roles: Grant[] = [
    { role: 'developer', application: of ?? 'kiosk' },
    ...(seen === undefined ? [] : [{ role: 'viewer', application: seen } as const]),
  ];
  return { person: { name: `dev-of-${of}`, groups: [], roles }, authentication: 'token of the tests' };
};

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi({ people });
});
afterAll(() => api.stop());
beforeEach(() => {
  api.engine.held = [GUARD];
  api.engine.changes.splice(0);
});

const list = (token: string) => call(`${api.url}/api/v1/guards`, { token });
const end = (token: string, body: object = END) => call(`${api.url}/api/v1/guards/end`, { method: 'POST', token, body });

describe('runs that are held back', () => {
  it('are shown to who may look at what they wait for, and to nobody else', async () => {
    expect((await list('of-shop')).body).toEqual({ guards: [GUARD] });
    expect((await list('of-kiosk')).body).toEqual({ guards: [] });
  });

  it('are turned away by who may cancel releases there, whatever the case of the environment, with who and why', async () => {
    expect((await end('of-kiosk')).status).toBe(404);
    expect((await end('looks-at-shop')).status).toBe(403);
    expect(api.engine.changes).toEqual([]);
    expect(await end('of-shop')).toMatchObject({ status: 200, body: { run: 42 } });
    expect(api.engine.changes).toMatchObject([
      { method: 'endGuard', on: '42/Production', message: { person: 'dev-of-shop', reason: 'wrong run' } },
    ]);
  });

  it('are not found where none is of the run and the environment, and not ended without a reason', async () => {
    expect((await end('of-shop', { ...END, run: 43 })).status).toBe(404);
    expect((await end('of-shop', { ...END, environment: 'staging' })).status).toBe(404);
    expect((await end('of-shop', { ...END, reason: ' ' })).status).toBe(422);
    expect(api.engine.changes).toEqual([]);
  });
});
