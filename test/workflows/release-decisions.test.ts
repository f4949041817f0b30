import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ReleaseStatus, StageState } from '../../domain/release.ts';
import { until } from '../support/temporal.ts';
import { barrier, type Shop, stageOf, WorkflowLab } from '../support/workflow-lab.ts';
import { PRODUCTION_ALONE, recordOf, terminal } from '../support/world/example.ts';

let lab: WorkflowLab;
let shop: Shop;

beforeAll(async () => {
  lab = await WorkflowLab.start('dev');
});
afterAll(() => lab.stop());
beforeEach(() => {
  shop = lab.application();
});

const asked = (line: string): Promise<readonly string[]> =>
  until(
    async () => shop.world.asked,
    (all) => all.includes(line),
  );

function waitingIn(status: ReleaseStatus): Extract<StageState, { kind: 'waiting' }> {
  const state = stageOf(status, 'production');
  if (state?.kind !== 'waiting') throw new Error(`Expected production to wait, and saw ${JSON.stringify(state)}`);
  return state;
}

describe('a release that is cancelled while it reads its pipeline', () => {
  it('ends as cancelled once the pipeline is read, and does nothing of it', async () => {
    const slow = barrier();
    shop.world.held.set('readPipeline', slow.closed);
    await shop.start(1);
    await asked('readPipeline');
    const answer = await shop.cancel(1);
    expect(answer.stages).toEqual([]);
    slow.open();

    const status = await shop.ended(1);
    expect(stageOf(status, 'build')).toMatchObject({ kind: 'cancelled', by: 'dev', reason: 'done' });
    expect(['test', 'staging', 'production'].map((stage) => stageOf(status, stage)?.kind)).toEqual(['skipped', 'skipped', 'skipped']);
    expect(status.state).toBe('cancelled');
    expect(shop.world.asked.filter((line) => /^(buildComponent|runTests|prepareHost)/.test(line))).toEqual([]);
    expect(shop.world.ledger).toContainEqual(expect.objectContaining({ action: 'release-cancelled', actor: 'dev', reason: 'done' }));
  });

  it('says why it could not begin when the pipeline cannot be read either', async () => {
    const slow = barrier();
    shop.world.held.set('readPipeline', slow.closed);
    shop.world.failing.set('readPipeline', terminal('pipeline.yaml:3:1 stages: a cycle', 'PipelineInvalid'));
    await shop.start(1);
    await asked('readPipeline');
    await shop.cancel(1);
    slow.open();
    expect(await shop.ended(1)).toMatchObject({ state: 'failed', fault: 'pipeline.yaml:3:1 stages: a cycle' });
  });
});

describe('a further attempt of a stage', () => {
  it('asks for an approval anew, although nothing but the attempt has changed since the last one', async () => {
    // A release that GitHub has not been told of still listens, so that the attempt is made by the same run.
    const github = barrier();
    shop.world.held.set('reportStatus', github.closed);
    shop.world.failing.set('switchHost production-1 release 1', terminal('never healthy'));
    await shop.start(1);
    const { plan, policyRevision } = waitingIn(await shop.reached(1, 'production', 'waiting'));
    const known = { authentication: 'token 0123456789', requestId: 'request-1' };
    await shop.vote(1, 'approve', 'rita', { known });
    expect(shop.world.ledger).toContainEqual(expect.objectContaining({ action: 'vote', actor: 'rita', ...known }));
    await shop.reached(1, 'production', 'rolled-back');
    shop.world.failing.clear();

    await lab.engine.promote(recordOf(1, { application: shop.name }), { stage: 'production', person: 'dev', reason: 'mended' }, 'again');
    const again = waitingIn(await shop.reached(1, 'production', 'waiting'));
    // The plan and the rules are the very ones that the first vote was given for.
    expect([again.plan, again.policyRevision]).toEqual([plan, policyRevision]);
    expect(again.gates).toMatchObject([{ open: false, reason: 'Waiting for 1 of 1 approval', openedBy: ['rita', 'ron'] }]);
    expect(shop.world.asked.filter((line) => line === 'prepareHost production-1 release 1')).toHaveLength(1);

    await shop.vote(1, 'approve', 'ron');
    await shop.reached(1, 'production', 'passed');
    github.open();
    expect((await shop.ended(1)).state).toBe('promoted');
  });
});

describe('a vote that is sent again, as its answer was lost', () => {
  const vote = { stage: 'production', decision: 'approve', person: 'rita', comment: '' } as const;
  const send = () => lab.engine.vote(shop.name, 1, vote, 'a-vote');

  it('is answered as it was and counts once, while its release goes on and when it is over', async () => {
    shop = lab.application(PRODUCTION_ALONE);
    await shop.start(1);
    await shop.reached(1, 'production', 'waiting');
    await send();
    expect(await send()).toMatchObject({ release: { number: 1 } });
    await shop.ended(1);
    expect(await send()).toMatchObject({ release: { number: 1 } });
    expect(shop.world.ledger.filter(({ action }) => action === 'vote')).toHaveLength(1);
    await expect(lab.engine.vote(shop.name, 1, vote, 'another-vote')).rejects.toMatchObject({ name: 'NotFound' });
  });
});
