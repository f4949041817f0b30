import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { HostQuestion } from '../../domain/guided-failure.ts';
import type { ReleaseStatus } from '../../domain/release.ts';
import { until } from '../support/temporal.ts';
import { barrier, type Shop, stageOf, WorkflowLab } from '../support/workflow-lab.ts';
import { PRODUCTION_ALONE, terminal } from '../support/world/example.ts';

let lab: WorkflowLab;
let shop: Shop;

beforeAll(async () => {
  lab = await WorkflowLab.start('dev');
});
afterAll(() => lab.stop());

beforeEach(async () => {
  shop = lab.application(PRODUCTION_ALONE);
  askIn(shop);
  await shop.serves(1);
});

const DAY = 24 * 3_600_000;

function askIn({ world }: Shop, more: { readonly deadlineMs?: number; readonly default?: 'skip' | 'exclude' | 'roll-back' } = {}): void {
  const production = world.policy('production');
  const onFailure = { ask: true, deadlineMs: DAY, default: 'roll-back', ...more } as const;
  world.policies = { ...world.policies, production: { ...production, onFailure } };
}

function failing(step: string, host: number, release: number): string {
  const key = `${step} production-${host} release ${release}`;
  shop.world.failing.set(key, terminal(`web answered 503 on production-${host}`));
  return key;
}

const questions = (status: ReleaseStatus): readonly HostQuestion[] => {
  const state = stageOf(status, 'production');
  return state?.kind === 'running' ? (state.progress?.questions ?? []) : [];
};
const asked = (release: number, count = 1): Promise<ReleaseStatus> =>
  until(
    () => shop.status(release),
    (status) => questions(status).length === count,
  );
const decide = (
  answer: 'retry' | 'skip' | 'exclude' | 'roll-back',
  { host = 2, person = 'rita', question = '2.1' }: { readonly host?: number; readonly person?: string; readonly question?: string } = {},
): Promise<unknown> =>
  lab.engine.decideHost(
    `deployment/${shop.name}/production/2`,
    { host: `production-${host}`, question, answer, person, reason: 'seen' },
    `decide-${Math.random()}`,
  );
const runs = (): (number | undefined)[] => [1, 2].map((number) => shop.world.serving[`production-${number}`]?.release);
const askedOf = (line: string): number => shop.world.asked.filter((other) => other === line).length;
const decisions = () => shop.world.ledger.filter(({ action }) => action.startsWith('decision-'));

describe('a deployment whose host fails', () => {
  it('asks, shows what it asks and until when, and goes back on no host meanwhile', async () => {
    failing('switchHost', 2, 2);
    await shop.approved(2);
    const [question] = questions(await asked(2));
    expect(question).toMatchObject({
      host: 'production-2',
      step: 'switching',
      reason: 'web answered 503 on production-2',
      default: 'roll-back',
      deciders: ['rita', 'ron'],
    });
    expect(Date.parse(question?.until ?? '') - Date.parse(question?.since ?? '')).toBe(DAY);
    expect(shop.world.asked.filter((line) => line.startsWith('restoreHost'))).toEqual([]);
    expect(decisions()).toMatchObject([{ action: 'decision-asked', actor: 'tidegate', environment: 'production', release: 2 }]);
    await decide('roll-back');
    expect((await shop.ended(2)).state).toBe('rolled-back');
    expect(runs()).toEqual([1, 1]);
    expect(decisions()[1]).toMatchObject({ action: 'decision-taken', actor: 'rita', reason: 'roll-back production-2: seen' });
  });

  it('does the step again when told to, and asks again when it fails again', async () => {
    const key = failing('switchHost', 2, 2);
    await shop.approved(2);
    await asked(2);
    await decide('retry');
    await until(
      async () => askedOf(key),
      (times) => times === 2,
    );
    await asked(2);
    shop.world.failing.delete(key);
    await decide('retry', { person: 'ron', question: '2.2' });
    expect((await shop.ended(2)).state).toBe('promoted');
    expect(runs()).toEqual([2, 2]);
    expect(decisions().map(({ action, actor }) => `${action} ${actor}`)).toEqual([
      'decision-asked tidegate',
      'decision-taken rita',
      'decision-asked tidegate',
      'decision-taken ron',
    ]);
  });

  it('puts a skipped host back, and is never reported as switched or as success', async () => {
    failing('switchHost', 2, 2);
    await shop.approved(2);
    await asked(2);
    await decide('skip');
    const status = await shop.ended(2);
    expect(status.state).toBe('incomplete');
    expect(stageOf(status, 'production')).toMatchObject({
      kind: 'incomplete',
      reason: expect.stringContaining('Skipped by rita: seen'),
      hosts: [{ outcome: 'switched' }, { outcome: 'skipped' }],
    });
    expect(runs()).toEqual([2, 1]);
    expect((await shop.environment()).behind).toMatchObject([{ host: 'production-2', outcome: 'skipped', runs: 1 }]);
    expect(shop.world.statuses.at(-1)).toMatchObject({ state: 'failure' });
  });

  it('goes on without an excluded host that cannot be put back, and says that nobody knows what it runs', async () => {
    failing('switchHost', 2, 2);
    shop.world.failing.set('restoreHost production-2 release 2', terminal('no route to host'));
    await shop.approved(2);
    await asked(2);
    await decide('exclude');
    expect(stageOf(await shop.ended(2), 'production')).toMatchObject({
      kind: 'incomplete',
      hosts: [{ outcome: 'switched' }, { outcome: 'excluded', digests: {}, detail: expect.stringContaining('no route to host') }],
    });
    expect((await shop.environment()).behind).toMatchObject([{ host: 'production-2', outcome: 'excluded', runs: 1 }]);
  });

  it('asks also about a host that cannot be prepared, while nothing is touched anywhere', async () => {
    failing('prepareHost', 1, 2);
    await shop.approved(2);
    expect(questions(await asked(2))).toMatchObject([{ host: 'production-1', step: 'preparing' }]);
    expect(askedOf('switchHost production-2 release 2')).toBe(0);
    await decide('skip', { host: 1 });
    expect((await shop.ended(2)).state).toBe('incomplete');
    expect(runs()).toEqual([1, 2]);
    expect(askedOf('switchHost production-1 release 2')).toBe(0);
  });

  it('begins with no further host while a person thinks', async () => {
    failing('switchHost', 1, 2);
    await shop.approved(2);
    await asked(2);
    expect(askedOf('switchHost production-2 release 2')).toBe(0);
    await decide('skip', { host: 1 });
    expect((await shop.ended(2)).state).toBe('incomplete');
    expect(runs()).toEqual([1, 2]);
  });

  it('asks about each of two hosts, and one answer to go back is enough', async () => {
    for (const host of [1, 2]) failing('prepareHost', host, 2);
    await shop.approved(2);
    expect(
      questions(await asked(2, 2))
        .map(({ host }) => host)
        .sort(),
    ).toEqual(['production-1', 'production-2']);
    const first = questions(await shop.status(2)).find(({ host }) => host === 'production-1');
    await decide('roll-back', { host: 1, question: first?.id ?? '' });
    expect((await shop.ended(2)).state).toBe('failed');
    expect(runs()).toEqual([1, 1]);
  });

  it('goes back when it is cancelled while it asks', async () => {
    failing('switchHost', 2, 2);
    await shop.approved(2);
    await asked(2);
    await shop.cancel(2);
    expect((await shop.ended(2)).state).toBe('rolled-back');
    expect(runs()).toEqual([1, 1]);
  });

  it('remembers what it asks when its workers are replaced', async () => {
    failing('switchHost', 2, 2);
    await shop.approved(2);
    await asked(2);
    await lab.restartWorkers();
    expect(questions(await asked(2))).toHaveLength(1);
    await decide('skip');
    expect((await shop.ended(2)).state).toBe('incomplete');
  });

  it('refuses who may not answer, a host that is not asked about, and a second answer', async () => {
    failing('switchHost', 2, 2);
    await shop.approved(2);
    await asked(2);
    await expect(decide('skip', { person: 'dev' })).rejects.toThrow('dev may not decide about production-2; ask rita or ron');
    await expect(decide('skip', { host: 1 })).rejects.toThrow('Host production-1 waits for no decision; these do: production-2');
    await expect(decide('jump' as 'skip')).rejects.toThrow('jump is no answer');
    expect(decisions()).toHaveLength(1);
    await decide('roll-back');
    await shop.ended(2);
    await expect(decide('skip')).rejects.toThrow();
    expect(decisions()).toHaveLength(2);
  });

  it('shows nobody a question that is not in the ledger yet, and takes no step before the answer is', async () => {
    failing('switchHost', 2, 2);
    await shop.approved(2);
    await asked(2);
    const down = barrier();
    shop.world.held.set('appendEntry', down.closed);
    const before = askedOf('appendEntry');
    const taken = decide('skip');
    await until(
      async () => askedOf('appendEntry'),
      (count) => count > before,
    );
    await expect(decide('retry', { person: 'ron' })).rejects.toThrow('has just been decided');
    expect(askedOf('restoreHost production-2 release 2')).toBe(0);
    down.open();
    await taken;
    expect((await shop.ended(2)).state).toBe('incomplete');
  });

  it('goes back without waiting for the ledger, which has the records once it answers again', async () => {
    failing('switchHost', 2, 2);
    await shop.approved(2);
    await asked(2);
    const down = barrier();
    shop.world.held.set('appendEntry', down.closed);
    await decide('roll-back');
    await until(
      async () => runs(),
      ([first]) => first === 1,
    );
    expect(decisions()).toHaveLength(1);
    down.open();
    expect((await shop.ended(2)).state).toBe('rolled-back');
    expect(decisions().map(({ action }) => action)).toEqual(['decision-asked', 'decision-taken']);
  });
});

describe('an answer', () => {
  it('counts for the question that it was given to, and not for the one that follows', async () => {
    failing('switchHost', 2, 2);
    await shop.approved(2);
    await asked(2);
    await decide('retry');
    const [second] = questions(
      await until(
        () => shop.status(2),
        (status) => questions(status)[0]?.id === '2.2',
      ),
    );
    expect(second?.host).toBe('production-2');
    await expect(decide('skip')).rejects.toThrow('Question 2.1 is not open any more; about production-2 it is now 2.2');
    expect(askedOf('restoreHost production-2 release 2')).toBe(0);
    await decide('skip', { question: '2.2' });
    expect((await shop.ended(2)).state).toBe('incomplete');
  });

  it('is nobody’s who started the release where the environment excludes them', async () => {
    const production = shop.world.policy('production');
    const approval = { approvers: ['dev', 'rita'], count: 1, excludeInitiator: true, deadlineMs: DAY };
    shop.world.policies = { ...shop.world.policies, production: { ...production, approval } };
    failing('switchHost', 2, 2);
    await shop.approved(2);
    expect(questions(await asked(2))[0]?.deciders).toEqual(['rita']);
    await expect(decide('skip', { person: 'dev' })).rejects.toThrow('dev may not decide about production-2; ask rita');
    await decide('roll-back');
    await shop.ended(2);
  });

  it('that comes to nothing, as the deployment goes back before it is written down, is taken back in the ledger and told', async () => {
    failing('switchHost', 2, 2);
    await shop.approved(2);
    await asked(2);
    const down = barrier();
    shop.world.held.set('appendEntry', down.closed);
    const before = askedOf('appendEntry');
    const taken = decide('skip').then(
      () => 'done',
      (error: Error) => error.message,
    );
    await until(
      async () => askedOf('appendEntry'),
      (count) => count > before,
    );
    // By hand, as that waits for no record.
    await shop.rollback();
    expect(await taken).toBe('The deployment went back meanwhile, so that nothing came of skip for production-2');
    await until(
      async () => runs(),
      ([first]) => first === 1,
    );
    down.open();
    expect((await shop.ended(2)).state).toBe('rolled-back');
    expect(decisions().map(({ action, actor }) => `${action} ${actor}`)).toEqual([
      'decision-asked tidegate',
      'decision-taken rita',
      'decision-overruled tidegate',
    ]);
    expect(decisions().at(-1)?.reason).toBe('skip production-2 was not carried out, as the deployment went back');
  });
});

describe('a question that nobody answers', () => {
  it.each([
    ['roll-back', 'rolled-back', [1, 1]],
    ['skip', 'incomplete', [2, 1]],
  ] as const)('ends by its default: %s', async (fallback, state, serving) => {
    askIn(shop, { deadlineMs: 1_500, default: fallback });
    failing('switchHost', 2, 2);
    await shop.approved(2);
    expect((await shop.ended(2)).state).toBe(state);
    expect(runs()).toEqual(serving);
    expect(decisions()[1]).toMatchObject({
      actor: 'tidegate',
      reason: expect.stringContaining(`${fallback} production-2: nobody answered`),
    });
  });
});

describe('a deployment that nobody is to be asked about', () => {
  it('goes back by itself', async () => {
    const { onFailure: _, ...production } = shop.world.policy('production');
    shop.world.policies = { ...shop.world.policies, production };
    failing('switchHost', 2, 2);
    expect((await shop.promoted(2)).state).toBe('rolled-back');
    expect(decisions()).toEqual([]);
  });
});
