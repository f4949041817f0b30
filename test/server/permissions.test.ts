import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Fastify from 'fastify';
import { PERMISSIONS, type Permission } from '../../domain/people/permission.ts';
import { type Grant, ROLES, type Role } from '../../domain/people/person.ts';
import type { StandingDecision } from '../../domain/standing.ts';
import { requirePermissionOfRoute } from '../../server/authorise.ts';
import type { Authenticator } from '../../server/ports.ts';
import * as messages from '../../workflows/messages.ts';
import { type ApiUnderTest, startApi } from '../support/api-under-test.ts';
import { PASSED, shopRecord, shopStatus, WAITING } from '../support/shop.ts';
import { type Answer, call } from './call.ts';

type Least = Role | 'anybody';

/** The least role of every operation, and a request that fits it. Whoever adds a route adds its line. */
const TABLE: Readonly<Record<string, Least | readonly [Least, unknown]>> = {
  listApplications: 'viewer',
  listReleases: 'viewer',
  listEnvironments: 'viewer',
  releaseStatus: 'viewer',
  releasePlan: 'viewer',
  explainRelease: 'viewer',
  dossiers: 'viewer',
  environmentStatus: 'viewer',
  rollbackPlan: 'viewer',
  planHost: 'viewer',
  standing: 'viewer',
  listRecords: 'viewer',
  showRecord: 'viewer',
  proveRecord: 'viewer',
  proveGrowth: 'viewer',
  auditDifferences: 'viewer',
  erase: ['owner', { records: [1], reason: 'asked for' }],
  checkpoint: 'viewer',
  listCheckpoints: 'viewer',
  createRelease: ['developer', { application: 'shop', commit: 'main' }],
  vote: ['developer', { stage: 'production', decision: 'approve' }],
  delegate: ['developer', { to: 'rita', until: '2999-01-01T00:00:00Z', reason: 'away' }],
  undelegate: ['developer', { reason: 'back' }],
  promote: ['developer', { stage: 'production' }],
  decideHost: ['developer', { stage: 'production', host: 'p2', question: '2.1', answer: 'skip' }],
  cancelRelease: ['developer', { reason: 'wrong' }],
  rollback: ['developer', { reason: 'wrong' }],
  raiseAlarm: ['developer', { reason: 'wrong' }],
  deployHost: ['release-manager', {}],
  freeze: ['release-manager', { scope: {}, reason: 'quiet', until: '2999-01-01T00:00:00Z' }],
  unfreeze: ['release-manager', { reason: 'over' }],
  block: ['release-manager', { application: 'shop', release: 1, reason: 'wrong' }],
  unblock: ['release-manager', { reason: 'over' }],
  hold: ['release-manager', { release: 1, reason: 'wrong' }],
  unhold: ['release-manager', { reason: 'over' }],
  breakGlass: ['release-manager', { release: 1, skips: ['approval'], incident: 'INC-7', reason: 'wrong' }],
  ratify: ['release-manager', {}],
  listDeliveries: 'release-manager',
  showDelivery: 'release-manager',
  replayDelivery: ['release-manager', {}],
  listGuards: 'viewer',
  endGuard: ['developer', { run: 42, environment: 'Production', reason: 'wrong run' }],
  startRetention: ['release-manager', { apply: false }],
  retentionStatus: 'release-manager',
  retentionRows: 'release-manager',
  stopRetention: ['release-manager', {}],
  whoami: 'anybody',
  listTokens: 'anybody',
  createToken: ['anybody', { lifetime: '1h', person: 'ana' }],
  revokeToken: ['anybody', {}],
};

const PATH: Readonly<Record<string, string>> = {
  application: 'shop',
  environment: 'production',
  number: '1',
  stage: 'production',
  host: 'p1',
  alarm: 'pager',
  run: 'look-00000000-0000-0000-0000-000000000000',
  id: 'a1',
  token: '0123456789',
  sequence: '1',
};
const QUERY: Readonly<Record<string, string>> = {
  releasePlan: '?stage=production',
  retentionRows: '?repository=r/shop',
  listCheckpoints: '?after=0&last=1',
  proveGrowth: '?since=1',
};

/** Tokens `tdg_NAME` of people with one role each. */
const PEOPLE: Readonly<Record<string, readonly Grant[]>> = {
  ...Object.fromEntries(ROLES.map((role) => [role, [{ role }]])),
  nobody: [],
  staging: [{ role: 'owner', application: 'shop', environment: 'staging' }],
  kiosk: [{ role: 'owner', application: 'kiosk' }],
  looking: [
    { role: 'viewer', application: 'shop' },
    { role: 'owner', application: 'kiosk' },
  ],
};

const people: Authenticator = async (credential) => {
  const name = credential.slice('tdg_'.length);
  const roles = Object.hasOwn(PEOPLE, name) ? PEOPLE[name] : undefined;
  return roles && { person: { name, groups: [], roles }, authentication: 'test' };
};

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly id: string;
  readonly permission: Permission | 'none' | undefined;
}

let api: ApiUnderTest;
let operations: readonly Operation[];
/** What asks for no credential of a person. */
let open: readonly string[];
beforeAll(async () => {
  api = await startApi({ people });
  api.register.put(shopRecord(1));
  api.engine.put(shopStatus(1, { build: PASSED, test: PASSED, staging: PASSED, production: WAITING }));
  const { paths } = (await call(`${api.url}/openapi.json`, { token: null })).body as {
    paths: Record<string, Record<string, Record<string, string>>>;
  };
  open = Object.entries(paths).flatMap(([path, methods]) =>
    path.startsWith('/api/') ? [] : Object.values(methods).map(({ operationId }) => operationId ?? ''),
  );
  operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(() => path.startsWith('/api/'))
      .map(([method, described]) => ({
        method: method.toUpperCase(),
        path,
        id: described.operationId ?? '',
        permission: described['x-permission'] as Operation['permission'],
      })),
  );
});
afterAll(() => api.stop());

function ask(
  { method, path, id }: Operation,
  who: string | null,
  changes: Readonly<Record<string, string>> = {},
  body = bodyOf(id),
): Promise<Answer> {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => changes[name] ?? PATH[name] ?? 'x');
  const token = who === null ? null : `tdg_${who}`;
  return call(`${api.url}${filled}${QUERY[id] ?? ''}`, { method, token, ...(method === 'POST' && { body: body ?? {} }) });
}

function bodyOf(id: string): unknown {
  const line = TABLE[id];
  return Array.isArray(line) ? (line[1] as unknown) : undefined;
}

function leastOf(id: string): Least {
  const line = TABLE[id];
  return (Array.isArray(line) ? line[0] : line) as Least;
}

function named(id: string): Operation {
  const found = operations.find((operation) => operation.id === id);
  if (found === undefined) throw new TypeError(`No operation ${id}`);
  return found;
}

describe('what each role may ask of the API', () => {
  it('is in the table, for every operation, and the operation names a permission of that role', () => {
    expect(new Set(operations.map(({ id }) => id))).toEqual(new Set(Object.keys(TABLE)));
    for (const { id, permission } of operations) {
      const role = permission === undefined ? 'missing' : permission === 'none' ? 'anybody' : PERMISSIONS[permission];
      expect([id, role]).toEqual([id, leastOf(id)]);
    }
  });

  it('is asked for everywhere but where a process is watched, a sign-in begins, or a message proves itself', () => {
    expect(new Set(open)).toEqual(
      new Set([
        'health',
        'readiness',
        'signIn',
        'receiveAlarm',
        'receiveCheckAnswer',
        'receiveGitHub',
        'receiveImage',
        'receiveUnsignedImage',
      ]),
    );
  });

  it('is nothing without a credential', async () => {
    for (const operation of operations) expect([operation.id, (await ask(operation, null)).status]).toEqual([operation.id, 401]);
  });

  it('is nothing but themselves for somebody without a role', async () => {
    for (const operation of operations.filter(({ id }) => leastOf(id) !== 'anybody')) {
      expect([operation.id, (await ask(operation, 'nobody')).status]).toEqual([operation.id, 403]);
    }
    expect((await ask(named('whoami'), 'nobody')).body).toMatchObject({ person: 'nobody', roles: [] });
  });

  it.each(ROLES)('is for a %s what the table says, no more and no less', async (role) => {
    for (const operation of operations.filter(({ id }) => leastOf(id) !== 'anybody')) {
      const least = leastOf(operation.id) as Role;
      const answer = await ask(operation, role);
      const allowed = ROLES.indexOf(role) >= ROLES.indexOf(least);
      expect([operation.id, answer.status === 403]).toEqual([operation.id, !allowed]);
      expect([operation.id, answer.status]).not.toEqual([operation.id, 500]);
      if (!allowed) expect(answer.body).toMatchObject({ detail: expect.stringContaining(`the role ${least.replace('-', ' ')}`) });
    }
  });

  it('lets release managers look at what retention would do, and owners alone have it done', async () => {
    const deleting = { apply: true };
    expect((await ask(named('startRetention'), 'release-manager', {}, deleting)).status).toBe(403);
    expect(api.retention.orders.filter(({ order }) => order.apply && order.actor === 'release-manager')).toEqual([]);
  });
});

describe('a role in one environment', () => {
  const changesSoFar = () => api.engine.changes.length;

  it.each(['vote', 'promote', 'decideHost'])('is not enough to %s for a stage of another environment', async (id) => {
    const count = changesSoFar();
    const answer = await ask(named(id), 'staging');
    expect(answer.status).toBe(403);
    expect(answer.body.detail).toContain('for "shop" in "production"');
    expect(api.engine.changes).toHaveLength(count);
  });

  it('is enough there, and for what has no environment', async () => {
    expect((await ask(named('promote'), 'staging', {}, { stage: 'staging' })).status).toBe(200);
    expect((await ask(named('promote'), 'staging', {}, { stage: 'test' })).status).toBe(200);
    expect((await ask(named('environmentStatus'), 'staging', { environment: 'staging' })).status).toBe(200);
    expect((await ask(named('environmentStatus'), 'staging')).status).toBe(403);
  });

  it('takes a release no further than there, which whoever opens its gates is told', async () => {
    const reachOf = async (id: string, person: string, body?: object) => {
      expect((await ask(named(id), person, {}, body)).status).toBeLessThan(300);
      return Reflect.get(Object(api.engine.changes.at(-1)?.message), 'reach');
    };
    expect(await reachOf('promote', 'staging', { stage: 'staging' })).toEqual(['staging']);
    expect(await reachOf('createRelease', 'staging')).toEqual(['staging']);
    expect(await reachOf('promote', 'developer', { stage: 'staging' })).toBeUndefined();
    expect(await reachOf('createRelease', 'developer')).toBeUndefined();
  });

  it('does not stop the release for all of them, nor freeze them', async () => {
    const count = changesSoFar();
    expect((await ask(named('cancelRelease'), 'staging')).status).toBe(403);
    expect((await ask(named('freeze'), 'staging')).status).toBe(403);
    expect(api.engine.changes).toHaveLength(count);
  });

  it('shows that environment and that application alone', async () => {
    const applications = await ask(named('listApplications'), 'staging');
    expect(applications.body).toEqual({ applications: [{ name: 'shop', environments: ['staging'] }] });
    const { environments } = (await ask(named('listEnvironments'), 'staging')).body as { environments: { application: string }[] };
    expect(environments.map(({ application }) => application)).toEqual(['shop']);
    expect((await ask(named('listReleases'), 'kiosk')).body).toMatchObject({ releases: [] });
  });
});

describe('a stranger to an application', () => {
  it('reads the same whether it exists or not', async () => {
    for (const operation of operations.filter(({ path }) => path.includes('{application}'))) {
      const there = await ask(operation, 'kiosk');
      const nowhere = await ask(operation, 'kiosk', { application: 'abcd' });
      expect([operation.id, there.status]).toEqual([operation.id, 403]);
      expect(String(nowhere.body.detail).replaceAll('abcd', 'shop')).toBe(there.body.detail);
      expect(there.text).not.toContain('the installation has');
    }
    for (const application of ['shop', 'abcd']) {
      expect((await ask(named('createRelease'), 'kiosk', {}, { application, commit: 'main' })).status).toBe(403);
    }
  });
});

/** What others decided and what is held back, all of it in production of shop. */
const KINDS = { unfreeze: 'freeze', unblock: 'block', unhold: 'hold', ratify: 'break-glass' } as const;
const [THERE, ENDED, NOWHERE] = ['0000000001', '0000000009', '0000000000'];

describe('a stranger to what was decided or is held back', () => {
  const [by, at, reason] = ['ana', '2026-03-02T09:00:00.000Z', 'the sale'];
  const production = { application: 'shop', environment: 'production' };
  const over = { reason: 'over' };
  const end = { ...over, run: 42 };

  beforeAll(() => {
    const decided = (kind: string) => ({ kind, id: `${kind}-${THERE}`, by, at, reason });
    const until = '2999-01-01T00:00:00.000Z';
    const glass = { release: 1, digests: [], skips: ['approval'], incident: 'INC-7', expiresAt: until, ratifyUntil: until };
    const all = [
      { ...decided('freeze'), scope: production, owner: by, from: at, until },
      { ...decided('block'), application: 'shop', release: 1 },
      { ...decided('hold'), ...production, release: 1 },
      { ...decided('break-glass'), ...production, ...glass },
    ] as unknown as readonly StandingDecision[];
    for (const decision of all) api.decisions.kept.set(decision.id, { decision });
    const repository = { id: 101, name: 'acme/shop' };
    api.engine.held = [{ repository, run: 42, environment: 'there', places: [production], since: at, waitsFor: 'a gate' }];
  });

  it('reads the same whether it is there or not, and also where it has ended', async () => {
    for (const { decision } of [...api.decisions.kept.values()]) {
      const id = `${decision.kind}-${ENDED}`;
      api.decisions.kept.set(id, { decision: { ...decision, id }, ended: { by, at, reason } });
    }
    for (const [id, kind] of Object.entries(KINDS)) {
      const nowhere = await ask(named(id), 'kiosk', { id: `${kind}-${NOWHERE}` }, over);
      for (const known of [THERE, ENDED]) {
        const answer = await ask(named(id), 'kiosk', { id: `${kind}-${known}` }, over);
        expect([id, answer.status, answer.body.detail]).toEqual([id, 404, String(nowhere.body.detail).replace(NOWHERE, known)]);
      }
    }
    const nowhere = await ask(named('endGuard'), 'kiosk', {}, { ...end, environment: 'nowhere' });
    const there = await ask(named('endGuard'), 'kiosk', {}, { ...end, environment: 'there' });
    expect([there.status, there.body.detail]).toEqual([404, String(nowhere.body.detail).replace('nowhere', 'there')]);
    expect([...api.decisions.kept].filter(([id, { ended }]) => id.endsWith(THERE) && ended !== undefined)).toEqual([]);
    expect(api.engine.changes).not.toContainEqual(expect.objectContaining({ method: 'endGuard' }));
  });

  it('is told that it may not, where it may look at it', async () => {
    for (const [id, kind] of Object.entries(KINDS))
      expect([id, (await ask(named(id), 'looking', { id: `${kind}-${THERE}` }, over)).status]).toEqual([id, 403]);
    expect((await ask(named('endGuard'), 'looking', {}, { ...end, environment: 'there' })).status).toBe(403);
  });
});

describe('the seam', () => {
  it('lets no server start with a route that names no permission', () => {
    const server = Fastify();
    server.addHook('onRoute', requirePermissionOfRoute);
    expect(() => server.get('/open', async () => 'everything')).toThrow('The route GET /open names no permission');
  });

  it('has a permission for every update that a workflow takes', () => {
    const updates = Object.values(messages).flatMap((message) =>
      typeof message === 'object' && message !== null && 'type' in message && message.type === 'update' ? [String(message.name)] : [],
    );
    expect(updates.length).toBeGreaterThan(5);
    expect(new Set(Object.keys(messages.PERMISSIONS_OF_UPDATES))).toEqual(new Set(updates));
    const named = operations.map(({ permission }) => permission);
    for (const permission of Object.values(messages.PERMISSIONS_OF_UPDATES)) expect(['message', ...named]).toContain(permission);
  });

  it('lets no person send what only a signed message may, whatever their role', () => {
    const byMessage = Object.entries(messages.PERMISSIONS_OF_UPDATES).flatMap(([name, by]) => (by === 'message' ? [name] : []));
    expect(byMessage).toEqual(['answerCheck']);
    expect(operations.filter(({ path }) => /\bchecks?\b/.test(path))).toEqual([]);
  });
});
