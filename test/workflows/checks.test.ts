import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { heedingRetryAfter } from '../../activities/registry/retry-after.ts';
import { QuestionNotTaken } from '../../adapters/notify/check-asker.ts';
import type { GateRules } from '../../domain/gates/rules.ts';
import type { Stage } from '../../domain/pipeline.ts';
import { releaseWorkflowId } from '../../domain/workflow-ids.ts';
import { NotFound } from '../../temporal/errors.ts';
import type { CheckAnswerMessage } from '../../workflows/messages.ts';
import { until } from '../support/temporal.ts';
import { type Shop, stageOf, WorkflowLab } from '../support/workflow-lab.ts';

let lab: WorkflowLab;
let shop: Shop;

beforeAll(async () => {
  lab = await WorkflowLab.start('dev');
});
afterAll(() => lab.stop());

const PRODUCTION: Stage = {
  ...{ kind: 'deploy', name: 'production', needs: [], environment: 'production', strategy: { kind: 'rolling', batch: 2 } },
  protection: { checks: [{ name: 'itsm', deadlineMs: 7_200_000 }] },
};

/** Production asks for this, and for Rita's approval or not. */
function protect(protection: GateRules, approval = true): void {
  const { approval: asked, ...policy } = shop.world.policy('production');
  const rules = { ...policy, protection, ...(approval && asked !== undefined && { approval: asked }) };
  shop.world.policies = { ...shop.world.policies, production: rules };
}

beforeEach(() => {
  shop = lab.application([PRODUCTION]);
  protect({ checks: [{ name: 'itsm', deadlineMs: 3_600_000 }] });
});

let answers = 0;
const answer = (more: Partial<CheckAnswerMessage> = {}, release = 1) => {
  answers += 1;
  const question = shop.world.questions.at(-1)?.id ?? '';
  const message = { stage: 'production', check: 'itsm', question, verdict: 'yes' as const, reason: 'CHG-7', ...more };
  return lab.engine.answerCheck(shop.name, release, message, `answer-${answers}`);
};
const gatesOf = async (kind: string, release = 1) => {
  const state = stageOf(await shop.status(release), 'production');
  return state?.kind === 'waiting' ? state.gates.filter((gate) => gate.kind === kind) : [];
};
const recorded = () => shop.world.ledger.filter(({ action }) => action === 'check-answered');
const asked = (count: number) =>
  until(
    async () => shop.world.questions.length,
    (length) => length >= count,
  );

describe('an external check', () => {
  it('is asked once for both files about exactly this release, and opens their gates when its answer is in the ledger', async () => {
    await shop.start(1);
    await shop.reached(1, 'production', 'waiting');
    await asked(1);
    const status = await shop.status(1);
    const state = stageOf(status, 'production');
    expect(await gatesOf('check')).toMatchObject([{ open: false }, { open: false }]);
    const [question] = shop.world.questions;
    expect(question).toMatchObject({
      ...{ check: 'itsm', application: shop.name, environment: 'production' },
      subject: { release: 1, stage: 'production', planHash: state?.kind === 'waiting' ? state.plan.hash : '', policyRevision: 'policy-1' },
    });
    expect(Date.parse(question?.deadline ?? '') - Date.parse(question?.askedAt ?? '')).toBe(3_600_000);
    expect(await answer()).toEqual({ verdict: 'yes', reason: 'CHG-7' });
    expect(await gatesOf('check')).toMatchObject([{ open: true, reason: 'itsm said yes: CHG-7' }, { open: true }]);
    expect(recorded()).toMatchObject([
      { actor: 'check itsm', release: 1, stage: 'production', environment: 'production', reason: 'yes: CHG-7' },
    ]);
    // Given again it is the same; another one is refused, and so is one to another question.
    expect(await answer({ reason: 'once more' })).toEqual({ verdict: 'yes', reason: 'CHG-7' });
    await expect(answer({ verdict: 'no' })).rejects.toThrow('itsm has answered yes already');
    await expect(answer({ planHash: 'another' })).rejects.toThrow('and not about another');
    await expect(answer({ check: 'other' })).rejects.toThrow('was asked of itsm, and not of other');
    expect(shop.world.askedOfHosts()).toEqual([]);
    await shop.vote(1, 'approve');
    expect((await shop.ended(1)).state).toBe('promoted');
    expect([recorded().length, shop.world.questions.length]).toEqual([1, 1]);
    await expect(answer()).rejects.toThrow(NotFound);
  });

  it('that answers no at once ends the stage, with its reason, and nothing is deployed', async () => {
    shop.world.reply = () => ({ kind: 'answered', verdict: 'no', reason: 'no change record' });
    await shop.start(1);
    const state = stageOf(await shop.ended(1), 'production');
    expect(state).toMatchObject({ kind: 'rejected', by: 'itsm', comment: 'itsm said no: no change record' });
    expect(shop.world.ledger.map(({ action }) => action)).toEqual(['check-answered', 'stage-failed']);
    expect(shop.world.askedOfHosts()).toEqual([]);
  });

  it('that does not take its question is told, asked again under the same id, and opens the gate when it is back', async () => {
    protect({ checks: [{ name: 'itsm', deadlineMs: 3_600_000 }] }, false);
    shop.world.failing.set('askCheck itsm', () => new Error('itsm answers 503'));
    await shop.start(1);
    const waits = await until(
      () => gatesOf('check'),
      ([gate]) => gate?.reason.includes('503') === true,
    );
    expect(waits[0]).toMatchObject({ open: false, reason: expect.stringContaining('asked again until its deadline: itsm answers 503') });
    shop.world.failing.clear();
    shop.world.reply = () => ({ kind: 'answered', verdict: 'yes', reason: '' });
    // It answers by itself before it is asked again.
    await answer();
    expect((await shop.ended(1)).state).toBe('promoted');
    expect(new Set(shop.world.questions.map(({ id }) => id)).size).toBe(1);
    expect(recorded()).toHaveLength(1);
  });

  it('that wants to be asked later is not asked again sooner, also when that is long', async () => {
    protect({ checks: [{ name: 'itsm', deadlineMs: 3_600_000 }] }, false);
    const later = new QuestionNotTaken('itsm', 'it answers 429', 600_000);
    const [wish] = await Promise.allSettled([heedingRetryAfter(() => Promise.reject(later))]);
    shop.world.failing.set('askCheck itsm', () => (wish?.status === 'rejected' ? (wish.reason as Error) : later));
    await shop.start(1);
    await until(
      () => gatesOf('check'),
      ([gate]) => gate?.reason.includes('429') === true,
    );
    const { events } = await lab.env.client.workflow.getHandle(releaseWorkflowId(shop.name, 1)).fetchHistory();
    const timers = events?.flatMap(({ timerStartedEventAttributes }) => timerStartedEventAttributes?.startToFireTimeout?.seconds ?? []);
    expect(timers?.map(Number)).toContain(600);
    expect(shop.world.questions).toHaveLength(1);
    await answer();
    expect((await shop.ended(1)).state).toBe('promoted');
    expect(shop.world.questions).toHaveLength(1);
  });

  it('that repeats its answer under one id adds nothing to the release', async () => {
    await shop.start(1);
    await asked(1);
    const message = {
      stage: 'production',
      check: 'itsm',
      question: shop.world.questions[0]?.id ?? '',
      verdict: 'yes',
      reason: '',
    } as const;
    const say = () => lab.engine.answerCheck(shop.name, 1, message, 'check-answer-1');
    for (let time = 0; time < 5; time += 1) expect(await say()).toEqual({ verdict: 'yes', reason: '' });
    const { events } = await lab.env.client.workflow.getHandle(releaseWorkflowId(shop.name, 1)).fetchHistory();
    const accepted = events?.filter(({ workflowExecutionUpdateAcceptedEventAttributes: update }) => update != null);
    expect(accepted).toHaveLength(1);
    await shop.cancel(1);
    await shop.ended(1);
  });

  it('that has not answered by its deadline expires the stage', async () => {
    protect({ checks: [{ name: 'itsm', deadlineMs: 1_000 }] });
    await shop.start(1);
    expect(stageOf(await shop.ended(1), 'production')).toMatchObject({
      kind: 'expired',
      reason: 'itsm did not answer before its deadline',
    });
    await expect(answer()).rejects.toThrow(NotFound);
    expect(recorded()).toEqual([]);
  });

  it('is asked anew when the plan changed, and neither its answer to the last plan nor one about another release counts', async () => {
    await shop.serves(1);
    await shop.start(2);
    await asked(1);
    const [before] = shop.world.questions;
    await answer({}, 2);
    // Somebody changes what runs there meanwhile.
    const { web } = shop.world.imagesOf(9);
    shop.world.serving['production-1'] = { release: 9, digest: web?.digest ?? '', generation: 1 };
    await shop.vote(2, 'approve');
    await asked(2);
    expect(shop.world.questions[1]?.subject.planHash).not.toBe(before?.subject.planHash);
    await shop.reached(2, 'production', 'waiting');
    expect(await gatesOf('check', 2)).toMatchObject([{ open: false }, { open: false }]);
    await expect(answer({ ...(before !== undefined && { question: before.id }), verdict: 'no' }, 2)).rejects.toThrow(
      'answered yes already',
    );
    expect(await gatesOf('check', 2)).toMatchObject([{ open: false }, { open: false }]);
    await shop.start(3);
    await asked(3);
    await shop.reached(3, 'production', 'waiting');
    const [, ofTwo] = shop.world.questions;
    await expect(answer({ question: ofTwo?.id ?? '' }, 3)).rejects.toThrow('has asked no question');
    expect(shop.world.askedOfHosts()).toEqual([]);
  });
});

describe("a gate by the routers' own figures", () => {
  const source = {
    kind: 'router',
    environment: 'staging',
    component: 'web',
    figure: 'failedShare',
    overMs: 500,
    minRequests: 100,
  } as const;
  const rule = { name: 'staging-errors', source, atMost: 0.01, freshMs: 300_000 };

  it('waits while requests are counted, is unclear of too few, and opens by good ones', async () => {
    let [requests, failed] = [0, 500];
    shop.world.counted = (host) => ({
      host,
      components: [{ component: 'web', since: '1', servers: { web: { requests, failed, refused: 0, averageMs: 5 } } }],
    });
    protect({ metrics: [rule], promotion: 'manual' });
    shop.world.pipeline = { ...shop.world.pipeline, stages: [{ ...PRODUCTION, protection: {} }] };
    await shop.start(1);
    const unclear = await until(
      () => gatesOf('metric'),
      ([gate]) => gate?.reason.includes('unclear') === true,
    );
    expect(unclear[0]).toMatchObject({
      open: false,
      reason: expect.stringContaining('there were 0 of the 100 requests to web in staging'),
    });
    [requests, failed] = [2_000, 510];
    await shop.vote(1, 'approve');
    const known = await until(
      () => gatesOf('metric'),
      ([gate]) => gate?.open === true,
    );
    expect(known[0]?.reason).toMatch(/^staging-errors is 0.005 of 2000 requests to web in staging within \d+(ms|m), and at most 0.01$/);
    expect(shop.world.asked.filter((line) => line === 'countRequests staging').length).toBeLessThan(8);
    await shop.cancel(1);
    await shop.ended(1);
  });

  it('is closed by a host that cannot be read, and says which', async () => {
    protect({ metrics: [rule] });
    shop.world.pipeline = { ...shop.world.pipeline, stages: [{ ...PRODUCTION, protection: {} }] };
    await shop.start(1);
    await shop.reached(1, 'production', 'waiting');
    expect(await gatesOf('metric')).toMatchObject([
      { open: false, reason: 'staging-errors is not known: the router of staging-1 cannot be read: nobody counted' },
    ]);
    const explained = await lab.engine.explainGates(shop.name, 1);
    expect(JSON.stringify(explained)).toContain('requests are counted when the release has come to the stage');
    await shop.cancel(1);
    await shop.ended(1);
  });
});
