import { isOfTheWayBack } from '../../domain/labels.ts';
import type { ObservedContainer } from '../../domain/plan.ts';
import type { HostWork } from './host-work.ts';
import { stopAll } from './runners.ts';

const GRACE_MS = 10_000;

/**
 * Ends what a deployment's jobs still do on a host, and removes their containers: nothing of it works on when it is taken back. What
 * was run on the way back stays, so that whoever tries again reads how it ended and does not do it twice.
 */
export async function endJobs(work: HostWork, generation: number): Promise<void> {
  const jobs = await jobsOf(work, (one) => one === generation);
  await stopRunning(work, jobs);
  await removeAll(
    work,
    jobs.filter(({ name }) => !isOfTheWayBack(name)),
  );
}

/** Ends what earlier deployments left running on a host that was lost to them: nobody waits for it, and it would run beside the next. */
export async function endOldJobs(work: HostWork, generation: number): Promise<void> {
  await stopRunning(work, await jobsOf(work, (one) => one < generation));
}

/** Removes the containers of jobs of earlier deployments: their logs are in dossiers. */
export async function removeOldJobs(work: HostWork, keepGeneration: number): Promise<void> {
  const jobs = await jobsOf(work, (one) => one < keepGeneration);
  await stopRunning(work, jobs);
  await removeAll(work, jobs);
}

async function jobsOf(work: HostWork, isOf: (generation: number) => boolean): Promise<readonly ObservedContainer[]> {
  const { application, environment } = work.place;
  const jobs = await work.host.engine.observeJobs(application, environment, { signal: work.signal });
  return jobs.filter(({ generation }) => isOf(generation));
}

function stopRunning(work: HostWork, jobs: readonly ObservedContainer[]): Promise<void> {
  const running = jobs.filter((job) => job.running);
  return stopAll(work, running, GRACE_MS);
}

async function removeAll(work: HostWork, jobs: readonly ObservedContainer[]): Promise<void> {
  for (const { name } of jobs) await work.host.engine.remove(name, { signal: work.signal });
}
