import type { HostWork } from './host-work.ts';
import { stopAll } from './runners.ts';

const GRACE_MS = 10_000;

/** Ends what a deployment's jobs still do on a host, and removes their containers: nothing of it works on when it is taken back. */
export async function endJobs(work: HostWork, generation: number): Promise<void> {
  await removeJobs(work, (one) => one === generation);
}

/** Removes the containers of jobs of earlier deployments: their logs are in dossiers. */
export async function removeOldJobs(work: HostWork, keepGeneration: number): Promise<void> {
  await removeJobs(work, (one) => one < keepGeneration);
}

async function removeJobs(work: HostWork, isOf: (generation: number) => boolean): Promise<void> {
  const { application, environment } = work.place;
  const jobs = await work.host.engine.observeJobs(application, environment, { signal: work.signal });
  const ours = jobs.filter(({ generation }) => isOf(generation));
  await stopAll(
    work,
    ours.filter(({ running }) => running),
    GRACE_MS,
  );
  for (const { name } of ours) await work.host.engine.remove(name, { signal: work.signal });
}
