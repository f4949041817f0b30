import { boundedDossier, dossierId } from '../../domain/dossier.ts';
import type { JobTask } from '../../domain/job.ts';
import { jobContainerName } from '../../domain/labels.ts';
import type { HostWork } from './host-work.ts';
import type { JobDeployment } from './run-job.ts';

const LOG_LINES = 200;

/** Keeps what is known of a job's container and returns where; undefined where it cannot be kept, which fails no job. */
export async function keepJobDossier(work: HostWork, deployment: JobDeployment, task: JobTask, name: string): Promise<string | undefined> {
  const { application, environment } = deployment;
  const id = dossierId(deployment, jobContainerName(deployment, task).split('.').slice(2).join('.'));
  const takenAt = new Date(work.clock.now()).toISOString();
  try {
    const examined = await work.host.engine.examine(name, LOG_LINES, { signal: work.signal });
    if (examined === undefined) return undefined;
    const containers = [boundedDossier({ ...examined, component: task.component.name })];
    const about = { application, environment, host: work.host.name, release: task.release, deployment: deployment.id };
    await work.dossiers.keep({ id, ...about, takenAt, containers, missing: [] });
    return id;
  } catch (error) {
    work.signal.throwIfAborted();
    work.tell(`the dossier of ${name} could not be kept: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}
