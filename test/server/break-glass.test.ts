import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { GateReport } from '../../domain/gates/report.ts';
import type { StageState } from '../../domain/release.ts';
import type { BreakGlass } from '../../domain/standing.ts';
import { type ApiUnderTest, startApi, TOKENS } from '../support/api-under-test.ts';
import { digestOf, PASSED, shopRecord, shopStatus, WAITING } from '../support/shop.ts';
import { call } from './call.ts';

const PENDING = { kind: 'pending' } as const;
const PLACE = '/applications/shop/environments/production';
const IDS = { approval: 'environment/approval', window: 'pipeline/window', trust: 'environment/trust/signed' } as const;
const gate = (kind: keyof typeof IDS): GateReport => ({ kind, id: IDS[kind], open: false, reason: 'closed', openedBy: [] });
const waiting = (kinds: readonly (keyof typeof IDS)[]) => ({ ...WAITING, gates: kinds.map(gate) }) as StageState;
const WISH = { release: 2, skips: ['environment/approval', 'pipeline/window'], incident: 'INC-7', reason: 'nobody can pay' };

describe('breaking the glass', () => {
  let api: ApiUnderTest;
  beforeEach(async () => {
    api = await startApi();
    for (const number of [1, 2]) api.register.put(shopRecord(number));
    api.engine.put(shopStatus(2, { build: PASSED, test: PASSED, staging: PASSED, production: waiting(['approval', 'window', 'trust']) }));
    api.engine.explained = { kind: 'explained', gates: [], needs: {} };
  });
  afterEach(() => api.stop());

  const post = (path: string, body: object, token: string = TOKENS.ana) =>
    call(`${api.url}/api/v1${path}`, { body, token, headers: { 'idempotency-key': 'k' } });

  it('is asked in the name of whose token it is, for what the release consists of', async () => {
    const answer = await post(`${PLACE}/break-glass`, { ...WISH, skips: [...WISH.skips, 'environment/approval'] });
    expect(answer.status).toBe(200);
    const status = await api.engine.releaseStatus('shop', 2);
    const digests = Object.values(status.images).map(({ digest }) => digest);
    expect(digests.length).toBeGreaterThan(0);
    expect(answer.body).toMatchObject({ ...WISH, kind: 'break-glass', by: 'ana', digests, consequence: 'freeze' });
    await post(`${PLACE}/break-glass`, { ...WISH, skips: [...WISH.skips, 'environment/approval'] });
    const ids = api.engine.changes.map(({ requestId }) => requestId);
    expect(new Set(ids).size).toBe(1);
  });

  it.each<[string, object, number]>([
    ['names no gate', { skips: [] }, 422],
    ['skips what cannot be skipped', { skips: ['environment/trust/signed'] }, 422],
    ['skips a block', { skips: ['block-0123456789'] }, 422],
    ['names a kind of gates', { skips: ['approval'] }, 422],
    ['names a gate of another environment', { skips: ['environment/soak/lab'] }, 422],
    ['has no incident', { incident: ' ' }, 422],
    ['has no reason', { reason: '' }, 422],
    ['names its own person', { by: 'mira' }, 422],
    ['is for a release that is not there', { release: 9 }, 404],
    ['is for a release without a workflow', { release: 1 }, 404],
  ])('is refused when it %s', async (_what, more, status) => {
    expect((await post(`${PLACE}/break-glass`, { ...WISH, ...more })).status).toBe(status);
    expect(api.engine.changes).toEqual([]);
  });

  it('asks for the pipeline where it names what the release does not wait at, and refuses an unknown name with those that there are', async () => {
    api.engine.explained = { kind: 'failed', reason: 'git does not answer' };
    expect((await post(`${PLACE}/break-glass`, { ...WISH, skips: ['pipeline/soak/staging'] })).status).toBe(503);
    const soak = { kind: 'soak', id: 'pipeline/soak/staging', open: false, reason: '', openedBy: [] } as const;
    const stages = [
      { stage: 'production', environment: 'production', gates: [soak, gate('approval')] },
      { stage: 'staging', environment: 'staging', gates: [{ ...soak, id: 'environment/soak/lab' }] },
    ];
    api.engine.explained = { kind: 'explained', gates: stages, needs: {} };
    const freeze = { kind: 'freeze', id: 'freeze-1', scope: {}, owner: 'mira', from: '2098-01-01T00:00:00.000Z' } as const;
    const until = '2099-01-01T00:00:00.000Z';
    api.decisions.kept.set('freeze-1', { decision: { ...freeze, until, reason: 'x', by: 'mira', at: '2026-03-02T09:30:00.000Z' } });
    const unknown = await post(`${PLACE}/break-glass`, { ...WISH, skips: ['environment/approval', 'environment/soak/lab'] });
    expect(unknown).toMatchObject({ status: 422, body: { detail: '"environment/soak/lab" is no gate of shop#2 in production' } });
    expect(JSON.stringify(unknown.body)).toContain(
      'these can be skipped: environment/approval, pipeline/window, freeze-1, pipeline/soak/staging',
    );
    const trust = await post(`${PLACE}/break-glass`, { ...WISH, skips: ['environment/trust/signed'] });
    expect(trust.body).toMatchObject({ detail: '"environment/trust/signed" is a gate that nobody goes past' });
    expect(api.engine.changes).toEqual([]);
    const skips = ['pipeline/soak/staging', 'freeze-1'];
    expect(await post(`${PLACE}/break-glass`, { ...WISH, skips })).toMatchObject({ status: 200, body: { skips } });
  });

  it('is refused for a release that is not built yet, and in an environment that is not there', async () => {
    api.engine.put(
      shopStatus(2, { build: { kind: 'running', since: '', detail: 'Building' }, test: PENDING, staging: PENDING, production: PENDING }),
    );
    expect((await post(`${PLACE}/break-glass`, WISH)).status).toBe(422);
    expect((await post('/applications/shop/environments/moon/break-glass', WISH)).status).toBe(404);
    expect(api.engine.changes).toEqual([]);
  });

  const glass = (more: Partial<BreakGlass> = {}): BreakGlass => ({
    kind: 'break-glass',
    id: 'break-glass-1a2b3c4d5e',
    ...{
      application: 'shop',
      environment: 'production',
      release: 2,
      digests: [digestOf('a')],
      skips: ['environment/approval'],
      incident: 'INC-7',
    },
    ...{ expiresAt: '2099-01-01T00:00:00.000Z', ratifyBy: '2099-01-01T00:00:00.000Z', consequence: 'freeze', reason: 'x', by: 'ana' },
    at: '2026-03-02T09:30:00.000Z',
    ...more,
  });
  const ratify = (token: string) => post('/break-glass/break-glass-1a2b3c4d5e/ratification', { reason: 'seen' }, token);

  it('is ratified by a second person, and not by who broke it', async () => {
    api.decisions.kept.set(glass().id, { decision: glass() });
    api.engine.glasses.set(glass().id, glass());
    expect(await ratify(TOKENS.ana)).toMatchObject({
      status: 403,
      body: { detail: 'ana broke the glass and cannot ratify it; a second person can' },
    });
    expect(api.engine.changes).toEqual([]);
    expect((await ratify(TOKENS.mira)).body).toMatchObject({ ratified: { by: 'mira' } });
    expect(api.engine.changes).toMatchObject([{ method: 'ratifyGlass', on: glass().id, message: { person: 'mira', reason: 'seen' } }]);
  });

  it('is ratified once, and not after its consequence', async () => {
    expect((await ratify(TOKENS.mira)).status).toBe(404);
    api.decisions.kept.set(glass().id, { decision: glass({ ratified: { by: 'mira', at: '2026-03-02T10:00:00.000Z' } }) });
    expect((await ratify(TOKENS.mira)).status).toBe(200);
    api.decisions.kept.set(glass().id, { decision: glass({ ratified: { by: 'bo', at: '2026-03-02T10:00:00.000Z' } }) });
    expect((await ratify(TOKENS.mira)).status).toBe(409);
    const ended = { by: 'tidegate', at: '2026-03-03T09:30:00.000Z', reason: 'not ratified: freeze' };
    api.decisions.kept.set(glass().id, { decision: glass(), ended });
    expect(await ratify(TOKENS.mira)).toMatchObject({ status: 409, body: { detail: expect.stringContaining('not ratified: freeze') } });
    expect(api.engine.changes).toEqual([]);
  });
});

describe('rolling back to what is blocked', () => {
  let api: ApiUnderTest;
  beforeEach(async () => {
    api = await startApi();
    const block = { kind: 'block', id: 'block-1', application: 'shop', release: 1, reason: 'loses orders', by: 'mira', at: '' } as const;
    api.decisions.kept.set(block.id, { decision: block });
  });
  afterEach(() => api.stop());

  const rollback = async (more: object = {}) => {
    await call(`${api.url}/api/v1${PLACE}/rollback`, { body: { reason: 'errors', ...more } });
    return api.engine.changes.at(-1)?.message;
  };

  it('is for the environment to refuse, which is told of the blocks, unless the person goes past them', async () => {
    expect(await rollback()).toMatchObject({ person: 'ana', blocks: [{ release: 1, reason: 'loses orders' }] });
    const past = await rollback({ pastBlock: true });
    expect(past).toMatchObject({ person: 'ana', reason: 'errors' });
    expect(past).not.toHaveProperty('blocks');
    expect(past).not.toHaveProperty('pastBlock');
  });

  it('never waits for a ledger that cannot be read', async () => {
    api.decisions.failure = new Error('the disk is full');
    expect(await rollback()).not.toHaveProperty('blocks');
    expect(api.logged).toHaveLength(1);
  });
});
