import {
  allHandlersFinished,
  CancellationScope,
  CancelledFailure,
  ContinueAsNew,
  condition,
  continueAsNew,
  isCancellation,
  log,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Deployment, DeploymentEnd, DeploymentOutcome } from '../domain/deployment.ts';
import { isTogether } from '../domain/strategy.ts';
import { takeSteps } from './deployment/canary.ts';
import { DeploymentHosts } from './deployment/deployment-hosts.ts';
import { DeploymentJobs } from './deployment/deployment-jobs.ts';
import { DeploymentRecords } from './deployment/deployment-records.ts';
import type { DeploymentSoFar } from './deployment/deployment-so-far.ts';
import { failureText } from './failure-text.ts';
import { deploymentProgress } from './messages.ts';
import { planDeployment } from './plan.ts';

/**
 * One attempt to make an environment run a release: prepare everywhere, then switch as the strategy says. A failure, a canary that is worse or a
 * cancellation returns every host to what it ran before; its outcome is a result, never a failure of the workflow.
 */
export async function deployment(input: Deployment, soFar?: DeploymentSoFar): Promise<DeploymentEnd> {
  const records = new DeploymentRecords(input, soFar?.unwritten);
  const hosts = new DeploymentHosts(input, records, { soFar: soFar?.hosts, between: changeOver });
  const jobs = new DeploymentJobs(input, hosts, records, soFar?.jobs);
  setHandler(deploymentProgress, () => hosts.progress());
  const outcome = await attempt(input, { hosts, jobs, records, isFirstRun: soFar === undefined });
  // Whoever answered at the last moment hears what came of it.
  await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
  const unwritten = records.unwritten();
  return unwritten.length === 0 ? outcome : { ...outcome, unwritten };

  /** Between two steps nothing is at work: a fleet's deployment goes on in a new run before its history is long. */
  async function changeOver(): Promise<void> {
    if (!workflowInfo().continueAsNewSuggested || CancellationScope.current().consideredCancelled) return;
    await condition(allHandlersFinished);
    await continueAsNew<typeof deployment>(input, { hosts: hosts.soFar(), jobs: jobs.soFar(), unwritten: records.unwritten() });
  }
}

interface Parts {
  readonly isFirstRun: boolean;
  readonly hosts: DeploymentHosts;
  readonly jobs: DeploymentJobs;
  readonly records: DeploymentRecords;
}

async function attempt(input: Deployment, { hosts, jobs, records, isFirstRun }: Parts): Promise<DeploymentOutcome> {
  try {
    const changed = isFirstRun ? await changedPlan(input) : undefined;
    if (changed !== undefined) return { kind: 'plan-changed', planHash: changed };
    await hosts.prepareAll();
    await jobs.run('pre-deploy');
    if (isTogether(input.strategy)) await hosts.startAll();
    await takeSteps(input, hosts, records);
    await hosts.switchAll();
    await jobs.run('post-deploy');
    // Asked to stop while the last host was quicker: it goes back all the same.
    if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('stopped');
    return { ...(await jobs.finish(hosts.outcome())), ...jobs.reports() };
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error;
    const reason = isCancellation(error) ? 'The deployment was stopped' : failureText(error);
    log.warn('Deployment goes back', { deployment: input.id, reason });
    return await CancellationScope.nonCancellable(() => goBack(reason, hosts, jobs));
  } finally {
    hosts.state.phase = 'done';
  }
}

/** The version before serves again before its data is taken back to what it knew: it has lived with what the jobs did since they ran. */
async function goBack(reason: string, hosts: DeploymentHosts, jobs: DeploymentJobs): Promise<DeploymentOutcome> {
  const outcome = await hosts.goBack(reason);
  const left = await jobs.undo();
  return { ...outcome, reason: [reason, ...left].join('. '), ...jobs.reports() };
}

/** The hash of the plan as it is now, when it is not the one that was approved. */
async function changedPlan(input: Deployment): Promise<string | undefined> {
  // A rollback skips forward gates, so no plan was approved for it; that of one host was made a moment ago, in its turn.
  if (input.kind !== 'promotion') return undefined;
  const plan = await planDeployment(input);
  return plan.hash === input.planHash ? undefined : plan.hash;
}
