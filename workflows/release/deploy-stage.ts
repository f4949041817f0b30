import { CancellationScope, condition, getExternalWorkflowHandle, isCancellation, workflowInfo } from '@temporalio/workflow';
import { deployableRelease } from '../../domain/deployable.ts';
import type { DeploymentOutcome } from '../../domain/deployment.ts';
import type { DeploymentRequest, RequestNews } from '../../domain/deployment-request.ts';
import { lastRules, rulesOf } from '../../domain/gates/stage-rules.ts';
import { failureRule, forwardOnlyRule, unclearRule } from '../../domain/guided-failure.ts';
import { hasForwardOnly, withoutAgain } from '../../domain/job.ts';
import { glassUsed } from '../../domain/past-gates.ts';
import type { Stage, Strategy } from '../../domain/pipeline.ts';
import type { StageState } from '../../domain/release.ts';
import { withinRules } from '../../domain/strategy.ts';
import { trustRecordOf } from '../../domain/trust/record.ts';
import { environmentWorkflowId } from '../../domain/workflow-ids.ts';
import { withdrawRequest } from '../messages.ts';
import { jobsDoneFor, planDeployment } from '../plan.ts';
import { desk, installation } from '../proxies/main.ts';
import { proposedSubjects } from './gate-question.ts';
import { isDecided, stayAtGates, supersededBy } from './gate-stay.ts';
import { type Wait, waitForGates } from './gates.ts';
import { promoteTo } from './image-promotion.ts';
import type { ReleaseRun } from './release-run.ts';
import type { Proposal, StageWait } from './release-so-far.ts';

type DeployStage = Extract<Stage, { kind: 'deploy' }>;
type Ended = Extract<RequestNews, { kind: 'ended' | 'superseded' }>;

/** A plan that changes this often between approval and execution has another cause than a busy environment. */
const REPLANS = 10;

/**
 * Promotes the images, plans, waits for the gates, and asks the environment; when the plan changed meanwhile, all of it again with the votes reset.
 * `waited` is where an earlier run of the release waited at the gates: it goes on there.
 */
export async function runDeployStage(run: ReleaseRun, stage: DeployStage, waited?: StageWait): Promise<StageState> {
  const { application } = run.record;
  const built = deployableRelease(run.record, run.board.pipeline, run.board.images);
  for (let attempt = waited?.attempt ?? 1; attempt <= REPLANS; attempt += 1) {
    let wait: Wait | undefined = attempt === waited?.attempt ? waited : undefined;
    if (wait === undefined) {
      note(run, stage, 'Planning');
      const policy = await installation.readEnvironment({ application, environment: stage.environment });
      if (policy.images !== undefined) note(run, stage, `Promoting images to ${stage.environment}`);
      const release = await promoteTo(policy, built);
      if (policy.images !== undefined) note(run, stage, 'Planning');
      const { environment } = stage;
      const { hosts, alarms } = policy;
      const strategy = withinRules(stage.strategy, policy);
      const { done: jobsDone } = withoutAgain(await jobsDoneFor(environment, release), run.runAgain.get(stage.name));
      const watched = alarms !== undefined && { alarms };
      const plan = await planDeployment({ application, environment, hosts, release, strategy, jobsDone, ...watched });
      wait = { attempt, strategy, proposal: { policy, plan, release } };
    }
    const { proposal, strategy } = wait;
    const stay = await stayAtGates(run, stage, proposal.policy, () => waitForGates(run, stage, wait), wait.stay);
    if (stay.closed !== undefined) return stay.closed;
    const startedAt = Date.now();
    const ended = await deployThrough(run, stage, requestOf(run, stage, { ...proposal, strategy, ...stay }));
    if (ended.kind === 'superseded') return supersededBy(ended.by, stage);
    if (ended.outcome.kind !== 'plan-changed') return stateOf(run, stage.name, ended.outcome, ended.previous, Date.now() - startedAt);
  }
  return {
    kind: 'failed',
    at: now(),
    milliseconds: 0,
    reason: `The plan changed ${REPLANS} times between approval and execution; look for what changes ${stage.environment} meanwhile`,
  };
}

function note(run: ReleaseRun, stage: DeployStage, detail: string): void {
  run.note(stage.name, { kind: 'running', since: now(), detail });
}

interface Decided extends Proposal {
  readonly strategy: Strategy;
  readonly gateStay?: string;
}

function requestOf(run: ReleaseRun, stage: DeployStage, { policy, plan, release, strategy, gateStay }: Decided): DeploymentRequest {
  const starters = [run.record.initiator, ...run.furtherStartersOf(stage.name)];
  const onFailure = failureRule(stage, policy, starters);
  const rules = lastRules(rulesOf(policy, stage));
  const onUnclear = unclearRule(stage, policy, starters);
  const runAgain = run.runAgain.get(stage.name);
  const question = run.atGates.asked[stage.name];
  const past = question === undefined ? [] : glassUsed(question, Date.now());
  const trust = question && trustRecordOf(policy, question, proposedSubjects(run, release));
  return {
    requestId: `${run.runId}/${stage.name}/${run.nextRequest()}`,
    application: run.record.application,
    environment: stage.environment,
    release,
    releaseWorkflowId: workflowInfo().workflowId,
    strategy,
    policy,
    planHash: plan.hash,
    ...(rules.length > 0 && { rules }),
    ...(onFailure !== undefined && { onFailure }),
    ...(hasForwardOnly(release) && { onForwardOnly: forwardOnlyRule(stage, policy, starters) }),
    ...(onUnclear !== undefined && { onUnclear }),
    requestedBy: run.movers.promoter ?? run.record.initiator,
    ...(runAgain !== undefined && { runAgain }),
    stage: stage.name,
    ...(past.length > 0 && { past }),
    ...(isDecided(run, stage) && { decided: true }),
    ...(gateStay !== undefined && { gateStay }),
    ...(trust !== undefined && { trust }),
  };
}

/** Leaves the wish at the environment and follows it to its end. Cancelled meanwhile, it withdraws the wish and still waits for the end: what was touched goes back first. */
async function deployThrough(run: ReleaseRun, stage: DeployStage, request: DeploymentRequest): Promise<Ended> {
  const follow = async (): Promise<Ended> => {
    for (;;) {
      // News can arrive before the request has been answered for.
      const seen = run.news[request.requestId];
      if (seen?.kind === 'ended' || seen?.kind === 'superseded') return seen;
      showNews(run, stage, seen);
      await condition(() => run.news[request.requestId] !== seen);
    }
  };
  // Never half-asked: what the environment knows of is withdrawn in words.
  await CancellationScope.nonCancellable(() => desk.requestDeployment(request));
  try {
    return await follow();
  } catch (error) {
    if (!isCancellation(error)) throw error;
    return await CancellationScope.nonCancellable(() => withdraw(run, stage, request, follow));
  }
}

async function withdraw(run: ReleaseRun, stage: DeployStage, request: DeploymentRequest, follow: () => Promise<Ended>): Promise<Ended> {
  const { person, reason } = run.stops.of(stage.name) ?? { person: 'tidegate', reason: 'the release was cancelled' };
  const environment = getExternalWorkflowHandle(environmentWorkflowId(request.application, request.environment));
  await environment.signal(withdrawRequest, { requestId: request.requestId, person, reason });
  return follow();
}

function showNews(run: ReleaseRun, stage: DeployStage, news: RequestNews | undefined): void {
  if (news?.kind === 'queued') run.show(stage.name, queuedBy(news));
  if (news?.kind === 'started')
    run.show(stage.name, { kind: 'running', since: now(), detail: `Deploying to ${stage.environment}`, deployment: news.deployment });
}

function queuedBy({ position, behind, held }: Extract<RequestNews, { kind: 'queued' }>): StageState {
  return { kind: 'queued', since: now(), position, behind, ...(held !== undefined && { held }) };
}

function stateOf(
  run: ReleaseRun,
  stage: string,
  outcome: Exclude<DeploymentOutcome, { kind: 'plan-changed' }>,
  previous: number | null,
  milliseconds: number,
): StageState {
  const at = now();
  const { hosts, jobs } = outcome;
  const reported = { hosts, ...(jobs !== undefined && { jobs }) };
  if (outcome.kind === 'succeeded') return { kind: 'passed', at, milliseconds, images: run.board.images, ...reported };
  if (outcome.kind === 'incomplete') return { kind: 'incomplete', at, milliseconds, reason: outcome.reason, ...reported };
  if (outcome.kind === 'rolled-back') return { kind: 'rolled-back', at, milliseconds, reason: outcome.reason, to: previous, ...reported };
  const stop = run.stops.of(stage);
  if (stop !== undefined) return { kind: 'cancelled', at, by: stop.person, reason: stop.reason };
  return { kind: 'failed', at, milliseconds, reason: outcome.reason, ...reported };
}

function now(): string {
  return new Date().toISOString();
}
