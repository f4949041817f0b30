import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Worker } from '@temporalio/worker';
import { promotionKey } from '../../domain/ledger.ts';
import { deploymentWorkflowId, environmentWorkflowId, releaseWorkflowId } from '../../domain/workflow-ids.ts';
import { until } from '../support/temporal.ts';
import { workflowBundle } from '../support/workflow-bundle.ts';
import { barrier, type Shop, stageOf, WorkflowLab } from '../support/workflow-lab.ts';
import { digestOf, recordOf, terminal } from '../support/world/example.ts';

let lab: WorkflowLab;
let shop: Shop;

beforeAll(async () => {
  lab = await WorkflowLab.start('dev');
});
afterAll(() => lab.stop());
beforeEach(() => {
  shop = lab.application();
});

describe('a release', () => {
  it('takes one digest through every stage, one host after the other, once approved', async () => {
    const status = await shop.promoted(1);
    expect(status.state).toBe('promoted');
    const digests = status.stages.map((other) => (other.state.kind === 'passed' ? other.state.images.web?.digest : other.state.kind));
    expect(new Set(digests).size).toBe(1);
    expect(shop.world.asked).toContain(`runTests ${digests[0]}`);
    expect(Object.values(shop.world.serving).map((serving) => serving.digest)).toEqual([digests[0], digests[0], digests[0]]);
    const asked = shop.world.askedOfHosts();
    expect(asked.slice(0, 2)).toEqual(['prepareHost staging-1 release 1', 'switchHost staging-1 release 1']);
    expect(new Set(asked.slice(2, 4))).toEqual(new Set(['prepareHost production-1 release 1', 'prepareHost production-2 release 1']));
    expect(asked.slice(4)).toEqual(['switchHost production-1 release 1', 'switchHost production-2 release 1']);
  });

  it('tells GitHub of each stage, and never of success before it', async () => {
    await shop.promoted(1);
    const production = shop.world.statuses.filter((status) => status.context === 'tidegate/production').map((status) => status.state);
    expect(production.at(-1)).toBe('success');
    expect(production.slice(0, -1).every((state) => state === 'pending')).toBe(true);
    expect(shop.world.statuses.map((status) => status.context)).toEqual(
      expect.arrayContaining(['tidegate/build', 'tidegate/test', 'tidegate/staging']),
    );
  });

  it('touches production on no host before somebody approved', async () => {
    await shop.start(1);
    await shop.reached(1, 'production', 'waiting');
    expect(Object.keys(shop.world.serving)).toEqual(['staging-1']);
    await shop.vote(1, 'reject', 'rita', { comment: 'freeze' });
    expect(stageOf(await shop.ended(1), 'production')).toMatchObject({ kind: 'rejected', by: 'rita', comment: 'freeze' });
    expect(Object.keys(shop.world.serving)).toEqual(['staging-1']);
    expect(shop.world.askedOfHosts().some((line) => line.includes('production'))).toBe(false);
  });

  it('takes no vote from its initiator, from a stranger, on another plan, or on a stage that does not wait', async () => {
    await shop.start(1, { initiator: 'rita' });
    await shop.reached(1, 'production', 'waiting');
    await expect(shop.vote(1, 'approve', 'rita')).rejects.toThrow('rita started release 1 and cannot judge it; ask ron');
    const message = expect.stringContaining('eve is no approver of stage production; ask ron');
    await expect(shop.vote(1, 'approve', 'eve')).rejects.toMatchObject({ message, isOfPerson: true });
    await expect(shop.vote(1, 'approve', 'ron', { planHash: 'another' })).rejects.toThrow('not another; look at it and vote again');
    await expect(shop.vote(1, 'approve', 'ron', { stage: 'test' })).rejects.toThrow('Stage test is passed and waits for no approval');
    await expect(shop.vote(1, 'approve', 'ron', { stage: 'moon' })).rejects.toThrow('its stages are build, test, staging, production');
    expect(shop.world.ledger.filter((entry) => entry.action === 'vote')).toEqual([]);
    await shop.cancel(1);
    expect(stageOf(await shop.ended(1), 'production')).toMatchObject({ kind: 'cancelled', by: 'dev' });
  });

  it('goes no further when its tests fail, and says what they printed', async () => {
    shop.world.testReport = { passed: false, exitCode: 3, timedOut: false, output: 'not ok 1 - adds up', digest: '', milliseconds: 9 };
    await shop.start(1);
    const status = await shop.ended(1);
    expect(stageOf(status, 'test')).toMatchObject({ kind: 'failed', reason: expect.stringContaining('not ok 1 - adds up') });
    expect(stageOf(status, 'staging')).toEqual({ kind: 'skipped', reason: 'test did not pass' });
    expect(status.state).toBe('failed');
    expect(shop.world.askedOfHosts()).toEqual([]);
  });

  it('says why when the build fails, and tests nothing', async () => {
    shop.world.failing.set('buildComponent web', terminal('web does not build: no such file', 'BuildFailed'));
    await shop.start(1);
    const status = await shop.ended(1);
    expect(stageOf(status, 'build')).toMatchObject({ kind: 'failed', reason: 'web does not build: no such file' });
    expect(shop.world.asked.some((line) => line.startsWith('runTests'))).toBe(false);
  });

  it('ends with the reason when its pipeline cannot be read', async () => {
    shop.world.failing.set('readPipeline', terminal('pipeline.yaml:3:1 stages: a cycle', 'PipelineInvalid'));
    await shop.start(1);
    expect(await shop.ended(1)).toMatchObject({ state: 'failed', fault: 'pipeline.yaml:3:1 stages: a cycle' });
  });

  it('writes each end of a stage to the ledger before GitHub is told of it', async () => {
    const down = barrier();
    shop.world.held.set('appendEntry', down.closed);
    await shop.start(1);
    await until(
      async () => shop.world.asked,
      (asked) => asked.includes('appendEntry'),
    );
    expect(shop.world.statuses.filter((status) => status.state === 'success')).toEqual([]);
    down.open();
    await shop.reached(1, 'production', 'waiting');
    expect(shop.world.ledger.filter((entry) => entry.action === 'stage-passed').map((entry) => entry.stage)).toEqual([
      'build',
      'test',
      'staging',
    ]);
    await shop.cancel(1);
    await shop.ended(1);
  });

  it('goes on while GitHub is down', async () => {
    const down = barrier();
    shop.world.held.set('reportStatus', down.closed);
    await shop.start(1);
    await shop.reached(1, 'production', 'waiting');
    expect(shop.world.serving['staging-1']?.release).toBe(1);
    expect(shop.world.statuses).toEqual([]);
    down.open();
    await shop.cancel(1);
    await shop.ended(1);
    expect(shop.world.statuses.at(-1)).toMatchObject({ context: 'tidegate/production', state: 'error' });
  });

  it('leaves histories that replay, and in which every activity would be missed within seconds', async () => {
    await shop.promoted(1);
    const bundle = await workflowBundle();
    for (const id of [
      releaseWorkflowId(shop.name, 1),
      environmentWorkflowId(shop.name, 'production'),
      deploymentWorkflowId(shop.name, 'production', 1),
    ]) {
      const history = await lab.env.client.workflow.getHandle(id).fetchHistory();
      await expect(Worker.runReplayHistory({ workflowBundle: bundle }, history, id)).resolves.toBeUndefined();
      // Without, the death of its worker would be noticed only when its time is over: minutes.
      const scheduled = (history.events ?? []).flatMap(({ activityTaskScheduledEventAttributes: activity }) => activity ?? []);
      expect(scheduled.length).toBeGreaterThan(0);
      const silent = scheduled.filter(({ heartbeatTimeout }) => !(Number(heartbeatTimeout?.seconds ?? 0) in { 1: 0, 2: 0, 3: 0 }));
      expect(silent.map(({ activityType }) => activityType?.name)).toEqual([]);
    }
  });
});

describe('images that are given', () => {
  it('are neither built again nor replaced', async () => {
    const given = { repository: 'registry.test/shop/web', digest: digestOf('given') };
    await shop.start(1, { images: { web: given } });
    const status = await shop.reached(1, 'staging', 'passed');
    expect(status.images.web).toEqual(given);
    expect(shop.world.serving['staging-1']?.digest).toBe(given.digest);
    expect(shop.world.asked.some((line) => line.startsWith('buildComponent'))).toBe(false);
    await shop.reached(1, 'production', 'waiting');
    await shop.cancel(1);
    await shop.ended(1);
  });
});

describe('a deployment that fails', () => {
  it('returns every host that it touched to the last good release, and is no success', async () => {
    await shop.serves(1);
    shop.world.failing.set('switchHost production-2 release 2', terminal('web answered 503 on production-2'));
    const status = await shop.promoted(2);
    expect(status.state).toBe('rolled-back');
    expect(stageOf(status, 'production')).toMatchObject({ kind: 'rolled-back', to: 1, reason: 'web answered 503 on production-2' });
    expect(shop.world.serving['production-1']?.release).toBe(1);
    expect(shop.world.serving['production-2']?.release).toBe(1);
    expect(shop.world.statuses.at(-1)).toMatchObject({
      context: 'tidegate/production',
      state: 'failure',
      description: expect.stringContaining('Rolled back to release 1'),
    });
    const environment = await shop.environment();
    expect(environment.current?.release.number).toBe(1);
    expect(environment.last?.outcome.kind).toBe('rolled-back');
  });

  it('stops nothing anywhere when one host cannot be prepared', async () => {
    await shop.serves(1);
    shop.world.failing.set('prepareHost production-2 release 2', terminal('no space left on production-2', 'DiskFull'));
    const status = await shop.promoted(2);
    expect(stageOf(status, 'production')).toMatchObject({ kind: 'failed', reason: 'no space left on production-2' });
    expect(
      shop.world
        .askedOfHosts()
        .filter((line) => line.startsWith('switchHost') && line.endsWith('release 2') && line.includes('production')),
    ).toEqual([]);
    expect(shop.world.serving['production-1']?.release).toBe(1);
  });

  it('switches no further host after the first that failed', async () => {
    await shop.serves(1);
    shop.world.failing.set('switchHost production-1 release 2', terminal('never healthy'));
    await shop.promoted(2);
    expect(shop.world.asked).not.toContain('switchHost production-2 release 2');
  });
});

describe('a release that somebody else sets off as well', () => {
  const sam = { person: 'sam', environments: ['staging'] };

  it('counts their vote no more, also one that was given before, and goes no further by itself than they may take it', async () => {
    const { approval } = shop.world.policy('production');
    if (approval === undefined) throw new Error('production needs an approval');
    const two = { ...approval, approvers: ['rita', 'ron', 'sam'], count: 2 };
    shop.world.policies = { ...shop.world.policies, production: { ...shop.world.policy('production'), approval: two } };
    await shop.start(1);
    const { release: record } = await shop.reached(1, 'production', 'waiting');
    await shop.vote(1, 'approve', 'sam');
    expect(await lab.engine.start(record)).toBe(false);
    await lab.engine.startedToo(record, { person: 'sam' });
    await shop.vote(1, 'approve', 'rita');
    const gates = async () => {
      const state = stageOf(await shop.status(1), 'production');
      return state?.kind === 'waiting' ? state.gates.map(({ reason }) => reason) : [];
    };
    expect(await until(gates, ([reason = '']) => reason.startsWith('Waiting for 1 of 2'))).toHaveLength(1);
    await expect(shop.vote(1, 'approve', 'sam')).rejects.toThrow('sam started release 1 and cannot judge it');
    await lab.engine.startedToo(record, sam);
    await lab.engine.startedToo(record, sam);
    const [reach] = await until(gates, (reasons) => reasons.length === 2);
    expect(reach).toContain('sam brought it this far, and not to production');
    await shop.vote(1, 'approve', 'ron');
    expect(await gates()).toEqual([reach, 'Approved by rita, ron']);
    expect(shop.world.askedOfHosts().some((line) => line.includes('production'))).toBe(false);
    await shop.cancel(1);
    await shop.ended(1);
    await expect(lab.engine.startedToo(record, { person: 'ron' })).resolves.toBeUndefined();
  });

  it('knows them from its start, and by the ledger whichever run of it asks', async () => {
    const entry = { application: shop.name, release: 1, reason: '', at: '2026-01-01T00:00:00.000Z' };
    shop.world.ledger.push({ key: 'ron too', action: 'release-started-too', actor: 'ron', ...entry });
    const record = shop.world.add(recordOf(1, { application: shop.name }));
    expect(await lab.engine.start(record, [{ person: 'dev' }, { ...sam, isUnproved: true }, { person: 'rita' }])).toBe(true);
    const status = await shop.reached(1, 'production', 'waiting');
    const state = stageOf(status, 'production');
    expect(state?.kind === 'waiting' && state.gates.map(({ kind, reason }) => [kind, reason])).toEqual([
      ['promotion', expect.stringContaining('Nothing but a delivery says that sam set it off')],
      ['approval', expect.stringContaining('Waiting for 1 of 1')],
    ]);
    await expect(shop.vote(1, 'approve', 'ron')).rejects.toThrow('ron started release 1');
    await expect(shop.vote(1, 'approve', 'rita')).rejects.toThrow('rita started release 1');
    await shop.cancel(1);
    await shop.ended(1);
  });
});

describe('a promotion by hand', () => {
  it('is recorded with who asked, and leaves its approval to somebody else', async () => {
    shop.world.failing.set('switchHost production-1 release 1', terminal('never healthy'));
    await shop.promoted(1);
    shop.world.failing.clear();
    const message = { stage: 'production', person: 'rita', reason: 'mended' };
    await lab.engine.promote(recordOf(1, { application: shop.name }), message, 'by-rita');
    await shop.reached(1, 'production', 'waiting');
    expect(shop.world.ledger).toContainEqual(expect.objectContaining({ action: 'promotion-requested', actor: 'rita', reason: 'mended' }));
    await expect(shop.vote(1, 'approve', 'rita')).rejects.toThrow('cannot judge it; ask ron');
    await shop.vote(1, 'approve', 'ron');
    expect((await shop.ended(1)).state).toBe('promoted');
    expect(shop.world.ledger.filter((entry) => entry.action === 'deployment-started').at(-1)).toMatchObject({ actor: 'rita' });
  });

  it('takes a request once, however often it is repeated, and whichever run of the release took it', async () => {
    shop.world.failing.set('switchHost production-1 release 1', terminal('never healthy'));
    await shop.promoted(1);
    const request = `${shop.name}-once`;
    const ask = () =>
      lab.engine.promote(recordOf(1, { application: shop.name }), { stage: 'production', person: 'dev', reason: '' }, request);
    await Promise.all([ask(), ask()]);
    await shop.reached(1, 'production', 'waiting');
    await ask();
    const asked = shop.world.ledger.filter(({ action }) => action === 'promotion-requested');
    expect(asked.map(({ key }) => key)).toEqual([promotionKey(shop.name, 1, request)]);
    await shop.cancel(1);
    await shop.ended(1);
  });

  it('asks nobody twice: of two at once, one is refused and the release goes on', async () => {
    shop.world.testReport = { ...shop.world.testReport, passed: false, exitCode: 1 };
    const slow = barrier();
    shop.world.held.set('reportStatus', slow.closed);
    await shop.start(1);
    await shop.reached(1, 'test', 'failed');
    shop.world.testReport = { ...shop.world.testReport, passed: true, exitCode: 0 };
    // The stage takes until both have asked.
    const testing = barrier();
    shop.world.held.set(`runTests ${digestOf('web-1')}`, testing.closed);
    const asked = ['dev', 'ron'].map((person) =>
      lab.engine.promote(recordOf(1, { application: shop.name }), { stage: 'test', person, reason: '' }, `at-once-${person}`),
    );
    const answers = await Promise.allSettled(asked);
    expect(answers.filter((answer) => answer.status === 'fulfilled')).toHaveLength(1);
    testing.open();
    slow.open();
    await shop.reached(1, 'production', 'waiting');
    await shop.cancel(1);
    await shop.ended(1);
  });

  it('takes a release whose deployment was rolled back through that stage again', async () => {
    shop.world.failing.set('switchHost production-1 release 1', terminal('never healthy'));
    expect((await shop.promoted(1)).state).toBe('rolled-back');
    shop.world.failing.clear();
    await lab.engine.promote(
      shop.world.add(recordOf(1, { application: shop.name })),
      { stage: 'production', person: 'dev', reason: 'mended' },
      'again',
    );
    await shop.reached(1, 'production', 'waiting');
    await shop.vote(1, 'approve');
    const status = await shop.ended(1);
    expect(stageOf(status, 'production')?.kind).toBe('passed');
    expect(shop.world.asked.filter((line) => line.startsWith('buildComponent'))).toHaveLength(1);
  });

  it('is refused while an earlier stage has not passed', async () => {
    await shop.start(1);
    await shop.reached(1, 'production', 'waiting');
    await expect(
      lab.engine.promote(recordOf(1, { application: shop.name }), { stage: 'production', person: 'dev', reason: '' }, 'too-early'),
    ).rejects.toThrow('Stage production is waiting already');
    await expect(
      lab.engine.promote(recordOf(1, { application: shop.name }), { stage: 'moon', person: 'dev', reason: '' }, 'no-stage'),
    ).rejects.toThrow('has no stage moon');
    await shop.cancel(1);
    await shop.ended(1);
  });
});
