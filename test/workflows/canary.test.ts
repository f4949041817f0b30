import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { CanaryRules } from '../../domain/canary.ts';
import type { DeploymentProgress } from '../../domain/deployment.ts';
import type { DecisionAnswer } from '../../domain/guided-failure.ts';
import type { ReleaseStatus } from '../../domain/release.ts';
import { CANARY } from '../domain/arbitraries.ts';
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
  canary();
  await shop.serves(1);
});

const RULES: CanaryRules = {
  ...CANARY,
  steps: [
    { weight: 10, pauseMs: 100 },
    { weight: 50, pauseMs: 100 },
  ],
};

function canary(more: Partial<CanaryRules> & { readonly stopAfterFailures?: number } = {}): void {
  const stages = PRODUCTION_ALONE.map((stage) =>
    stage.kind === 'deploy' ? { ...stage, strategy: { kind: 'canary' as const, ...RULES, ...more } } : stage,
  );
  shop.world.pipeline = { ...shop.world.pipeline, stages };
}

/** What was asked of hosts of production for a release, in order; hosts that were asked at once by name. */
function asked(release: number): string[] {
  const lines = shop.world
    .askedOfHosts()
    .filter((line) => line.includes(' production-') && line.endsWith(` release ${release}`))
    .map((line) => line.replace(` release ${release}`, ''));
  const groups: string[][] = [];
  for (const line of lines) {
    const last = groups.at(-1);
    if (last !== undefined && last[0]?.split(' ')[0] === line.split(' ')[0] && !last.includes(line)) last.push(line);
    else groups.push([line]);
  }
  return groups.flatMap((group) => group.sort());
}

const runs = (): (number | undefined)[] => [1, 2].map((number) => shop.world.serving[`production-${number}`]?.release);
const records = () => shop.world.ledger.filter(({ action }) => action === 'canary-judged' || action.startsWith('decision-'));
const progressOf = (status: ReleaseStatus): DeploymentProgress | undefined => {
  const state = stageOf(status, 'production');
  return state?.kind === 'running' ? state.progress : undefined;
};
const inProgress = (is: (progress: DeploymentProgress) => boolean): Promise<ReleaseStatus> =>
  until(
    () => shop.status(2),
    (status) => {
      const progress = progressOf(status);
      return progress !== undefined && is(progress);
    },
  );
const questioned = () => inProgress(({ questions = [] }) => questions.length === 1);
const decide = async (answer: DecisionAnswer, person = 'rita', host?: string): Promise<unknown> => {
  const [asked] = progressOf(await shop.status(2))?.questions ?? [];
  const decision = { question: asked?.id ?? '', answer, person, reason: 'seen', ...(host !== undefined && { host }) };
  return lab.engine.decideHost(`deployment/${shop.name}/production/2`, decision, `decide-${Math.random()}`);
};

/** No figures: both versions had no requests between any two readings. */
function silent(): void {
  const none = { requests: 5, refused: 0, failed: 0, averageMs: 10 };
  shop.world.readings = () => ({ newer: { new: none }, older: { old: none } });
}

/** The new version fails more and more of its requests. */
function failing(): void {
  shop.world.readings = ({ readings }) => ({
    newer: { new: { requests: 1_000 * readings, refused: 0, failed: 300 * readings, averageMs: 10 } },
  });
}

describe('a canary', () => {
  it('starts and proves the release on every host, weighs it on all of them together, and then switches all', async () => {
    const second = barrier();
    shop.world.held.set('weighHost production-1 50%', second.closed);
    await shop.approved(2);
    await inProgress(({ canary: at }) => at?.step === 2 && at.verdict?.kind === 'better-or-equal');
    second.open();
    expect((await shop.ended(2)).state).toBe('promoted');
    const steps = ['prepareHost', 'startHost', 'weighHost', 'measureHost', 'weighHost', 'measureHost', 'switchHost'];
    expect([...new Set(asked(2).map((line) => line.split(' ')[0]))]).toEqual([...new Set(steps)]);
    expect(asked(2)).toEqual(
      ['prepareHost', 'startHost', ['weighHost', ' 10%'], 'measureHost', ['weighHost', ' 50%'], 'measureHost', 'switchHost'].flatMap(
        (step) => {
          const [verb, weight = ''] = typeof step === 'string' ? [step] : step;
          return [1, 2].map((host) => `${verb} production-${host}${weight}`);
        },
      ),
    );
    expect(runs()).toEqual([2, 2]);
    expect(records().map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/^better-or-equal at 10% of the requests: web: 0% of \d+ requests failed/),
      expect.stringContaining('better-or-equal at 50% of the requests'),
    ]);
  });

  it('is in what people approve', async () => {
    await shop.start(2);
    const state = stageOf(await shop.reached(2, 'production', 'waiting'), 'production');
    const plan = state?.kind === 'waiting' ? state.plan : undefined;
    expect(plan?.strategy).toContain('10% of the requests for 100ms, then 50% of the requests for 100ms');
    expect(plan?.hash).toContain('50% of the requests for 100ms');
    await shop.cancel(2);
  });

  it('has nothing to weigh where nothing ran before: the release is switched once it is proved everywhere', async () => {
    shop = lab.application(PRODUCTION_ALONE);
    canary();
    await shop.promoted(1);
    expect(asked(1).filter((line) => line.startsWith('measureHost'))).toEqual([]);
    expect(runs()).toEqual([1, 1]);
  });

  it('takes everything back when the new version is worse, without waiting for the ledger, and says why', async () => {
    failing();
    const [down, measured] = [barrier(), barrier()];
    shop.world.held.set('measureHost production-1', measured.closed);
    await shop.approved(2);
    await until(
      async () => asked(2),
      (lines) => lines.includes('measureHost production-1'),
    );
    shop.world.held.set('appendEntry', down.closed);
    measured.open();
    await until(
      async () => asked(2).filter((line) => line.startsWith('restoreHost')),
      (lines) => lines.length === 2,
    );
    down.open();
    const status = await shop.ended(2);
    expect(stageOf(status, 'production')).toMatchObject({
      kind: 'rolled-back',
      reason: expect.stringMatching(
        /^The canary is worse at 10% of the requests: web: 30% of \d+ requests failed of the new version, and 0% of \d+ requests failed of the old one$/,
      ),
    });
    expect(runs()).toEqual([1, 1]);
    expect(asked(2).filter((line) => line.startsWith('switchHost') || line.includes('50%'))).toEqual([]);
    expect(records()).toMatchObject([{ actor: 'tidegate', reason: expect.stringContaining('worse at 10% of the requests') }]);
  });

  it('takes everything back when the new version restarts on one host', async () => {
    shop.world.readings = ({ host, readings }) => (host === 'production-2' ? { restarts: readings } : {});
    expect(stageOf(await shop.promoted(2), 'production')).toMatchObject({
      kind: 'rolled-back',
      reason: expect.stringMatching(/the new version restarted (?:once|\d+ times) on production-2/),
    });
    expect(runs()).toEqual([1, 1]);
  });

  it('goes back when it is cancelled while it waits', async () => {
    canary({ steps: [{ weight: 10, pauseMs: 20_000 }] });
    await shop.approved(2);
    await inProgress(({ canary: at }) => at?.until !== undefined);
    await shop.cancel(2);
    expect((await shop.ended(2)).state).toBe('rolled-back');
    expect(runs()).toEqual([1, 1]);
    expect(asked(2).filter((line) => line.startsWith('switchHost') || line.startsWith('measureHost'))).toEqual([]);
  });

  it('is at the same step when its workers are replaced, and takes none twice', async () => {
    canary({
      steps: [
        { weight: 10, pauseMs: 2_000 },
        { weight: 50, pauseMs: 100 },
      ],
    });
    await shop.approved(2);
    await until(
      async () => asked(2),
      (lines) => [1, 2].every((host) => lines.includes(`weighHost production-${host} 10%`)),
    );
    await lab.stopWorkers();
    const measured = barrier();
    shop.world.held.set('measureHost production-1', measured.closed);
    await lab.restartWorkers();
    expect(progressOf(await inProgress(({ canary: at }) => at !== undefined))).toMatchObject({
      phase: 'canary',
      canary: { step: 1, steps: 2, weight: 10 },
    });
    measured.open();
    expect((await shop.ended(2)).state).toBe('promoted');
    expect(asked(2).filter((line) => line.startsWith('weighHost'))).toEqual(
      ['10%', '50%'].flatMap((weight) => [1, 2].map((host) => `weighHost production-${host} ${weight}`)),
    );
  });

  it('leaves out a host that fails at a step where the stage suffers it, and goes on with the others', async () => {
    canary({ stopAfterFailures: 2 });
    shop.world.failing.set('weighHost production-2 50% release 2', terminal('web answered 503 on production-2'));
    const status = await shop.promoted(2);
    expect(stageOf(status, 'production')).toMatchObject({ kind: 'incomplete', hosts: [{ outcome: 'switched' }, { outcome: 'skipped' }] });
    expect(runs()).toEqual([2, 1]);
  });
});

describe('a canary whose figures do not tell', () => {
  beforeEach(() => silent());

  it('asks a person, shows what it knows, and takes the next step when told to', async () => {
    await shop.approved(2);
    const [question] = progressOf(await questioned())?.questions ?? [];
    expect(question).toMatchObject({
      step: '10% of the requests',
      reason: 'web: 0 requests to the new version and 0 to the old one, where 100 of each would tell',
      default: 'roll-back',
      deciders: ['rita', 'ron'],
    });
    expect(question).not.toHaveProperty('host');
    shop.world.readings = () => ({});
    await decide('proceed');
    expect((await shop.ended(2)).state).toBe('promoted');
    expect(records().map(({ action, actor }) => `${action} ${actor}`)).toEqual([
      'canary-judged tidegate',
      'decision-asked tidegate',
      'decision-taken rita',
      'canary-judged tidegate',
    ]);
    expect(records()[2]).toMatchObject({ reason: 'proceed the canary: seen' });
  });

  it('waits for as long again when told to, and counts from the beginning of the step', async () => {
    await shop.approved(2);
    await questioned();
    shop.world.readings = () => ({});
    await decide('retry');
    expect((await shop.ended(2)).state).toBe('promoted');
    expect(asked(2).filter((line) => line === 'weighHost production-1 10%')).toHaveLength(1);
  });

  it('takes everything back when told to, with who said so', async () => {
    await shop.approved(2);
    await questioned();
    await decide('roll-back', 'ron');
    expect(stageOf(await shop.ended(2), 'production')).toMatchObject({
      kind: 'rolled-back',
      reason: expect.stringMatching(/^The canary is unclear at 10% of the requests: .*\. Rolled back by ron: seen$/),
    });
    expect(runs()).toEqual([1, 1]);
  });

  it('refuses who may not answer, an answer about a host, and one that is none here', async () => {
    await shop.approved(2);
    await questioned();
    await expect(decide('proceed', 'dev')).rejects.toThrow('dev may not decide about the canary; ask rita or ron');
    await expect(decide('retry', 'rita', 'production-1')).rejects.toThrow('Host production-1 waits for no decision; these do: the canary');
    await expect(decide('skip')).rejects.toThrow('skip is no answer here; the answers are proceed, retry, roll-back');
    await shop.cancel(2);
    expect((await shop.ended(2)).state).toBe('rolled-back');
  });

  it.each([
    ['roll-back', 'rolled-back', [1, 1]],
    ['proceed', 'promoted', [2, 2]],
  ] as const)('ends by its default when nobody answers: %s', async (fallback, state, serving) => {
    canary({ onUnclear: { ask: true, deadlineMs: 1_000, default: fallback } });
    expect((await shop.promoted(2)).state).toBe(state);
    expect(runs()).toEqual(serving);
    expect(records()).toContainEqual(
      expect.objectContaining({ actor: 'tidegate', reason: expect.stringContaining(`${fallback} the canary: nobody answered`) }),
    );
  });

  it('asks nobody where the stage does not, nor where the environment asks nobody: that one goes back', async () => {
    canary({ onUnclear: { ask: false, deadlineMs: 1_000, default: 'proceed' } });
    expect((await shop.promoted(2)).state).toBe('promoted');
    const production = shop.world.policy('production');
    const onFailure = { ask: false, deadlineMs: 1_000, default: 'roll-back' } as const;
    shop.world.policies = { ...shop.world.policies, production: { ...production, onFailure } };
    expect((await shop.promoted(3)).state).toBe('rolled-back');
    expect(records().filter(({ action }) => action.startsWith('decision-'))).toEqual([]);
  });
});
