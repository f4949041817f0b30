import { CancellationScope, CancelledFailure, isCancellation, log, setHandler } from '@temporalio/workflow';
import type { Deployment, DeploymentOutcome, DeploymentProgress, HostReference, HostReport } from '../domain/deployment.ts';
import { batches } from '../domain/strategy.ts';
import { atSite } from './at-site.ts';
import { failureText } from './failure-text.ts';
import { deploymentProgress } from './messages.ts';
import { planDeployment } from './plan.ts';
import { hostsOf, waysBackOf } from './proxies.ts';

type HostPhase = DeploymentProgress['hosts'][string];

/**
 * One attempt to make an environment run a release: prepare everywhere, then switch batch by batch.
 * A failure or a cancellation returns every host to what it ran before; its outcome is a result, never a failure of the workflow.
 */
export async function deployment(input: Deployment): Promise<DeploymentOutcome> {
  let phase: DeploymentProgress['phase'] = 'planning';
  const phases: Record<string, HostPhase> = Object.fromEntries(input.hosts.map((host) => [host.name, 'waiting']));
  /** Hosts whose undo is owed, in the order in which they were first acted on. */
  const prepared: HostReference[] = [];
  const touched: HostReference[] = [];
  /** What a host is told: without the others, or a thousand hosts would make a million lines of history. */
  const task: Deployment = { ...input, hosts: [] };
  setHandler(deploymentProgress, () => ({ phase, hosts: phases }));

  try {
    const changed = await changedPlan(input);
    if (changed !== undefined) return { kind: 'plan-changed', planHash: changed };
    await prepareEverywhere();
    const hosts = await switchEverywhere();
    // Asked to stop while the last host was quicker: it goes back all the same.
    if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('stopped');
    return { kind: 'succeeded', hosts };
  } catch (error) {
    const reason = isCancellation(error) ? 'The deployment was stopped' : failureText(error);
    log.warn('Deployment goes back', { deployment: input.id, reason });
    return await CancellationScope.nonCancellable(() => goBack(reason));
  } finally {
    phase = 'done';
  }

  async function prepareEverywhere(): Promise<void> {
    phase = 'preparing';
    await allOrFirstFailure(input.hosts, async (host) => {
      prepared.push(host);
      phases[host.name] = 'preparing';
      await onHost(host, 'prepare', (step) => hostsOf(host.site, step).prepareHost({ deployment: task, host: host.name }));
      phases[host.name] = 'prepared';
    });
  }

  async function switchEverywhere(): Promise<HostReport[]> {
    phase = 'switching';
    const reports: HostReport[] = [];
    for (const batch of batches(input.hosts, input.strategy.batch)) {
      reports.push(...(await allOrFirstFailure(batch, switchHost)));
    }
    return reports;
  }

  async function switchHost(host: HostReference): Promise<HostReport> {
    touched.push(host);
    phases[host.name] = 'switching';
    const report = await onHost(host, 'switch', (step) => hostsOf(host.site, step).switchHost({ deployment: task, host: host.name }));
    phases[host.name] = 'switched';
    return report;
  }

  async function onHost<Result>(host: HostReference, verb: string, act: (step: string) => Promise<Result>): Promise<Result> {
    const step = `${verb} ${host.name}`;
    try {
      return await atSite(host.site, step, () => act(step));
    } catch (error) {
      phases[host.name] = 'failed';
      throw error;
    }
  }

  async function goBack(reason: string): Promise<DeploymentOutcome> {
    phase = 'rolling-back';
    const reports = await Promise.all([...prepared].reverse().map(restoreHost));
    const hosts = input.hosts.map((host) => reports.find((report) => report.host === host.name) ?? untouched(host));
    return { kind: touched.length === 0 ? 'failed' : 'rolled-back', reason, hosts };
  }

  async function restoreHost(host: HostReference): Promise<HostReport> {
    phases[host.name] = 'restoring';
    const wasTouched = touched.includes(host);
    const report = await (wasTouched ? undo(host) : tidy(host));
    phases[host.name] = report.outcome === 'unrestored' ? 'failed' : wasTouched ? 'restored' : 'waiting';
    return wasTouched ? report : { ...report, outcome: 'untouched' };
  }

  /** What was touched is put back, however long that takes. */
  async function undo(host: HostReference): Promise<HostReport> {
    try {
      return await waysBackOf(host.site, `restore ${host.name}`).restoreHost({ deployment: task, host: host.name });
    } catch (error) {
      // The other hosts go back all the same.
      return { ...untouched(host), outcome: 'unrestored', detail: `not restored: ${failureText(error)}` };
    }
  }

  /** What was only prepared is cleared away; a host that is down keeps a container that never started, until the next deployment clears it. */
  async function tidy(host: HostReference): Promise<HostReport> {
    const step = `tidy ${host.name}`;
    try {
      return await atSite(host.site, step, () => hostsOf(host.site, step).restoreHost({ deployment: task, host: host.name }));
    } catch (error) {
      return { ...untouched(host), detail: `not tidied: ${failureText(error)}` };
    }
  }
}

/** The hash of the plan as it is now, when it is not the one that was approved. */
async function changedPlan(input: Deployment): Promise<string | undefined> {
  // A rollback skips forward gates, so no plan was approved for it.
  if (input.kind === 'rollback') return undefined;
  const plan = await planDeployment(input);
  return plan.hash === input.planHash ? undefined : plan.hash;
}

/** Runs on all at once and waits for all, so that nothing is still at work when the way back begins; then throws the first failure. */
async function allOrFirstFailure<Result>(
  hosts: readonly HostReference[],
  act: (host: HostReference) => Promise<Result>,
): Promise<Result[]> {
  const settled = await Promise.allSettled(hosts.map(act));
  const failure = settled.find((result) => result.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
  return settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

function untouched(host: HostReference): HostReport {
  return { host: host.name, outcome: 'untouched', detail: 'nothing was done here', digests: {} };
}
