import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { deploymentWorkflowId, environmentWorkflowId } from '../../domain/workflow-ids.ts';
import { withdrawRequest } from '../../workflows/messages.ts';
import { until } from '../support/temporal.ts';
import { barrier, type Shop, stageOf, WorkflowLab } from '../support/workflow-lab.ts';
import { PRODUCTION_ALONE, terminal } from '../support/world/example.ts';

let lab: WorkflowLab;
let shop: Shop;

beforeAll(async () => {
  lab = await WorkflowLab.start('dev');
});
afterAll(() => lab.stop());
beforeEach(() => {
  shop = lab.application(PRODUCTION_ALONE);
});

const idle = (): Promise<unknown> =>
  until(
    () => shop.environment(),
    (environment) => environment.running === null && environment.queue.length === 0,
  );

describe('an environment', () => {
  it('deploys one release at a time and shows who waits behind whom', async () => {
    const slow = barrier();
    shop.world.held.set('switchHost production-1', slow.closed);
    await shop.approved(1);
    await shop.reached(1, 'production', 'running');
    await shop.approved(2);
    const waiting = await shop.reached(2, 'production', 'queued');
    expect(stageOf(waiting, 'production')).toMatchObject({ kind: 'queued', behind: 1 });
    const environment = await shop.environment();
    expect(environment.running).toMatchObject({ release: 1, kind: 'promotion' });
    expect(environment.queue).toMatchObject([{ release: 2, requestedBy: 'dev' }]);
    expect(shop.world.asked).not.toContain('prepareHost production-1 release 2');
    slow.open();
    expect((await shop.ended(1)).state).toBe('promoted');
  });

  it('asks for a new approval when the plan changed while the release waited in the queue', async () => {
    const slow = barrier();
    shop.world.held.set('switchHost production-1', slow.closed);
    await shop.approved(1);
    await shop.reached(1, 'production', 'running');
    await shop.approved(2);
    const before = await shop.reached(2, 'production', 'queued');
    expect(before.state).toBe('waiting');
    slow.open();
    await shop.ended(1);
    const again = await shop.reached(2, 'production', 'waiting');
    expect(stageOf(again, 'production')).toMatchObject({
      gates: [{ open: false, reason: expect.stringContaining('1 earlier vote no longer counts') }],
    });
    expect(shop.world.serving['production-1']?.release).toBe(1);
    await shop.vote(2, 'approve');
    expect((await shop.ended(2)).state).toBe('promoted');
  });

  it('drops a withdrawn release from the queue and tells it so', async () => {
    const slow = barrier();
    shop.world.held.set('switchHost production-1', slow.closed);
    await shop.approved(1);
    await shop.reached(1, 'production', 'running');
    await shop.approved(2);
    await shop.reached(2, 'production', 'queued');
    await shop.cancel(2);
    expect(stageOf(await shop.ended(2), 'production')).toMatchObject({ kind: 'cancelled', by: 'dev' });
    slow.open();
    await shop.ended(1);
    await idle();
    expect(shop.world.serving['production-1']?.release).toBe(1);
  });

  it('remembers everything when its workers are replaced', async () => {
    await shop.start(1);
    await shop.reached(1, 'production', 'waiting');
    await lab.restartWorkers();
    await shop.vote(1, 'approve');
    expect((await shop.ended(1)).state).toBe('promoted');
    expect((await shop.environment()).current?.release.number).toBe(1);
  });
});

describe('an environment whose history grows long', () => {
  it('goes on in a new run and has forgotten nothing', async () => {
    await shop.serves(1);
    const handle = lab.env.client.workflow.getHandle(environmentWorkflowId(shop.name, 'production'));
    const { runId } = await handle.describe();
    for (let chunk = 0; chunk < 11; chunk += 1) {
      await Promise.all(
        Array.from({ length: 100 }, (_, index) =>
          handle.signal(withdrawRequest, { requestId: `${chunk}-${index}`, person: 'dev', reason: '' }),
        ),
      );
      // All at once they can be more than a busy worker gets through in the time that it has for one task.
      await idle();
    }
    await until(
      () => handle.describe(),
      (run) => run.runId !== runId,
    );
    expect((await shop.environment()).current?.release.number).toBe(1);
    expect((await shop.promoted(2)).state).toBe('promoted');
    expect(await shop.rollback()).toMatchObject({ from: 2, to: 1 });
    expect((await shop.environment()).generation).toBe(3);
  });
});

describe('a rollback by hand', () => {
  it('returns to the last good release, or to an earlier one that is named', async () => {
    await shop.serves(1);
    await shop.promoted(2);
    await shop.promoted(3);
    expect(await shop.rollback()).toMatchObject({ from: 3, to: 2 });
    await until(
      () => shop.environment(),
      (environment) => environment.current?.release.number === 2,
    );
    expect(shop.world.serving['production-2']?.release).toBe(2);
    expect(await shop.rollback(1)).toMatchObject({ from: 2, to: 1 });
    await until(
      () => shop.environment(),
      (environment) => environment.current?.release.number === 1,
    );
    expect(shop.world.serving['production-1']?.release).toBe(1);
    expect((await shop.environment()).last).toMatchObject({ kind: 'rollback', person: 'rita', outcome: { kind: 'succeeded' } });
  });

  it('is refused with what can be reached when there is no such good release', async () => {
    await expect(shop.rollback()).rejects.toThrow('was ever deployed to production');
    await shop.serves(1);
    await expect(shop.rollback(7)).rejects.toThrow('Release 7 was never found good');
    await expect(shop.rollback(1)).rejects.toThrow('already runs release 1');
    await expect(shop.rollback()).rejects.toThrow('it has no earlier good release');
    expect((await shop.environment()).generation).toBe(1);
  });

  it('needs no approval and no ledger, and is recorded when the ledger is back', async () => {
    await shop.serves(1);
    await shop.promoted(2);
    const down = barrier();
    shop.world.held.set('appendEntry', down.closed);
    await shop.rollback(1);
    await until(
      async () => shop.world.serving['production-2']?.release,
      (release) => release === 1,
    );
    expect(shop.world.ledger.some((entry) => entry.action === 'rollback-requested')).toBe(false);
    down.open();
    await until(
      async () => shop.world.ledger.map((entry) => entry.action),
      (actions) =>
        actions.includes('rollback-requested') && actions.lastIndexOf('deployment-succeeded') > actions.indexOf('rollback-requested'),
    );
    // The one that went forward waited for a checkpoint too; this one never does.
    expect(shop.world.sealed).toEqual([expect.stringMatching(/\/production\/2\/started$/)]);
  });

  it('is made and recorded although nothing can be signed, which alone holds up what goes forward', async () => {
    await shop.serves(1);
    await shop.promoted(2);
    shop.world.failing.set('sealLedger', () => new Error('the key does not fit'));
    await shop.approved(3);
    const held = await until(
      () => shop.environment(),
      ({ running }) => running?.waitsFor === 'checkpoint',
    );
    expect(held.running).toMatchObject({ release: 3, kind: 'promotion' });
    // First out of the promotion that waits, and then from what runs.
    expect(await shop.rollback()).toMatchObject({ from: 3, to: 2 });
    expect(stageOf(await shop.ended(3), 'production')).toMatchObject({ kind: 'failed', reason: 'rita rolled back: customers complain' });
    expect(await shop.rollback()).toMatchObject({ from: 2, to: 1 });
    const done = await until(
      () => shop.environment(),
      ({ current, running }) => running === null && current?.release.number === 1,
    );
    expect(done.queue).toEqual([]);
    // The end of the promotion is recorded by its own release, maybe later.
    await until(
      async () => shop.world.ledger,
      (entries) =>
        entries.some(({ action, release }) => action === 'deployment-failed' && release === 3) &&
        entries.findLastIndex(({ action, release }) => action === 'deployment-succeeded' && release === 1) >
          entries.findLastIndex(({ action }) => action === 'rollback-requested'),
    );
    const ofThree = shop.world.ledger
      .filter(({ release, key }) => release === 3 && key.includes('/production/'))
      .map(({ action }) => action);
    expect(ofThree).toEqual(expect.arrayContaining(['deployment-started', 'deployment-failed']));
    expect(shop.world.askedOfHosts().filter((line) => line.endsWith('release 3'))).toEqual([]);
    expect(shop.world.sealed).toHaveLength(1);
  });

  it('stops a deployment that is under way, which then goes back by itself', async () => {
    await shop.serves(1);
    const slow = barrier();
    shop.world.held.set('switchHost production-1', slow.closed);
    await shop.approved(2);
    await until(
      async () => shop.world.asked,
      (asked) => asked.includes('switchHost production-1 release 2'),
    );
    expect(await shop.rollback()).toMatchObject({ from: 2, to: 1 });
    // The answer comes before the deployment hears of it.
    const stopped = lab.env.client.workflow.getHandle(deploymentWorkflowId(shop.name, 'production', 2));
    await until(
      async () => (await stopped.fetchHistory()).events ?? [],
      (events) => events.some((event) => event.workflowExecutionCancelRequestedEventAttributes),
    );
    slow.open();
    const status = await shop.ended(2);
    expect(stageOf(status, 'production')).toMatchObject({ kind: 'rolled-back', to: 1, reason: 'rita rolled back: customers complain' });
    expect(shop.world.serving['production-1']?.release).toBe(1);
    expect(shop.world.asked).not.toContain('switchHost production-2 release 2');
  });
});

describe('a deployment that is ended from outside', () => {
  it('is followed by a return to the last good release', async () => {
    await shop.serves(1);
    const slow = barrier();
    shop.world.held.set('switchHost production-2', slow.closed);
    await shop.approved(2);
    await until(
      async () => shop.world.asked,
      (asked) => asked.includes('switchHost production-2 release 2'),
    );
    await lab.env.client.workflow.getHandle(deploymentWorkflowId(shop.name, 'production', 2)).terminate('an operator');
    slow.open();
    expect((await shop.ended(2)).state).toBe('failed');
    await idle();
    expect(shop.world.serving['production-1']).toMatchObject({ release: 1, generation: 3 });
    expect(shop.world.serving['production-2']).toMatchObject({ release: 1, generation: 3 });
  });
});

describe('a rolled back deployment', () => {
  it('keeps trying to restore a host until it is done', async () => {
    await shop.serves(1);
    let attempts = 0;
    shop.world.failing.set('switchHost production-1 release 2', terminal('never healthy'));
    shop.world.failing.set('restoreHost production-1', () => {
      attempts += 1;
      if (attempts === 3) shop.world.failing.delete('restoreHost production-1');
      return new Error('production-1 does not answer');
    });
    const status = await shop.promoted(2);
    expect(status.state).toBe('rolled-back');
    expect(attempts).toBe(3);
    expect(shop.world.serving['production-1']?.release).toBe(1);
  });
});

describe('an environment whose own rules cannot be read', () => {
  it('fails the deployment without touching a host, and remembers what runs', async () => {
    await shop.serves(1);
    await shop.start(2);
    await shop.reached(2, 'production', 'waiting');
    shop.world.failing.set('readEnvironment production', terminal('tidegate.yaml has no environment production', 'UnknownEnvironment'));
    await shop.vote(2, 'approve');
    expect(stageOf(await shop.ended(2), 'production')).toMatchObject({
      kind: 'failed',
      reason: 'tidegate.yaml has no environment production',
    });
    shop.world.failing.clear();
    expect((await shop.environment()).current?.release.number).toBe(1);
    expect(shop.world.serving['production-1']?.release).toBe(1);
    expect((await shop.promoted(3)).state).toBe('promoted');
  });
});

describe('the retirement of old versions', () => {
  it('gives way to a rollback although a host does not answer', async () => {
    const { production } = shop.world.policies;
    if (production !== undefined) shop.world.policies = { ...shop.world.policies, production: { ...production, bakeMs: 1 } };
    const stuck = barrier();
    shop.world.held.set('retireHost production-1 keeps 2', stuck.closed);
    await shop.serves(1);
    await shop.promoted(2);
    await until(
      async () => shop.world.asked,
      (asked) => asked.includes('retireHost production-1 keeps 2'),
    );
    expect(await shop.rollback()).toMatchObject({ from: 2, to: 1 });
    stuck.open();
    await until(
      () => shop.environment(),
      (environment) => environment.current?.release.number === 1,
    );
  });
});

describe('a rollback that comes as the last host is done', () => {
  it('is not forgotten', async () => {
    await shop.serves(1);
    const slow = barrier();
    shop.world.held.set('switchHost production-2', slow.closed);
    await shop.approved(2);
    await until(
      async () => shop.world.asked,
      (asked) => asked.includes('switchHost production-2 release 2'),
    );
    const answer = shop.rollback();
    slow.open();
    expect(await answer).toMatchObject({ from: 2, to: 1 });
    await shop.ended(2);
    await until(
      () => shop.environment(),
      (environment) => environment.running === null && environment.queue.length === 0 && environment.current?.release.number === 1,
    );
    expect(shop.world.serving['production-1']?.release).toBe(1);
    expect(shop.world.serving['production-2']?.release).toBe(1);
  });
});
