import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DeploymentOutcome } from '../../domain/deployment.ts';
import type { EndedDeployment, EnvironmentStatus } from '../../domain/environment-status.ts';
import { until } from '../../lab/until.ts';
import { CompiledCli } from '../support/compiled-cli.ts';
import { emptyEnvironment } from '../support/fake-release-engine.ts';
import { goodRelease, shopRecord } from '../support/shop.ts';
import { type Desk, openDesk } from './desk.ts';

const OURS = 'deployment/shop/production/3';
const SUCCEEDED: DeploymentOutcome = {
  kind: 'succeeded',
  hosts: [{ host: 'p1', outcome: 'switched', detail: 'web serves release 1', digests: {} }],
};

function ended(outcome: DeploymentOutcome, kind: EndedDeployment['kind'] = 'rollback'): EndedDeployment {
  return { deployment: OURS, kind, release: 1, outcome, startedAt: '', endedAt: '', person: 'ana', reason: 'x' };
}

function production(more: Partial<EnvironmentStatus>): EnvironmentStatus {
  return { ...emptyEnvironment('shop', 'production'), generation: 3, ...more };
}

describe('rolling back', () => {
  let cli: CompiledCli;
  let desk: Desk;
  beforeAll(async () => {
    cli = await CompiledCli.compile();
  });
  afterAll(() => cli.remove());
  beforeEach(async () => {
    desk = await openDesk(cli, { applications: 'one' });
  });
  afterEach(() => desk.close());

  const set = (status: EnvironmentStatus) => desk.api.engine.environments.set('shop/production', status);
  const rollback = (...more: string[]) => ['rollback', 'shop', '--environment', 'production', '--reason', 'errors', ...more];

  it('waits until the release serves again, and shows host by host', async () => {
    const progress = { phase: 'switching', hosts: { p1: 'switching' } } as const;
    set(production({ running: { deployment: OURS, release: 1, kind: 'rollback', since: '', progress } }));
    const running = desk.start(rollback('--to', '1'));
    await until('the host to be shown', 60_000, async () => running.printed().includes('p1 switching'));
    set(production({ current: goodRelease(1), last: ended(SUCCEEDED) }));
    const { exitCode, stdout } = await running.ended;
    expect(exitCode).toBe(0);
    expect(stdout).toContain('shop in production returns from #2 to #1');
    expect(stdout).toContain('p1 switched: web serves release 1');
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('shop in production rolled back to #1');
    expect(desk.api.engine.changes).toMatchObject([{ method: 'rollback', message: { to: 1, reason: 'errors', person: 'ana' } }]);
  });

  it('is done for an alarm, about the release that is named, and shown with it afterwards', async () => {
    desk.api.register.put(shopRecord(2));
    const raised = await desk.run(['alarm', 'shop#2', '--environment', 'production', '--name', 'pager', '--reason', 'checkout fails']);
    expect(raised).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Alarm pager: shop in production returns from #2 to #1') });
    const message = { alarm: 'pager', release: 2, reason: 'checkout fails', person: 'ana' };
    expect(desk.api.engine.changes).toMatchObject([{ method: 'raiseAlarm', on: 'shop/production', message }]);
    const until2099 = '2099-01-01T00:00:00.000Z';
    const watched = { deployment: OURS, alarms: [{ name: 'checkout' }, { name: 'pager', raisedBy: ['ana'] }], until: until2099 };
    set(production({ current: goodRelease(1), watched }));
    expect((await desk.run(['status', 'shop'])).stdout).toContain('#1 bakes until 2099-01-01 00:00 UTC, watched by checkout, pager');
    const last = { ...ended(SUCCEEDED), endedAt: '2026-03-02T09:50:00.000Z', reason: 'Alarm pager: checkout fails', alarm: 'pager' };
    set(production({ current: goodRelease(1), last }));
    expect((await desk.run(['status', 'shop'])).stdout).toMatch(/rolled back to #1 .* ago: Alarm pager: checkout fails/);
  });

  it('is done when the promotion that it stopped went back', async () => {
    set(production({ current: goodRelease(1), last: ended({ kind: 'rolled-back', reason: 'ana rolled back', hosts: [] }, 'promotion') }));
    expect((await desk.run(rollback())).exitCode).toBe(0);
  });

  it.each<[string, EnvironmentStatus]>([
    [
      'the rollback was itself undone',
      production({ current: goodRelease(2), last: ended({ kind: 'rolled-back', reason: 'no space', hosts: [] }) }),
    ],
    ['it failed', production({ current: goodRelease(2), last: ended({ kind: 'failed', reason: 'p1 is gone', hosts: [] }) })],
    ['the promotion was quicker', production({ current: goodRelease(2), last: ended(SUCCEEDED, 'promotion') })],
  ])('ends with 1 when %s', async (_what, status) => {
    set(status);
    const answer = await desk.run(rollback('--json'));
    expect(answer.exitCode).toBe(1);
    expect(JSON.parse(answer.stdout)).toMatchObject({ to: 1, succeeded: false, detail: expect.stringContaining('it runs #2') });
  });

  it('knows its own success after something else was deployed', async () => {
    const later = { ...goodRelease(4), deployment: 'deployment/shop/production/4' };
    const ours = { ...goodRelease(1), deployment: OURS };
    set(production({ current: later, history: [ours], last: { ...ended(SUCCEEDED), deployment: 'deployment/shop/production/4' } }));
    const answer = await desk.run(rollback());
    expect(answer).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('has been changed since: it runs #4') });
  });

  it('returns at once where it shall not wait', async () => {
    const answer = await desk.run(rollback('--no-wait', '--json'));
    expect(answer.exitCode).toBe(0);
    expect(JSON.parse(answer.stdout)).toEqual({ deployment: OURS, from: 2, to: 1 });
  });

  it('says on Ctrl-C that it goes on', async () => {
    set(production({}));
    const running = desk.start(rollback());
    await until('the command to wait', 60_000, async () => running.printed().includes('returns from'));
    running.process.kill('SIGINT');
    expect(await running.ended).toMatchObject({ exitCode: 130, stderr: expect.stringContaining('goes on') });
  });
});
