import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Alarm } from '../../domain/alarm.ts';
import type { EnvironmentStatus } from '../../domain/environment-status.ts';
import { until } from '../support/temporal.ts';
import { type Shop, stageOf, WorkflowLab } from '../support/workflow-lab.ts';
import { PRODUCTION_ALONE, recordOf, terminal } from '../support/world/example.ts';

let lab: WorkflowLab;
let shop: Shop;

beforeAll(async () => {
  lab = await WorkflowLab.start('dev');
});
afterAll(() => lab.stop());
beforeEach(() => {
  shop = lab.application(PRODUCTION_ALONE);
  watchedBy(ALARMS);
});

const ALARMS: readonly Alarm[] = [
  { kind: 'http', name: 'checkout', url: 'https://shop.example/', status: 200, intervalMs: 1_000, timeoutMs: 500, failures: 3 },
  { kind: 'raised', name: 'pager', by: ['grafana'] },
  { kind: 'webhook', name: 'hook', header: 'authorization' },
];

const PROMOTE = { stage: 'production', person: 'dev', reason: '' };

function watchedBy(alarms: readonly Alarm[], bakeMs = 3_600_000): void {
  const production = shop.world.policy('production');
  shop.world.policies = { ...shop.world.policies, production: { ...production, bakeMs, alarms } };
}

/** The alarm that asks goes off, at once for whoever watches it now and for whoever begins to. */
function goesOff(): void {
  shop.world.alarmed.set('checkout', Promise.resolve('expected https://shop.example/ to answer 200, and it answers 503, 3 times in a row'));
}

const raise = (more: object = {}): Promise<unknown> =>
  lab.engine.raiseAlarm(
    shop.name,
    'production',
    { alarm: 'pager', person: 'grafana', reason: 'checkout fails', ...more },
    `alarm-${Math.random()}`,
  );
const ends = (is: (status: EnvironmentStatus) => boolean): Promise<EnvironmentStatus> => until(() => shop.environment(), is);
const runs = (): (number | undefined)[] => [1, 2].map((number) => shop.world.serving[`production-${number}`]?.release);
const watches = (): number => shop.world.asked.filter((line) => line === 'watchAlarm checkout').length;
const recordsOf = (action: string) => shop.world.ledger.filter((entry) => entry.action === action);

describe('a release that bakes', () => {
  it('is taken back when its alarm goes off, with the alarm in the status and in the ledger', async () => {
    await shop.serves(1);
    goesOff();
    await shop.promoted(2);
    const { last, watched } = await ends(({ current, running }) => current?.release.number === 1 && running === null);
    expect(last).toMatchObject({
      kind: 'rollback',
      release: 1,
      outcome: { kind: 'succeeded' },
      person: 'tidegate',
      alarm: 'checkout',
      reason: 'Alarm checkout: expected https://shop.example/ to answer 200, and it answers 503, 3 times in a row',
    });
    expect(runs()).toEqual([1, 1]);
    // The way back is not watched: it would lead further and further.
    expect(watched).toBeUndefined();
    expect(recordsOf('alarm-raised')).toMatchObject([
      { actor: 'tidegate', environment: 'production', release: 2, reason: expect.stringMatching(/^Alarm checkout: expected/) },
    ]);
    expect(recordsOf('rollback-requested')).toMatchObject([{ actor: 'tidegate', reason: expect.stringContaining('Alarm checkout') }]);
  });

  it('is taken back when somebody raises an alarm over it, once', async () => {
    await shop.serves(1);
    await shop.promoted(2);
    expect((await shop.environment()).watched?.alarms).toEqual([
      { name: 'checkout' },
      { name: 'pager', raisedBy: ['grafana'] },
      { name: 'hook' },
    ]);
    expect(await raise({ release: 2 })).toMatchObject({ from: 2, to: 1 });
    await ends(({ current, running }) => current?.release.number === 1 && running === null);
    expect((await shop.environment()).last).toMatchObject({ person: 'grafana', alarm: 'pager', reason: 'Alarm pager: checkout fails' });
    await expect(raise()).rejects.toThrow('Nothing bakes');
    expect(recordsOf('alarm-raised')).toHaveLength(1);
  });

  it('is taken back once when the message of a webhook arrives again and again, also at the same moment, and the next release by the next', async () => {
    const sent = { alarm: 'hook', person: 'tidegate', delivery: 'hook/1' };
    await shop.serves(1);
    await shop.promoted(2);
    const answers = await Promise.all([raise(sent), raise(sent)]);
    await ends(({ current, running }) => current?.release.number === 1 && running === null);
    expect(await raise(sent)).toEqual(answers[0]);
    expect(answers[1]).toEqual(answers[0]);
    expect(recordsOf('rollback-requested')).toHaveLength(1);
    expect((await shop.environment()).last).toMatchObject({ person: 'tidegate', alarm: 'hook', reason: 'Alarm hook: checkout fails' });
    await shop.promoted(3);
    expect(await raise(sent)).toMatchObject({ from: 3, to: 1 });
    await ends(({ current, running }) => current?.release.number === 1 && running === null);
    expect(recordsOf('alarm-raised').map(({ release }) => release)).toEqual([2, 3]);
  });

  it('refuses an alarm of somebody else, of another name, and over another release', async () => {
    await shop.serves(1);
    await shop.promoted(2);
    await expect(raise({ person: 'dev' })).rejects.toThrow('dev may not raise pager; ask grafana');
    await expect(raise({ alarm: 'checkout' })).rejects.toThrow('no alarm checkout that can be raised');
    await expect(raise({ release: 1 })).rejects.toThrow('runs release 2, and not release 1');
    expect(recordsOf('alarm-raised')).toEqual([]);
    expect(runs()).toEqual([2, 2]);
  });

  it('passed no more when it was taken back: its ended release says so, and so do GitHub, the ledger, and whoever promotes it again', async () => {
    await shop.promoted(1);
    expect((await shop.promoted(2)).state).toBe('promoted');
    await raise();
    const status = await shop.reached(2, 'production', 'rolled-back');
    expect(stageOf(status, 'production')).toMatchObject({ to: 1, reason: 'Alarm pager: checkout fails', hosts: [{}, {}] });
    expect(status.state).toBe('rolled-back');
    expect(status.stages.map(({ state }) => state.kind)).toEqual([...Array(status.stages.length - 1).fill('passed'), 'rolled-back']);
    await shop.ended(2);
    expect(shop.world.statuses.at(-1)).toMatchObject({
      context: 'tidegate/production',
      state: 'failure',
      description: 'Rolled back to release 1: Alarm pager: checkout fails',
    });
    expect(recordsOf('stage-taken-back')).toMatchObject([{ actor: 'grafana', release: 2, stage: 'production' }]);
    // The release that serves again is none the worse.
    expect((await shop.status(1)).state).toBe('promoted');
  });

  it('passed no more either where its pipeline cannot be read by then: the record is there, and the pass is gone', async () => {
    await shop.serves(1);
    expect((await shop.promoted(2)).state).toBe('promoted');
    shop.world.failing.set('readPipeline', terminal('the repository is gone'));
    await raise();
    await until(
      async () => recordsOf('stage-taken-back'),
      (records) => records.length > 0,
    );
    expect(recordsOf('stage-taken-back')).toMatchObject([{ actor: 'grafana', release: 2, stage: 'production' }]);
    await ends(({ current, running }) => current?.release.number === 1 && running === null);
  });

  it('stops what waits for it: a release that was bad in staging does not go on to production', async () => {
    shop = lab.application();
    const staging = shop.world.policy('staging');
    shop.world.policies = { ...shop.world.policies, staging: { ...staging, alarms: ALARMS } };
    await shop.promoted(1);
    await shop.start(2);
    await shop.reached(2, 'production', 'waiting');
    await lab.engine.raiseAlarm(shop.name, 'staging', { alarm: 'pager', person: 'grafana', reason: 'slow' }, 'alarm-in-staging');
    const status = await shop.ended(2);
    expect(stageOf(status, 'staging')).toMatchObject({ kind: 'rolled-back', to: 1, reason: 'Alarm pager: slow' });
    expect(stageOf(status, 'production')).toMatchObject({ kind: 'cancelled', by: 'tidegate', reason: 'staging was rolled back' });
    expect(status.state).toBe('rolled-back');
    await lab.engine.promote(recordOf(2, { application: shop.name }), PROMOTE, 'past-staging');
    const again = await shop.ended(2);
    expect(again).toMatchObject({ state: 'failed', fault: 'Stage production needs staging to pass first' });
    expect(runs()).toEqual([1, 1]);
  });

  it('is watched from the beginning by new workers, and by nobody while the next one is deployed', async () => {
    await shop.promoted(1);
    await until(
      async () => watches(),
      (count) => count === 1,
    );
    await lab.restartWorkers();
    await until(
      async () => watches(),
      (count) => count === 2,
    );
    shop.world.failing.set('switchHost production-2 release 2', terminal('web never got healthy'));
    expect(stageOf(await shop.promoted(2), 'production')?.kind).toBe('rolled-back');
    // What failed leaves the watch over what serves as it was.
    await until(
      async () => watches(),
      (count) => count === 3,
    );
    expect((await shop.environment()).watched?.deployment).toBe(`deployment/${shop.name}/production/1`);
  });

  it('is watched until its bake time ends, and not beyond', async () => {
    watchedBy(ALARMS, 1_500);
    await shop.serves(1);
    await shop.promoted(2);
    await until(
      async () => shop.world.asked.filter((line) => /^retireHost .* keeps 2$/.test(line)).length,
      (count) => count >= 2,
    );
    await expect(raise()).rejects.toThrow('Nothing bakes');
    expect(runs()).toEqual([2, 2]);
  });

  it('stays where nothing ran before, and the environment says so', async () => {
    goesOff();
    await shop.promoted(1);
    const { last } = await ends((status) => status.last?.warning !== undefined);
    expect(last).toMatchObject({
      kind: 'promotion',
      outcome: { kind: 'succeeded' },
      warning: expect.stringMatching(/^Alarm checkout: expected .* It does not go back by itself: /),
    });
    expect(runs()).toEqual([1, 1]);
    expect(recordsOf('alarm-raised')).toHaveLength(1);
    expect(watches()).toBe(1);
  });

  it('is shown with its alarms to whoever approves it, whose yes counts for no others', async () => {
    await shop.start(1);
    const state = stageOf(await shop.reached(1, 'production', 'waiting'), 'production');
    const plan = state?.kind === 'waiting' ? state.plan : undefined;
    expect(plan?.alarms).toEqual([
      'checkout: https://shop.example/ answers 200 within 500ms, asked every 1s; back after 3 wrong in a row',
      'pager, raised by grafana',
      'hook, raised by a webhook with authorization',
    ]);
    watchedBy([]);
    await shop.vote(1, 'approve');
    const again = stageOf(
      await until(
        () => shop.status(1),
        (status) => JSON.stringify(status).includes('no longer counts'),
      ),
      'production',
    );
    expect(again?.kind === 'waiting' ? again.plan.alarms : undefined).toBeUndefined();
    await shop.cancel(1);
  });
});
