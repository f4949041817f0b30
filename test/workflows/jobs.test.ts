import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Job } from '../../domain/job.ts';
import type { ReleaseStatus } from '../../domain/release.ts';
import { until } from '../support/temporal.ts';
import { barrier, type Shop, stageOf, WorkflowLab } from '../support/workflow-lab.ts';
import { PRODUCTION_ALONE, terminal } from '../support/world/example.ts';

const MIGRATE: Job = { name: 'migrate', component: 'web', when: 'pre-deploy', command: ['up'], environment: {}, timeoutMs: 60_000 };
const WITH_DOWN: Job = { ...MIGRATE, down: ['down'] };
const FORWARD_ONLY: Job = { ...MIGRATE, forwardOnly: true };
const WARM: Job = { name: 'warm', component: 'web', when: 'post-deploy', command: ['warm'], environment: {}, timeoutMs: 60_000 };

let lab: WorkflowLab;

beforeAll(async () => {
  lab = await WorkflowLab.start('dev');
});
afterAll(() => lab.stop());

function shopWith(...jobs: readonly Job[]): Shop {
  const shop = lab.application(PRODUCTION_ALONE);
  shop.world.pipeline = { ...shop.world.pipeline, jobs };
  return shop;
}

/** What was asked of the hosts of production, in order. */
function inProduction({ world }: Shop): string[] {
  return world.askedOfHosts().filter((line) => line.includes('production-'));
}

const jobsIn = (shop: Shop) => inProduction(shop).filter((line) => line.startsWith('runJob'));
const actions = ({ world }: Shop) =>
  world.ledger.filter(({ environment, action }) => environment === 'production' && action.startsWith('job-'));

/** A release whose switch fails on the second host. */
async function failedSwitch(shop: Shop, number: number) {
  shop.world.failing.set(`switchHost production-2 release ${number}`, terminal('web answered 503'));
  return shop.promoted(number);
}

/** What a deployment of a release asks people, once it does. */
async function asked(shop: Shop, number: number) {
  const status = await until(
    () => shop.status(number),
    (seen) => {
      const state = stageOf(seen, 'production');
      return state?.kind === 'running' && (state.progress?.questions ?? []).length > 0;
    },
  );
  const state = stageOf(status, 'production');
  const [question] = (state?.kind === 'running' && state.progress?.questions) || [];
  return { question, deployment: state?.kind === 'running' ? (state.deployment ?? '') : '' };
}

function isAtJob(status: ReleaseStatus): boolean {
  const state = stageOf(status, 'production');
  return state?.kind !== 'running' || state.progress?.job !== undefined;
}

/** Resolves when an environment runs a release and nothing is under way. */
function settled(shop: Shop, number: number) {
  return until(
    () => shop.environment(),
    ({ current, running }) => current?.release.number === number && running === null,
  );
}

/** Hosts of production that suffer one failure; the first has no label, so that it is changed last. */
function zoned(shop: Shop): void {
  const { policies, pipeline } = shop.world;
  const hosts = [
    { name: 'production-1', site: 'default' },
    { name: 'production-2', site: 'default', labels: { zone: 'north' } },
  ];
  shop.world.policies = { ...policies, production: { ...shop.world.policy('production'), hosts } };
  const strategy = { kind: 'rolling', batch: 1, orderBy: 'zone', stopAfterFailures: 2 } as const;
  const stages = pipeline.stages.map((stage) => (stage.kind === 'deploy' && stage.name === 'production' ? { ...stage, strategy } : stage));
  shop.world.pipeline = { ...pipeline, stages };
}

describe('the jobs of a release', () => {
  it('run on one host, when all is prepared and nothing is switched, and when it serves everywhere', async () => {
    const shop = shopWith(WITH_DOWN, WARM);
    await shop.promoted(1);
    expect(
      inProduction(shop)
        .slice(0, 2)
        .every((line) => line.startsWith('prepareHost')),
    ).toBe(true);
    expect(inProduction(shop).slice(2)).toEqual([
      'runJob migrate up of 1 on production-1',
      'switchHost production-1 release 1',
      'switchHost production-2 release 1',
      'runJob warm up of 1 on production-1',
    ]);
    const state = stageOf(await shop.status(1), 'production');
    expect(state).toMatchObject({
      kind: 'passed',
      jobs: [
        { job: 'migrate', outcome: 'done' },
        { job: 'warm', outcome: 'done' },
      ],
    });
    expect(actions(shop).map(({ action, release }) => [action, release])).toEqual([
      ['job-done', 1],
      ['job-done', 1],
    ]);
  });

  it('are in the plan that people approve', async () => {
    const shop = shopWith(FORWARD_ONLY);
    await shop.start(1);
    const status = await shop.reached(1, 'production', 'waiting');
    const state = stageOf(status, 'production');
    expect(state?.kind === 'waiting' && state.plan.jobs).toEqual([
      expect.objectContaining({ job: 'migrate', host: 'production-1', command: ['up'], isDone: false, undo: 'forward-only' }),
    ]);
    await shop.cancel(1);
  });

  it('run on the host that the plan names, or on another where that one is left out', async () => {
    const shop = shopWith(WITH_DOWN);
    zoned(shop);
    await shop.start(1);
    const state = stageOf(await shop.reached(1, 'production', 'waiting'), 'production');
    expect(state?.kind === 'waiting' && state.plan.jobs).toMatchObject([{ job: 'migrate', host: 'production-2' }]);
    await shop.vote(1, 'approve');
    await shop.ended(1);
    shop.world.failing.set('prepareHost production-2 release 2', terminal('no space'));
    await shop.promoted(2);
    expect(jobsIn(shop)).toEqual(['runJob migrate up of 1 on production-2', 'runJob migrate up of 2 on production-1']);
  });

  it('whose end nobody heard fail the deployment before the switch, and say so', async () => {
    const shop = shopWith(WITH_DOWN);
    await shop.serves(1);
    shop.world.failing.set('runJob migrate up of 2 on production-1', terminal('the host is gone'));
    const status = await shop.promoted(2);
    expect(stageOf(status, 'production')).toMatchObject({
      kind: 'failed',
      reason: 'What migrate of release 2 did on production-1 is not known: the host is gone',
      jobs: [{ job: 'migrate', outcome: 'unknown' }],
    });
    expect(actions(shop).map(({ action }) => action)).toEqual(['job-failed']);
    expect(inProduction(shop).some((line) => line.startsWith('switchHost') && line.endsWith('release 2'))).toBe(false);
  });

  it('that fail end the deployment before anything was switched, and say why', async () => {
    const shop = shopWith(WITH_DOWN);
    await shop.serves(1);
    shop.world.exitCodes.set('runJob migrate up of 2 on production-1', 7);
    const status = await shop.promoted(2);
    expect(stageOf(status, 'production')).toMatchObject({ kind: 'failed', reason: 'migrate ended with exit code 7' });
    expect(inProduction(shop).filter((line) => /^(switchHost|runJob).*2( |$)/.test(line) && line.includes('release 2'))).toEqual([]);
    expect(jobsIn(shop)).toEqual(['runJob migrate up of 2 on production-1']);
    expect(actions(shop).map(({ action }) => action)).toEqual(['job-failed']);
  });

  it('never run twice for a release that is taken through again', async () => {
    const shop = shopWith(FORWARD_ONLY);
    await shop.promoted(1);
    await lab.engine.promote(
      shop.world.records.get(`${shop.name}/1`) ?? raise(),
      { stage: 'production', person: 'dev', reason: 'again' },
      'again',
    );
    const waiting = await shop.reached(1, 'production', 'waiting');
    const state = stageOf(waiting, 'production');
    expect(state?.kind === 'waiting' && state.plan.jobs?.[0]).toMatchObject({ job: 'migrate', isDone: true });
    await shop.vote(1, 'approve');
    await shop.ended(1);
    expect(jobsIn(shop)).toEqual(['runJob migrate up of 1 on production-1']);
  });

  it('run once more where somebody asks for it by name: planned, recorded, and not undone by a way back, as the version before lives with it', async () => {
    const shop = shopWith(WITH_DOWN);
    await shop.promoted(1);
    const record = shop.world.records.get(`${shop.name}/1`) ?? raise();
    const again = (job: string, request: string) =>
      lab.engine.promote(record, { stage: 'production', person: 'dev', reason: 'late rows', runAgain: [job] }, request);
    await again('migrate', 'again');
    const state = stageOf(await shop.reached(1, 'production', 'waiting'), 'production');
    expect(state?.kind === 'waiting' && state.plan.jobs).toMatchObject([{ job: 'migrate', isDone: false }]);
    await shop.vote(1, 'approve');
    expect((await shop.ended(1)).state).toBe('promoted');
    expect(jobsIn(shop)).toEqual(Array(2).fill('runJob migrate up of 1 on production-1'));
    expect(actions(shop).map(({ action }) => action)).toEqual(['job-done', 'job-done']);
    expect(shop.world.ledger.filter(({ action }) => action === 'promotion-requested')).toMatchObject([
      { actor: 'dev', reason: 'late rows; runs again: migrate' },
    ]);
    shop.world.failing.set('switchHost production-2 release 1', terminal('web answered 503'));
    await again('migrate', 'once more');
    await shop.reached(1, 'production', 'waiting');
    await shop.vote(1, 'approve');
    expect(stageOf(await shop.ended(1), 'production')).toMatchObject({ kind: 'rolled-back', jobs: [{ direction: 'up', outcome: 'done' }] });
    expect(jobsIn(shop)).toEqual(Array(3).fill('runJob migrate up of 1 on production-1'));
    expect(await again('warm', 'unknown').then(() => shop.ended(1))).toMatchObject({
      fault: `${shop.name} has no job warm; its jobs are migrate`,
    });
  });

  it('stop when the release is cancelled, and nobody says what they did', async () => {
    const shop = shopWith(WITH_DOWN);
    const held = barrier();
    shop.world.held.set('runJob migrate up of 1 on production-1', held.closed);
    await shop.approved(1);
    await until(
      () => Promise.resolve(jobsIn(shop)),
      (asked) => asked.length === 1,
    );
    await shop.cancel(1);
    const status = await shop.ended(1);
    held.open();
    expect(stageOf(status, 'production')).toMatchObject({ kind: 'cancelled' });
    expect((await shop.environment()).last?.outcome).toMatchObject({ jobs: [{ job: 'migrate', outcome: 'unknown' }] });
    expect(inProduction(shop).some((line) => line.startsWith('switchHost'))).toBe(false);
  });
});

describe('a way back', () => {
  it('undoes what the deployment did, when the version before serves again', async () => {
    const shop = shopWith(WITH_DOWN);
    await shop.serves(1);
    const status = await failedSwitch(shop, 2);
    expect(stageOf(status, 'production')).toMatchObject({
      kind: 'rolled-back',
      jobs: [{ direction: 'up' }, { direction: 'down', outcome: 'done' }],
    });
    expect(inProduction(shop).slice(-3)).toEqual([
      expect.stringContaining('restoreHost'),
      expect.stringContaining('restoreHost'),
      'runJob migrate down of 2 on production-1',
    ]);
    expect(actions(shop).map(({ action }) => action)).toEqual(['job-done', 'job-undone']);
  });

  it('runs on the host on which the job ran, and never on one that was left out', async () => {
    const shop = shopWith(WITH_DOWN);
    zoned(shop);
    await shop.serves(1);
    shop.world.failing.set('prepareHost production-1 release 2', terminal('no space'));
    shop.world.failing.set('switchHost production-2 release 2', terminal('web answered 503'));
    expect(stageOf(await shop.promoted(2), 'production')).toMatchObject({ kind: 'rolled-back' });
    expect(jobsIn(shop)).toEqual(['runJob migrate up of 2 on production-2', 'runJob migrate down of 2 on production-2']);
  });

  it('does not wait for the ledger, whether the job failed or was stopped after it', async () => {
    const shop = shopWith(WITH_DOWN);
    await shop.serves(1);
    for (const [number, exitCode] of [
      [2, 7],
      [3, 0],
    ] as const) {
      const job = barrier();
      const ledger = barrier();
      const up = `runJob migrate up of ${number} on production-1`;
      shop.world.exitCodes.set(up, exitCode);
      shop.world.held.set(up, job.closed);
      await shop.approved(number);
      const seen = (line: string) => () => Promise.resolve(inProduction(shop).includes(line));
      await until(seen(up), (isThere) => isThere);
      shop.world.held.set('appendEntry', ledger.closed);
      job.open();
      if (exitCode === 0) {
        await until(
          () => shop.status(number),
          (status) => !isAtJob(status),
        );
        await shop.rollback(1);
      }
      await until(seen(`restoreHost production-2 release ${number}`), (isThere) => isThere);
      const down = `runJob migrate down of ${number} on production-1`;
      if (exitCode === 0) await until(seen(down), (isThere) => isThere);
      shop.world.held.delete('appendEntry');
      ledger.open();
      await shop.ended(number);
      expect(inProduction(shop).includes(down)).toBe(exitCode === 0);
    }
  });

  it('says what could not be undone', async () => {
    const shop = shopWith(WITH_DOWN);
    await shop.serves(1);
    shop.world.exitCodes.set('runJob migrate down of 2 on production-1', 1);
    const status = await failedSwitch(shop, 2);
    const state = stageOf(status, 'production');
    expect(state?.kind === 'rolled-back' && state.reason).toContain('migrate ended with exit code 1');
    expect(state).toMatchObject({ jobs: [{ direction: 'up' }, { direction: 'down', outcome: 'failed' }] });
  });

  it('does not go past a forward-only job by itself: a person is asked about the host that failed', async () => {
    const shop = shopWith(FORWARD_ONLY);
    await shop.serves(1);
    shop.world.failing.set('switchHost production-2 release 2', terminal('web answered 503'));
    await shop.approved(2);
    const { question, deployment } = await asked(shop, 2);
    expect(question).toMatchObject({ host: 'production-2', reason: expect.stringContaining('A forward-only job has run') });
    expect(inProduction(shop).some((line) => line.startsWith('restoreHost'))).toBe(false);
    await lab.engine.decideHost(
      deployment,
      { host: 'production-2', question: question?.id ?? '', answer: 'roll-back', person: 'rita', reason: 'seen' },
      'decide-1',
    );
    expect(stageOf(await shop.ended(2), 'production')).toMatchObject({ kind: 'rolled-back' });
    expect(jobsIn(shop).filter((line) => line.includes('down'))).toEqual([]);
  });

  it('does not go past a forward-only job by itself where nobody heard how a later job ended', async () => {
    const shop = shopWith(FORWARD_ONLY, WARM);
    await shop.serves(1);
    shop.world.failing.set('runJob warm up of 2 on production-1', terminal('the host is gone'));
    await shop.approved(2);
    const { question, deployment } = await asked(shop, 2);
    expect(question).toMatchObject({ host: 'production-1', reason: expect.stringContaining('is not known: the host is gone') });
    const skip = { host: 'production-1', question: question?.id ?? '', answer: 'skip', person: 'rita', reason: 'seen' } as const;
    await lab.engine.decideHost(deployment, skip, 'decide-2');
    expect(stageOf(await shop.ended(2), 'production')).toMatchObject({
      kind: 'incomplete',
      jobs: [{}, { job: 'warm', outcome: 'unknown' }],
    });
    expect(inProduction(shop).some((line) => line.startsWith('restoreHost'))).toBe(false);
  });
});

describe('a rollback by hand', () => {
  it('undoes the jobs of the releases that it leaves, the last one first, when the earlier release serves everywhere', async () => {
    const shop = shopWith(WITH_DOWN, { ...WITH_DOWN, name: 'index' });
    await shop.serves(1);
    for (const number of [2, 3]) await shop.promoted(number);
    const before = inProduction(shop).length;
    await shop.rollback(1);
    const status = await until(
      () => shop.environment(),
      ({ current, running }) => current?.release.number === 1 && running === null,
    );
    expect(status.last).toMatchObject({ kind: 'rollback', outcome: { kind: 'succeeded' } });
    expect(inProduction(shop).slice(before + 4)).toEqual([
      ...['runJob index down of 3 on production-1', 'runJob migrate down of 3 on production-1'],
      ...['runJob index down of 2 on production-1', 'runJob migrate down of 2 on production-1'],
    ]);
  });

  it('undoes a job on the host on which it ran', async () => {
    const shop = shopWith(WITH_DOWN);
    zoned(shop);
    await shop.serves(1);
    shop.world.failing.set('prepareHost production-1 release 2', terminal('no space'));
    await shop.promoted(2);
    await shop.rollback(1);
    await settled(shop, 1);
    expect(jobsIn(shop)).toEqual(['runJob migrate up of 2 on production-2', 'runJob migrate down of 2 on production-2']);
  });

  it('to a later release runs again what the way back undid, before anything is switched and whatever the ledger does', async () => {
    const shop = shopWith(WITH_DOWN, { ...MIGRATE, name: 'fill' }, WARM);
    await shop.serves(1);
    await shop.promoted(2);
    await shop.rollback(1);
    await settled(shop, 1);
    const plan = await lab.engine.planRollback(shop.name, 'production', 2);
    expect(plan).toMatchObject({
      kind: 'planned',
      plan: {
        jobs: [
          { job: 'migrate', isDone: false },
          { job: 'fill', isDone: true },
        ],
      },
    });
    const before = inProduction(shop).length;
    const ledger = barrier();
    shop.world.held.set('appendEntry', ledger.closed);
    await shop.rollback(2);
    expect((await settled(shop, 2)).last).toMatchObject({ kind: 'rollback', outcome: { kind: 'succeeded' } });
    ledger.open();
    expect(inProduction(shop).slice(before + 2, -2)).toEqual(['runJob migrate up of 2 on production-1']);
    expect(inProduction(shop).slice(-2).sort()).toEqual(['switchHost production-1 release 2', 'switchHost production-2 release 2']);
  });

  it('is planned beforehand: what is undone, what forbids it, and where there is nothing to return to', async () => {
    const shop = shopWith(WITH_DOWN, { ...FORWARD_ONLY, name: 'drop' });
    const back = (to?: number) => lab.engine.planRollback(shop.name, 'production', to);
    expect(await back()).toMatchObject({ kind: 'refused', reason: expect.stringContaining('never ran a release') });
    await shop.serves(1);
    await shop.promoted(2);
    const asked = inProduction(shop).length;
    expect(await back()).toMatchObject({
      kind: 'planned',
      from: 2,
      to: 1,
      plan: { effects: [{ component: 'web', action: 'replace' }] },
      undo: [{ job: 'migrate', release: 2, command: ['down'] }],
      forwardOnly: [{ job: 'drop', release: 2 }],
    });
    expect(await back(7)).toMatchObject({ kind: 'refused', reason: expect.stringContaining('Release 7 was never found good') });
    expect(inProduction(shop)).toHaveLength(asked);
    expect((await shop.environment()).current?.release.number).toBe(2);
  });

  it('that could not undo a job is incomplete, and the next one tries it again', async () => {
    const shop = shopWith(WITH_DOWN);
    await shop.serves(1);
    await shop.promoted(2);
    shop.world.exitCodes.set('runJob migrate down of 2 on production-1', 1);
    await shop.rollback(1);
    const status = await until(
      () => shop.environment(),
      ({ current, running }) => current?.release.number === 1 && running === null,
    );
    expect(status.last?.outcome).toMatchObject({ kind: 'incomplete', reason: 'migrate ended with exit code 1' });
  });

  it('is refused past a forward-only job, until the person says that they know of it', async () => {
    const shop = shopWith(FORWARD_ONLY);
    await shop.serves(1);
    await shop.promoted(2);
    await expect(shop.rollback(1)).rejects.toThrow(/forward-only job migrate of release 2.*--past-forward-only/);
    await shop.rollback(1, { pastForwardOnly: true });
    await until(
      () => shop.environment(),
      ({ current, running }) => current?.release.number === 1 && running === null,
    );
    expect(jobsIn(shop).filter((line) => line.includes('down'))).toEqual([]);
  });
});

function raise(): never {
  throw new Error('There is no such release');
}
