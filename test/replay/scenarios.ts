import type { GuardSeen } from '../../domain/guard/guard.ts';
import type { Strategy } from '../../domain/pipeline.ts';
import { MAIN_TASK_QUEUE } from '../../domain/task-queues.ts';
import {
  deploymentWorkflowId,
  environmentWorkflowId,
  guardWorkflowId,
  RETENTION_WORKFLOW_ID,
  releaseWorkflowId,
} from '../../domain/workflow-ids.ts';
import { createRetentionDesk } from '../../temporal/retention-desk.ts';
import { endGuard, jobWaits, standingChanged } from '../../workflows/messages.ts';
import { CANARY } from '../domain/arbitraries.ts';
import { until } from '../support/temporal.ts';
import { barrier, type Shop } from '../support/workflow-lab.ts';
import { digestOf, terminal } from '../support/world/example.ts';

/** Plays a story and names the workflow whose history tells it. */
export type Scenario = (shop: Shop) => Promise<string>;

const [WEB, WORKER] = ['registry.test/shop/web', 'registry.test/shop/worker'] as const;

/** Repositories from which retention has something to delete. */
function shelve({ world }: Shop): void {
  for (const repository of [WEB, WORKER])
    world.libraries.set(repository, { repository, planHash: 'plan', counts: { kept: 1, deleted: 1, stays: 0 }, rows: [], leftOut: 2 });
}

const BY_CANARY: Strategy = {
  kind: 'canary',
  ...CANARY,
  steps: [
    { weight: 10, pauseMs: 1_000 },
    { weight: 50, pauseMs: 1_000 },
  ],
};

/** Has it look at its gates for as long as Temporal finds its history short. */
async function lookUntilAnotherRun({ name, lab, world }: Shop): Promise<void> {
  const handle = lab.env.client.workflow.getHandle(releaseWorkflowId(name, 1));
  const runOf = async () => (await handle.describe()).runId;
  const reads = async () => world.asked.filter((line) => line === 'readGateFacts production').length;
  const first = await runOf();
  while ((await runOf()) === first) {
    const seen = await reads();
    await handle.signal(standingChanged);
    await until(reads, (count) => count > seen);
    // It goes on anew when it does nothing but wait.
    await world.quiet();
  }
}

/** One for each path through the workflows that a running installation may be on while it gets a new version. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'release-promoted': async (shop) => {
    await shop.promoted(1);
    return releaseWorkflowId(shop.name, 1);
  },

  'release-rejected': async (shop) => {
    await shop.start(1);
    await shop.reached(1, 'production', 'waiting');
    await shop.vote(1, 'reject', 'rita', { comment: 'freeze' });
    await shop.ended(1);
    return releaseWorkflowId(shop.name, 1);
  },

  // It tells of the run that goes on with what an earlier one came to.
  'release-waited-long': async (shop) => {
    askOutside(shop);
    const { approval, ...production } = shop.world.policy('production');
    if (approval !== undefined)
      shop.world.policies = { ...shop.world.policies, production: { ...production, approval: { ...approval, count: 2 } } };
    await shop.start(1);
    await shop.reached(1, 'production', 'waiting');
    await shop.vote(1, 'approve');
    await lookUntilAnotherRun(shop);
    const [question] = shop.world.questions;
    const answer = { stage: 'production', check: 'itsm', verdict: 'yes' as const, reason: 'CHG-7' };
    await shop.lab.engine.answerCheck(shop.name, 1, { ...answer, question: question?.id ?? '' }, `${shop.name}-answer`);
    await shop.vote(1, 'approve', 'ron');
    await shop.ended(1);
    return releaseWorkflowId(shop.name, 1);
  },

  // It says what it waits for, finds something else when it is about to answer, and is asked by another job.
  'guard-let-through': async (shop) => {
    const handle = await heldBack(shop, [WAITS, WAITS, PASSED, PASSED], ['changed', 'told']);
    await handle.signal(jobWaits, 2);
    await until(
      async () => {
        await handle.signal(standingChanged).catch(() => undefined);
        return (await handle.describe()).status.name;
      },
      (status) => status === 'COMPLETED',
    );
    return handle.workflowId;
  },

  'guard-ended': async (shop) => {
    const handle = await heldBack(shop, [WAITS], ['told']);
    await handle.executeUpdate(endGuard, { args: [{ person: 'rita', reason: 'wrong run' }] });
    await handle.result();
    return handle.workflowId;
  },

  'release-with-checks': async (shop) => {
    askOutside(shop);
    await shop.start(1);
    const [question] = await until(
      async () => shop.world.questions,
      ({ length }) => length > 0,
    );
    await shop.reached(1, 'production', 'waiting');
    const answer = { stage: 'production', check: 'itsm', verdict: 'yes' as const, reason: 'CHG-7' };
    await shop.lab.engine.answerCheck(shop.name, 1, { ...answer, question: question?.id ?? '' }, `${shop.name}-answer`);
    await shop.vote(1, 'approve');
    await shop.ended(1);
    return releaseWorkflowId(shop.name, 1);
  },

  'release-with-promoted-images': async (shop) => {
    pullFromRepositoriesOfTheirOwn(shop);
    await shop.promoted(1);
    return releaseWorkflowId(shop.name, 1);
  },

  'environment-with-tags': async (shop) => {
    pullFromRepositoriesOfTheirOwn(shop);
    await shop.promoted(1);
    await shop.promoted(2);
    await shop.rollback(1);
    await until(
      async () => shop.world.tags[`registry.test/production/${shop.name}/web:production`],
      (digest) => digest === digestOf('web-1'),
    );
    return environmentWorkflowId(shop.name, 'production');
  },

  'release-rolled-back': async (shop) => {
    await failSecondRelease(shop);
    return releaseWorkflowId(shop.name, 2);
  },

  'environment-left-after-its-bake-time': async (shop) => {
    const { production } = shop.world.policies;
    if (production !== undefined) shop.world.policies = { ...shop.world.policies, production: { ...production, bakeMs: 0 } };
    for (const release of [1, 2]) {
      await shop.approved(release);
      await shop.ended(release);
    }
    await shop.rollback(1);
    await until(
      async () => shop.world.asked,
      (asked) => asked.includes('reportDetails'),
      60_000,
    );
    return environmentWorkflowId(shop.name, 'production');
  },
  'environment-with-queue-and-rollback': async (shop) => {
    await queueTwoReleases(shop);
    await shop.rollback(1);
    await until(
      () => shop.environment(),
      ({ current, running }) => current?.release.number === 1 && running === null,
    );
    return environmentWorkflowId(shop.name, 'production');
  },

  'environment-alarmed': async (shop) => {
    const production = shop.world.policy('production');
    const alarms = [
      { kind: 'http', name: 'checkout', url: 'https://shop.example/', status: 200, intervalMs: 1_000, timeoutMs: 500, failures: 3 },
      { kind: 'raised', name: 'pager', by: ['grafana'] },
    ] as const;
    shop.world.policies = { ...shop.world.policies, production: { ...production, alarms } };
    await shop.promoted(1);
    await shop.promoted(2);
    const message = { alarm: 'pager', person: 'grafana', reason: 'checkout fails' };
    await shop.lab.engine.raiseAlarm(shop.name, 'production', message, `${shop.name}-alarm`);
    await until(
      () => shop.environment(),
      ({ current, running }) => current?.release.number === 1 && running === null,
    );
    shop.world.alarmed.set('checkout', Promise.resolve('it answers 503'));
    await shop.promoted(3);
    await until(
      () => shop.environment(),
      ({ last, running }) => last?.alarm === 'checkout' && running === null,
    );
    return environmentWorkflowId(shop.name, 'production');
  },

  'environment-with-a-host-brought-back': async (shop) => {
    await shop.promoted(1);
    for (const [number, host] of ['production-1', 'production-2'].entries()) {
      delete shop.world.serving[host];
      if (number === 0) shop.world.failing.set(`switchHost ${host}`, terminal('no space'));
      await shop.lab.engine.bringHost(shop.name, 'production', { host, person: 'rita', reason: 'new machine' }, `bring ${host}`);
    }
    await until(
      () => shop.environment(),
      ({ generation, running }) => generation === 3 && running === null,
    );
    return environmentWorkflowId(shop.name, 'production');
  },

  'deployment-succeeded': async (shop) => {
    await shop.promoted(1);
    return deploymentWorkflowId(shop.name, 'production', 1);
  },

  'deployment-rolled-back': async (shop) => {
    await failSecondRelease(shop);
    return deploymentWorkflowId(shop.name, 'production', 2);
  },

  'deployment-job-undone': async (shop) => {
    const job = { component: 'web', command: ['run'], environment: {}, timeoutMs: 60_000 } as const;
    const migrate = { ...job, name: 'migrate', when: 'pre-deploy', down: ['down'] } as const;
    shop.world.pipeline = { ...shop.world.pipeline, jobs: [migrate, { ...job, name: 'warm', when: 'post-deploy' }] };
    await failSecondRelease(shop);
    return deploymentWorkflowId(shop.name, 'production', 2);
  },

  'deployment-retried-and-skipped': async (shop) => {
    await askAboutSecondHost(shop, 'skip');
    return deploymentWorkflowId(shop.name, 'production', 2);
  },

  'deployment-retried-and-excluded': async (shop) => {
    await askAboutSecondHost(shop, 'exclude');
    return deploymentWorkflowId(shop.name, 'production', 2);
  },

  'deployment-unanswered': async (shop) => {
    await askAboutSecondHost(shop, undefined);
    return deploymentWorkflowId(shop.name, 'production', 2);
  },

  'deployment-blue-green': async (shop) => {
    deployBy(shop, { kind: 'blue-green', maxInFlight: 1 });
    await shop.promoted(1);
    return deploymentWorkflowId(shop.name, 'production', 1);
  },

  'deployment-canary': async (shop) => {
    await shop.promoted(1);
    deployBy(shop, BY_CANARY);
    await shop.promoted(2);
    return deploymentWorkflowId(shop.name, 'production', 2);
  },

  'deployment-canary-worse': async (shop) => {
    await shop.promoted(1);
    deployBy(shop, BY_CANARY);
    shop.world.readings = ({ readings }) => ({
      newer: { new: { requests: 1_000 * readings, refused: 0, failed: 300 * readings, averageMs: 10 } },
    });
    await shop.promoted(2);
    return deploymentWorkflowId(shop.name, 'production', 2);
  },

  'deployment-canary-unclear': async (shop) => {
    await shop.promoted(1);
    deployBy(shop, BY_CANARY);
    const none = { requests: 0, refused: 0, failed: 0, averageMs: 0 };
    shop.world.readings = () => ({ newer: { new: none }, older: { old: none } });
    await shop.approved(2);
    for (const [index, answer] of (['retry', 'proceed', 'roll-back'] as const).entries()) {
      await until(
        () => shop.status(2),
        (status) => isAskedTimes(shop, index + 1) && JSON.stringify(status).includes('"questions"'),
      );
      const decision = { question: `2.${index + 1}`, answer, person: 'rita', reason: '' };
      await shop.lab.engine.decideHost(deploymentWorkflowId(shop.name, 'production', 2), decision, `${shop.name}-${index}`);
    }
    await shop.ended(2);
    return deploymentWorkflowId(shop.name, 'production', 2);
  },

  'deployment-one-host-in-flight': async (shop) => {
    deployBy(shop, { kind: 'rolling', batch: 2, maxInFlight: 1 });
    await shop.promoted(1);
    return deploymentWorkflowId(shop.name, 'production', 1);
  },

  'release-incomplete': async (shop) => {
    deployBy(shop, { kind: 'rolling', batch: 1, stopAfterFailures: 2 });
    await failSecondRelease(shop);
    return releaseWorkflowId(shop.name, 2);
  },
  'retention-applied': async (shop) => {
    shelve(shop);
    shop.world.failing.set(`applyRetention ${WORKER}`, terminal('the registry does not delete', 'DeletionUnsupported'));
    const desk = createRetentionDesk(shop.lab.env.client, 'the test server');
    const run = await desk.start({ apply: true, actor: 'rita' }, 'request');
    await until(
      () => desk.status(run),
      ({ state }) => state === 'failed',
    );
    return RETENTION_WORKFLOW_ID;
  },

  'retention-stopped': async (shop) => {
    shelve(shop);
    const held = barrier();
    shop.world.held.set(`applyRetention ${WEB}`, held.closed);
    const desk = createRetentionDesk(shop.lab.env.client, 'the test server');
    const run = await desk.start({ apply: true, actor: 'rita', repositories: [WEB, WORKER] }, 'request');
    await until(
      async () => shop.world.tidied.length,
      (count) => count === 1,
    );
    await desk.stop(run);
    await until(
      () => desk.status(run),
      ({ state }) => state === 'cancelled',
    );
    held.open();
    return RETENTION_WORKFLOW_ID;
  },

  'housekeeping-done': async (shop) => {
    shelve(shop);
    const options = { workflowId: 'housekeeping', taskQueue: MAIN_TASK_QUEUE, args: [{ duties: [{ kind: 'retention' }] }] };
    await shop.lab.env.client.workflow.execute('housekeeping', options);
    return 'housekeeping';
  },
};

function pullFromRepositoriesOfTheirOwn({ world }: Shop): void {
  const images = { repository: 'registry.test/{environment}/{application}/{component}', tags: ['{environment}', 'release-{release}'] };
  world.policies = Object.fromEntries(Object.entries(world.policies).map(([name, policy]) => [name, { ...policy, images }]));
}

/** Production asks a check, and the routers of staging. */
function askOutside({ world }: Shop): void {
  const source = { kind: 'router', environment: 'staging', figure: 'requests', overMs: 1_000, minRequests: 1 } as const;
  const metrics = [{ name: 'traffic', source, atLeast: 0, freshMs: 300_000 }];
  const protection = { checks: [{ name: 'itsm', deadlineMs: 3_600_000 }], metrics };
  world.policies = { ...world.policies, production: { ...world.policy('production'), protection } };
  const counted = { component: 'web', since: '1', servers: { web: { requests: 1, failed: 0, refused: 0, averageMs: 5 } } };
  world.counted = (host) => ({ host, components: [counted] });
}

const WAITS = { kind: 'waiting', reason: 'rita has not voted' } as const;
const PASSED = { kind: 'approved', reason: 'it has passed' } as const;

/** A job of GitHub Actions of which these are seen, one after the other, and what comes of its answers. */
async function heldBack({ name, world, lab }: Shop, seen: readonly GuardSeen[], told: readonly ('changed' | 'told')[]) {
  const [looks, ends] = [[...seen], [...told]];
  world.guards = {
    lookAtRun: async () => (looks.length > 1 ? looks.shift() : looks[0]) ?? WAITS,
    answerRun: async () => ({ kind: ends.shift() ?? 'told' }),
    commentOnRun: async () => undefined,
  };
  const places = [{ application: name, environment: 'production' }];
  const guard = { repository: { id: 101, name: 'acme/shop' }, run: Number(name.split('-')[1]), environment: 'production', places };
  await lab.engine.holdBack(guard, 1);
  const handle = lab.env.client.workflow.getHandle(guardWorkflowId(101, guard.run, 'production'));
  await until(
    async () => world.asked,
    (asked) => asked.some((line) => line.startsWith('lookAtRun')),
  );
  return handle;
}

function deployBy(shop: Shop, strategy: Strategy): void {
  const stages = shop.world.pipeline.stages.map((stage) =>
    stage.name === 'production' && stage.kind === 'deploy' ? { ...stage, strategy } : stage,
  );
  shop.world.pipeline = { ...shop.world.pipeline, stages };
}

/** Production asks about release 2, whose second host fails; it is tried again, and then as `answer` says or nobody answers at all. */
async function askAboutSecondHost(shop: Shop, answer: 'skip' | 'exclude' | undefined): Promise<void> {
  const production = shop.world.policy('production');
  const deadlineMs = answer === undefined ? 1_000 : 3_600_000;
  const onFailure = { ask: true, deadlineMs, default: 'roll-back' } as const;
  shop.world.policies = { ...shop.world.policies, production: { ...production, onFailure } };
  await shop.promoted(1);
  shop.world.failing.set('switchHost production-2 release 2', terminal('web answered 503 on production-2'));
  await shop.approved(2);
  for (const [index, given] of (answer === undefined ? [] : (['retry', answer] as const)).entries()) {
    await until(
      () => shop.status(2),
      (status) => isAskedTimes(shop, index + 1) && JSON.stringify(status).includes('"questions"'),
    );
    const decision = { host: 'production-2', question: `2.${index + 1}`, answer: given, person: 'rita', reason: '' };
    await shop.lab.engine.decideHost(deploymentWorkflowId(shop.name, 'production', 2), decision, `${shop.name}-${index}`);
  }
  await shop.ended(2);
}

function isAskedTimes(shop: Shop, times: number): boolean {
  return shop.world.ledger.filter(({ action }) => action === 'decision-asked').length === times;
}

/** Release 2 fails on the second of two hosts, after the first was switched. */
async function failSecondRelease(shop: Shop): Promise<void> {
  await shop.promoted(1);
  shop.world.failing.set('switchHost production-2 release 2', terminal('web answered 503 on production-2'));
  await shop.promoted(2);
}

/** Release 2 waits behind release 1, which takes its time; its plan changes meanwhile, so that it is approved again. */
async function queueTwoReleases(shop: Shop): Promise<void> {
  const slow = barrier();
  shop.world.held.set('switchHost production-1', slow.closed);
  await shop.approved(1);
  await shop.reached(1, 'production', 'running');
  await shop.approved(2);
  await shop.reached(2, 'production', 'queued');
  slow.open();
  await shop.ended(1);
  await shop.reached(2, 'production', 'waiting');
  await shop.vote(2, 'approve');
  await shop.ended(2);
}
