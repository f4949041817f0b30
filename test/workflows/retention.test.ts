import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import type { RetentionReport } from '../../domain/retention-report.ts';
import type { RetentionOrder, RetentionStatus } from '../../domain/retention-run.ts';
import { RETENTION_WORKFLOW_ID } from '../../domain/workflow-ids.ts';
import { createRetentionDesk, type RetentionDesk } from '../../temporal/retention-desk.ts';
import type { retention } from '../../workflows/retention.ts';
import type { FakeWorld } from '../support/fake-world.ts';
import { until } from '../support/temporal.ts';
import { barrier, WorkflowLab } from '../support/workflow-lab.ts';
import { digestOf, terminal } from '../support/world/example.ts';

const [WEB, WORKER, TOOLS] = ['registry.test/shop/web', 'registry.test/shop/worker', 'registry.test/tools/mail'] as const;

let lab: WorkflowLab;
let desk: RetentionDesk;
let world: FakeWorld;
let requests = 0;

beforeAll(async () => {
  lab = await WorkflowLab.start('time-skipping');
  desk = createRetentionDesk(lab.env.client, 'the test server');
});
afterAll(() => lab.stop());
beforeEach(() => {
  world = lab.application().world;
  for (const repository of [WEB, WORKER, TOOLS]) world.libraries.set(repository, reportOf(repository));
});

function reportOf(repository: string): RetentionReport {
  const rows = [{ tag: 'old', digest: digestOf('old'), outcome: 'deleted', reasons: ['older than 30 days'] }] as const;
  return { repository, planHash: `plan of ${repository}`, counts: { kept: 2, deleted: 1, stays: 0 }, rows, leftOut: 2 };
}

const done = (repository: string) => {
  const { rows: _, ...rest } = reportOf(repository);
  return { kind: 'done', ...rest };
};

function start(order: Partial<RetentionOrder> = {}): Promise<string> {
  requests += 1;
  return desk.start({ apply: false, actor: 'rita', ...order }, `request-${requests}`);
}

const ended = (run: string): Promise<RetentionStatus> =>
  until(
    () => desk.status(run),
    ({ state }) => state !== 'running',
  );

describe('a run of retention', () => {
  it('looks at every repository that rules are for, and has nothing deleted', async () => {
    const run = await start();
    expect(await ended(run)).toEqual({ apply: false, actor: 'rita', state: 'done', repositories: [WEB, WORKER, TOOLS].map(done) });
    expect(await desk.rows(run, WEB)).toEqual(reportOf(WEB).rows);
    expect(await desk.rows(run, 'registry.test/other')).toEqual([]);
    expect(world.tidied).toEqual([]);
  });

  it('tidies those that are named, one after the other, for the person and with the plans that were confirmed', async () => {
    const run = await start({ apply: true, repositories: [WORKER, WEB], planHashes: { [WORKER]: 'seen too', [WEB]: 'seen' } });
    expect((await ended(run)).state).toBe('done');
    const id = run.slice('apply-'.length);
    expect(world.tidied).toEqual([
      { repository: WORKER, run: { id, actor: 'rita' }, detail: 1_000_000, planHash: 'seen too' },
      { repository: WEB, run: { id, actor: 'rita' }, detail: 1_000_000, planHash: 'seen' },
    ]);
    expect(world.asked).not.toContain('listRetentionRepositories');
  });

  it('deletes nothing of a repository that nobody confirmed beside others that somebody did', async () => {
    const status = await ended(await start({ apply: true, repositories: [WORKER, WEB], planHashes: { [WEB]: 'seen' } }));
    expect(status).toMatchObject({
      state: 'failed',
      repositories: [
        { kind: 'failed', repository: WORKER, reason: expect.stringContaining('is not among what was confirmed') },
        { kind: 'done' },
      ],
    });
    expect(world.tidied.map(({ repository }) => repository)).toEqual([WEB]);
  });

  it('goes on with the others when one of them fails, and has failed then', async () => {
    world.failing.set(`applyRetention ${WORKER}`, terminal('Registry does not delete', 'DeletionUnsupported'));
    const status = await ended(await start({ apply: true }));
    expect(status).toMatchObject({
      state: 'failed',
      repositories: [{ kind: 'done' }, { kind: 'failed', repository: WORKER, reason: 'Registry does not delete' }, { kind: 'done' }],
    });
  });

  it('tries again what may pass, and then says what it was', async () => {
    let attempts = 0;
    world.failing.set(`applyRetention ${WEB}`, () => {
      attempts += 1;
      return ApplicationFailure.retryable('production cannot be read', 'ProtectionUnreadable');
    });
    await start({ apply: true, repositories: [WEB] });
    // Who waits for a result lets time pass.
    const status = await lab.env.client.workflow.getHandle<typeof retention>(RETENTION_WORKFLOW_ID).result();
    expect(attempts).toBe(8);
    expect(status.repositories).toEqual([{ kind: 'failed', repository: WEB, reason: 'production cannot be read' }]);
  });

  it('that cannot find its repositories says why', async () => {
    world.failing.set('listRetentionRepositories', terminal('the installation file cannot be read', 'ProtectionUnclear'));
    expect(await ended(await start())).toMatchObject({ state: 'failed', fault: 'the installation file cannot be read', repositories: [] });
  });

  it('stops in the middle when it is told to, and begins no further repository', async () => {
    const held = barrier();
    world.held.set(`applyRetention ${WEB}`, held.closed);
    const run = await start({ apply: true });
    await until(
      async () => world.tidied.length,
      (count) => count === 1,
    );
    await desk.stop(run);
    const status = await ended(run);
    expect(status.state).toBe('cancelled');
    expect(status.repositories.map(({ kind }) => kind)).toEqual(['stopped', 'stopped', 'stopped']);
    expect(world.tidied.map(({ repository }) => repository)).toEqual([WEB]);
    held.open();
  });

  it('that deletes lets no other one delete meanwhile, finds itself when it is asked for twice, and holds up nobody who looks', async () => {
    const held = barrier();
    world.held.set(`applyRetention ${WEB}`, held.closed);
    const run = await desk.start({ apply: true, actor: 'rita', repositories: [WEB] }, 'one request');
    expect(await desk.start({ apply: true, actor: 'rita', repositories: [WEB] }, 'one request')).toBe(run);
    await expect(start({ apply: true })).rejects.toThrow(/Retention has been under way since .* \(run apply-/);
    expect((await ended(await start())).state).toBe('done');
    held.open();
    expect((await ended(run)).state).toBe('done');
    expect((await ended(await start({ apply: true, repositories: [WEB] }))).state).toBe('done');
  });

  it('that nobody started is not found', async () => {
    await expect(desk.status('apply-1')).rejects.toMatchObject({ name: 'NotFound' });
    await expect(desk.status('look-00000000-0000-0000-0000-000000000000')).rejects.toMatchObject({ name: 'NotFound' });
  });
});

describe('housekeeping', () => {
  const keepHouse = () =>
    lab.env.client.workflow.execute('housekeeping', {
      workflowId: `housekeeping-${Math.random()}`,
      taskQueue: 'tidegate',
      args: [{ duties: [{ kind: 'retention' }] }],
    });

  it('tidies every repository in the name of Tidegate', async () => {
    expect(await keepHouse()).toEqual([{ duty: 'retention', outcome: 'done', detail: 'done: 3 deleted in 3 repositories' }]);
    expect(world.tidied.map(({ repository, run }) => [repository, run.actor])).toEqual(
      [WEB, WORKER, TOOLS].map((one) => [one, 'tidegate']),
    );
  });

  it('fails, for operators to see, when a repository could not be tidied', async () => {
    world.failing.set(`applyRetention ${WEB}`, terminal('no room', 'RegistryRefused'));
    await expect(keepHouse()).rejects.toMatchObject({
      cause: { message: expect.stringMatching(/^retention: failed: 2 deleted in 3 repositories; .*shop\/web: no room$/) },
    });
    expect(world.tidied).toHaveLength(3);
  });

  it('leaves it to whoever is at it already', async () => {
    const held = barrier();
    world.held.set(`applyRetention ${WEB}`, held.closed);
    const run = await start({ apply: true, repositories: [WEB] });
    await until(
      async () => world.tidied.length,
      (count) => count === 1,
    );
    expect(await keepHouse()).toMatchObject([{ outcome: 'skipped' }]);
    held.open();
    await ended(run);
    expect(world.tidied).toHaveLength(1);
  });
});
