import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DeploymentOutcome } from '../../domain/deployment.ts';
import type { EndedDeployment, EnvironmentStatus } from '../../domain/environment-status.ts';
import { until } from '../../lab/until.ts';
import { CompiledCli } from '../support/compiled-cli.ts';
import { emptyEnvironment } from '../support/fake-release-engine.ts';
import { goodRelease, WAITING_PLAN } from '../support/shop.ts';
import { type Desk, openDesk } from './desk.ts';

const SUCCEEDED: DeploymentOutcome = {
  kind: 'succeeded',
  hosts: [{ host: 'p2', outcome: 'switched', detail: 'web replaced', digests: {} }],
};

function ended(outcome: DeploymentOutcome): EndedDeployment {
  const at = '2026-01-01T00:00:00.000Z';
  return {
    deployment: 'd/3',
    kind: 'host',
    release: 2,
    outcome,
    startedAt: at,
    endedAt: at,
    person: 'ana',
    reason: '',
    requestId: 'request-1',
  };
}

function production(more: Partial<EnvironmentStatus>): EnvironmentStatus {
  return { ...emptyEnvironment('shop', 'production'), current: goodRelease(2), generation: 3, ...more };
}

describe('deploying to one host', () => {
  let cli: CompiledCli;
  let desk: Desk;
  beforeAll(async () => {
    cli = await CompiledCli.compile();
  });
  afterAll(() => cli.remove());
  beforeEach(async () => {
    desk = await openDesk(cli, { applications: 'one' });
    desk.api.engine.hostPreviews.set('p2', { kind: 'planned', release: 2, plan: WAITING_PLAN });
  });
  afterEach(() => desk.close());

  const set = (status: EnvironmentStatus) => desk.api.engine.environments.set('shop/production', status);
  const deploy = (...more: string[]) => ['deploy', 'shop', '--environment', 'production', '--host', 'p2', ...more];

  it('shows the plan, waits for the turn of the host, and follows it to its end', async () => {
    desk.api.engine.hostAnswer = { requestId: 'request-1', release: 2, behind: [3] };
    set(production({ queue: [{ requestId: 'request-1', release: 2, since: '2026-01-01T00:00:00.000Z', requestedBy: 'ana' }] }));
    const running = desk.start(deploy('--reason', 'new machine'));
    await until('the command to wait', 60_000, async () => running.printed().includes('after #3'));
    set(production({ last: ended(SUCCEEDED) }));
    const { exitCode, stdout } = await running.ended;
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/p2 to shop#2, which production runs[\s\S]*plan plan-7[\s\S]*p2 is brought to #2, after #3/);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('p2 runs #2');
    expect(desk.api.engine.changes).toMatchObject([
      { method: 'bringHost', on: 'shop/production', message: { host: 'p2', planHash: 'plan-7', reason: 'new machine', person: 'ana' } },
    ]);
  });

  it.each<[string, DeploymentOutcome, string]>([
    ['it failed', { kind: 'rolled-back', reason: 'no space', hosts: [] }, 'p2 was not brought to #2: no space'],
    ['its plan changed', { kind: 'plan-changed', planHash: 'other' }, 'p2 was left as it is'],
  ])('ends with 1 when %s', async (_what, outcome, sentence) => {
    set(production({ last: ended(outcome) }));
    const answer = await desk.run(deploy('--json'));
    expect(answer.exitCode).toBe(1);
    expect(JSON.parse(answer.stdout)).toMatchObject({
      host: 'p2',
      release: 2,
      succeeded: false,
      detail: expect.stringContaining(sentence),
    });
  });

  it('changes nothing where only the plan is asked for', async () => {
    const { exitCode, stdout } = await desk.run(deploy('--plan-only', '--json'));
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ application: 'shop', host: 'p2', release: 2, plan: { hash: 'plan-7' } });
    expect(desk.api.engine.changes).toEqual([]);
  });

  it('names the hosts there are to one that is not there', async () => {
    const answer = await desk.run(['deploy', '--environment', 'production', '--host', 'p9']);
    expect(answer).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/production has no host "p9"[\s\S]*there are p2/) });
  });

  it('says that there is nothing to bring a host to where nothing runs', async () => {
    desk.api.engine.hostPreviews.set('p2', { kind: 'nothing-runs' });
    const answer = await desk.run(deploy());
    expect(answer).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('nothing to bring p2 to') });
  });
});
