import type { DeployableComponent, Deployment } from '../../domain/deployment.ts';
import { backupTask, type HookMoment, hookTask } from '../../domain/hooks.ts';
import type { JobReport, JobTask } from '../../domain/job.ts';
import { jobContainerName } from '../../domain/labels.ts';
import { HostFailed } from './host-failed.ts';
import type { HostWork } from './host-work.ts';
import { followJob } from './run-job.ts';

/** Runs a component's hook on a host to its end; nothing where it has none. Throws HostFailed when it does not end well. */
export async function runHook(work: HostWork, deployment: Deployment, component: DeployableComponent, moment: HookMoment): Promise<void> {
  const task = hookTask(component, deployment.release.number, moment);
  if (task !== undefined) await orFail(work, deployment, component, task);
}

/** The same on the way back, which it does not hold up: what went wrong is returned. Once in a deployment, however often its way back is tried. */
export async function runHookBack(work: HostWork, deployment: Deployment, component: DeployableComponent): Promise<string[]> {
  const task = hookTask(component, deployment.release.number, 'on-rollback');
  return task === undefined ? [] : troubleOf(await followJob(work, { deployment, task }));
}

/** Saves what a component keeps before its hand-over, at the moment that it names. Throws HostFailed when that does not end well. */
export async function backUp(work: HostWork, deployment: Deployment, component: DeployableComponent, isStopped: boolean): Promise<void> {
  const task = backupTask(component, deployment.release.number, 'up');
  if (task !== undefined && component.backup?.isStopped === isStopped) await orFail(work, deployment, component, task);
}

/**
 * Brings back what a backup of this deployment saved, at the moment that it names, unless the new version never ran. Returns what went
 * wrong: the version before serves all the same, and a person must look at its data. Once begun it is never begun again, as the version
 * before may have written since.
 */
export async function bringBack(
  work: HostWork,
  deployment: Deployment,
  component: DeployableComponent,
  { isStopped, hasRun }: { readonly isStopped: boolean; readonly hasRun: boolean },
): Promise<string[]> {
  const task = backupTask(component, deployment.release.number, 'down');
  if (task === undefined || component.backup?.isStopped !== isStopped) return [];
  const began = await work.host.engine.inspect(jobContainerName(deployment, task), { signal: work.signal });
  const isDue = began !== undefined || (hasRun && (await isSaved(work, deployment, component)));
  return isDue ? troubleOf(await followJob(work, { deployment, task })) : [];
}

async function isSaved(work: HostWork, deployment: Deployment, component: DeployableComponent): Promise<boolean> {
  const task = backupTask(component, deployment.release.number, 'up');
  const backup = task && (await work.host.engine.inspect(jobContainerName(deployment, task), { signal: work.signal }));
  return backup?.status === 'exited' && backup.exitCode === 0;
}

async function orFail(work: HostWork, deployment: Deployment, component: DeployableComponent, task: JobTask): Promise<void> {
  const report = await followJob(work, { deployment, task });
  if (report.outcome !== 'done') throw new HostFailed({ host: work.host.name, component: component.name, seen: report.detail });
}

function troubleOf({ outcome, detail }: JobReport): string[] {
  return outcome === 'done' ? [] : [detail];
}
