import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import type { ReleaseStatus } from '../../domain/release.ts';
import { environmentWorkflowId, releaseWorkflowId } from '../../domain/workflow-ids.ts';
import type { ReleaseEngine } from '../../temporal/engine.ts';
import { createEnvironmentDesk } from '../../temporal/environment-desk.ts';
import { createTemporalEngine } from '../../temporal/temporal-engine.ts';
import { FakeWorld, recordOf, terminal } from '../support/fake-world.ts';
import { startTemporal, startWorkers, until, workflowBundle } from '../support/temporal.ts';

let env: TestWorkflowEnvironment;
let workers: Awaited<ReturnType<typeof startWorkers>>;
let engine: ReleaseEngine;
/** Activities look the world up by application, so that each test has one of its own. */
let world: FakeWorld;
let application = 'shop';
let tests = 0;

beforeAll(async () => {
  env = await startTemporal('dev');
  engine = createTemporalEngine(env.client, 'test');
  const names = Object.keys(new FakeWorld().activities());
  const lookup = Object.fromEntries(names.map((name) => [name, (input: unknown) => (world.activities() as Record<string, (input: unknown) => unknown>)[name]?.(input)]));
  workers = await startWorkers(env, lookup);
});
afterAll(async () => {
  await workers.stop();
  await env.teardown();
});
beforeEach(() => {
  tests += 1;
  application = `shop-${tests}`;
  world = new FakeWorld();
  world.pipeline = { ...world.pipeline, application };
  const desk = createEnvironmentDesk(env.client);
  world.desk = (request) => desk.request(request);
});

const start = async (number: number, more = {}): Promise<void> => engine.start(world.add(recordOf(number, { application, ...more })));
const stage = (status: ReleaseStatus, name: string) => status.stages.find((other) => other.name === name)?.state;
const reached = (number: number, name: string, kind: string): Promise<ReleaseStatus> =>
  until(() => engine.releaseStatus(application, number), (status) => stage(status, name)?.kind === kind);
const ended = (number: number): Promise<ReleaseStatus> => env.client.workflow.getHandle(releaseWorkflowId(application, number)).result();
const vote = (number: number, decision: 'approve' | 'reject', person = 'rita', more = {}) =>
  engine.vote(application, number, { stage: 'production', decision, person, comment: '', ...more }, `${person}-${Math.random()}`);

async function promoted(number: number): Promise<ReleaseStatus> {
  await start(number);
  await reached(number, 'production', 'waiting');
  await vote(number, 'approve');
  return ended(number);
}

describe('a release', () => {
  it('takes one digest through every stage, one host after the other, once approved', async () => {
    const status = await promoted(1);
    expect(status.state).toBe('promoted');
    const digests = status.stages.map((other) => (other.state.kind === 'passed' ? other.state.images['web']?.digest : other.state.kind));
    expect(new Set(digests).size).toBe(1);
    expect(world.asked).toContain(`runTests ${digests[0]}`);
    expect(Object.values(world.serving).map((serving) => serving.digest)).toEqual([digests[0], digests[0], digests[0]]);
    const asked = world.askedOfHosts();
    expect(asked.slice(0, 2)).toEqual(['prepareHost staging-1 release 1', 'switchHost staging-1 release 1']);
    expect(new Set(asked.slice(2, 4))).toEqual(new Set(['prepareHost production-1 release 1', 'prepareHost production-2 release 1']));
    expect(asked.slice(4)).toEqual(['switchHost production-1 release 1', 'switchHost production-2 release 1']);
  });

  it('tells GitHub of each stage, and never of success before it', async () => {
    await promoted(1);
    const production = world.statuses.filter((status) => status.context === 'tidegate/production').map((status) => status.state);
    expect(production.at(-1)).toBe('success');
    expect(production.slice(0, -1).every((state) => state === 'pending')).toBe(true);
    expect(world.statuses.map((status) => status.context)).toEqual(expect.arrayContaining(['tidegate/build', 'tidegate/test', 'tidegate/staging']));
  });

  it('touches production on no host before somebody approved', async () => {
    await start(1);
    await reached(1, 'production', 'waiting');
    expect(Object.keys(world.serving)).toEqual(['staging-1']);
    await vote(1, 'reject', 'rita', { comment: 'freeze' });
    expect(stage(await ended(1), 'production')).toMatchObject({ kind: 'rejected', by: 'rita', comment: 'freeze' });
    expect(Object.keys(world.serving)).toEqual(['staging-1']);
    expect(world.askedOfHosts().some((line) => line.includes('production'))).toBe(false);
  });

  it('takes no vote from its initiator, from a stranger, on another plan, or on a stage that does not wait', async () => {
    await start(1, { initiator: 'rita' });
    await reached(1, 'production', 'waiting');
    await expect(vote(1, 'approve', 'rita')).rejects.toThrow('rita started release 1 and cannot judge it; ask ron');
    await expect(vote(1, 'approve', 'eve')).rejects.toThrow('eve is no approver of stage production; ask ron');
    await expect(vote(1, 'approve', 'ron', { planHash: 'another' })).rejects.toThrow('not another; look at it and vote again');
    await expect(vote(1, 'approve', 'ron', { stage: 'test' })).rejects.toThrow('Stage test is passed and waits for no approval');
    await expect(vote(1, 'approve', 'ron', { stage: 'moon' })).rejects.toThrow('its stages are build, test, staging, production');
    expect(world.ledger.filter((entry) => entry.action === 'vote')).toEqual([]);
    await engine.cancel(application, 1, { person: 'dev', reason: 'done' }, 'cancel-1');
    expect(stage(await ended(1), 'production')).toMatchObject({ kind: 'cancelled', by: 'dev' });
  });

  it('goes no further when its tests fail, and says what they printed', async () => {
    world.testReport = { passed: false, exitCode: 3, timedOut: false, output: 'not ok 1 - adds up', digest: '', milliseconds: 9 };
    await start(1);
    const status = await ended(1);
    expect(stage(status, 'test')).toMatchObject({ kind: 'failed', reason: expect.stringContaining('not ok 1 - adds up') });
    expect(stage(status, 'staging')).toEqual({ kind: 'skipped', reason: 'test did not pass' });
    expect(status.state).toBe('failed');
    expect(world.askedOfHosts()).toEqual([]);
  });

  it('says why when the build fails, and tests nothing', async () => {
    world.failing.set('buildComponent web', terminal('web does not build: no such file', 'BuildFailed'));
    await start(1);
    const status = await ended(1);
    expect(stage(status, 'build')).toMatchObject({ kind: 'failed', reason: 'web does not build: no such file' });
    expect(world.asked.some((line) => line.startsWith('runTests'))).toBe(false);
  });

  it('ends with the reason when its pipeline cannot be read', async () => {
    world.failing.set('readPipeline', terminal('pipeline.yaml:3:1 stages: a cycle', 'PipelineInvalid'));
    await start(1);
    expect(await ended(1)).toMatchObject({ state: 'failed', fault: 'pipeline.yaml:3:1 stages: a cycle' });
  });

  it('writes each end of a stage to the ledger before GitHub is told of it', async () => {
    let release: () => void = () => undefined;
    world.held.set('appendEntry', new Promise((resolve) => {
      release = resolve;
    }));
    await start(1);
    await until(async () => world.asked, (asked) => asked.includes('appendEntry'));
    expect(world.statuses.filter((status) => status.state === 'success')).toEqual([]);
    release();
    await reached(1, 'production', 'waiting');
    expect(world.ledger.filter((entry) => entry.action === 'stage-passed').map((entry) => entry.stage)).toEqual(['build', 'test', 'staging']);
    await engine.cancel(application, 1, { person: 'dev', reason: 'done' }, 'cancel-ledger');
    await ended(1);
  });

  it('goes on while GitHub is down', async () => {
    let back: () => void = () => undefined;
    world.held.set('reportStatus', new Promise((resolve) => {
      back = resolve;
    }));
    await start(1);
    await reached(1, 'production', 'waiting');
    expect(world.serving['staging-1']?.release).toBe(1);
    expect(world.statuses).toEqual([]);
    back();
    await engine.cancel(application, 1, { person: 'dev', reason: 'done' }, 'cancel-github');
    await ended(1);
    expect(world.statuses.at(-1)).toMatchObject({ context: 'tidegate/production', state: 'error' });
  });

  it('leaves histories that replay', async () => {
    await promoted(1);
    const bundle = await workflowBundle();
    for (const id of [releaseWorkflowId(application, 1), environmentWorkflowId(application, 'production'), `deployment/${application}/production/1`]) {
      const history = await env.client.workflow.getHandle(id).fetchHistory();
      await expect(Worker.runReplayHistory({ workflowBundle: bundle }, history, id)).resolves.toBeUndefined();
    }
  });
});

describe('a deployment that fails', () => {
  it('returns every host that it touched to the last good release, and is no success', async () => {
    await promoted(1);
    world.failing.set('switchHost production-2 release 2', terminal('web answered 503 on production-2'));
    const status = await promoted(2);
    expect(status.state).toBe('rolled-back');
    expect(stage(status, 'production')).toMatchObject({ kind: 'rolled-back', to: 1, reason: 'web answered 503 on production-2' });
    expect(world.serving['production-1']?.release).toBe(1);
    expect(world.serving['production-2']?.release).toBe(1);
    expect(world.statuses.at(-1)).toMatchObject({ context: 'tidegate/production', state: 'failure', description: expect.stringContaining('Rolled back to release 1') });
    const environment = await engine.environmentStatus(application, 'production');
    expect(environment.current?.release.number).toBe(1);
    expect(environment.last?.outcome.kind).toBe('rolled-back');
  });

  it('stops nothing anywhere when one host cannot be prepared', async () => {
    await promoted(1);
    world.failing.set('prepareHost production-2 release 2', terminal('no space left on production-2', 'DiskFull'));
    const status = await promoted(2);
    expect(stage(status, 'production')).toMatchObject({ kind: 'failed', reason: 'no space left on production-2' });
    expect(world.askedOfHosts().filter((line) => line.startsWith('switchHost') && line.endsWith('release 2') && line.includes('production'))).toEqual([]);
    expect(world.serving['production-1']?.release).toBe(1);
  });

  it('switches no further host after the first that failed', async () => {
    await promoted(1);
    world.failing.set('switchHost production-1 release 2', terminal('never healthy'));
    await promoted(2);
    expect(world.asked).not.toContain('switchHost production-2 release 2');
  });
});

describe('a promotion by hand', () => {
  it('takes a release whose deployment was rolled back through that stage again', async () => {
    world.failing.set('switchHost production-1 release 1', terminal('never healthy'));
    expect((await promoted(1)).state).toBe('rolled-back');
    world.failing.clear();
    await engine.promote(world.add(recordOf(1, { application })), { stage: 'production', person: 'dev', reason: 'mended' }, 'again');
    await reached(1, 'production', 'waiting');
    await vote(1, 'approve');
    const status = await ended(1);
    expect(stage(status, 'production')?.kind).toBe('passed');
    expect(world.asked.filter((line) => line.startsWith('buildComponent'))).toHaveLength(1);
  });

  it('is refused while an earlier stage has not passed', async () => {
    await start(1);
    await reached(1, 'production', 'waiting');
    await expect(engine.promote(recordOf(1, { application }), { stage: 'production', person: 'dev', reason: '' }, 'too-early')).rejects.toThrow('Stage production is waiting already');
    await expect(engine.promote(recordOf(1, { application }), { stage: 'moon', person: 'dev', reason: '' }, 'no-stage')).rejects.toThrow('has no stage moon');
    await engine.cancel(application, 1, { person: 'dev', reason: 'done' }, 'cancel-hand');
    await ended(1);
  });
});
