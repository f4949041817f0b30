import { settingsInWords } from '../../domain/container-words.ts';
import type { JobTask } from '../../domain/job.ts';
import { LABEL, networkName } from '../../domain/labels.ts';
import type { RunSpec } from '../../domain/pipeline.ts';
import { identityVariables, refuseExcess, volumesOf } from './container-spec.ts';
import type { HostWork } from './host-work.ts';
import type { ContainerSpec } from './ports.ts';
import type { JobDeployment } from './run-job.ts';

/** What a job's container is made from: its component's, with the job's command, and nothing published. Throws NotAllowed, SecretMissing. */
export async function jobSpec(work: HostWork, deployment: JobDeployment, task: JobTask, name: string): Promise<ContainerSpec> {
  const { component, release } = task;
  refuseExcess(work, component);
  const { application, environment } = deployment;
  const { secrets } = component.run;
  const run = runOf(task);
  return {
    name,
    image: component.image,
    labels: {
      [LABEL.installation]: work.installation,
      [LABEL.application]: application,
      [LABEL.environment]: environment,
      [LABEL.component]: component.name,
      [LABEL.release]: String(release),
      [LABEL.deployment]: deployment.id,
      [LABEL.generation]: String(deployment.generation),
      [LABEL.replica]: '1',
      [LABEL.digest]: component.image.digest,
      [LABEL.spec]: component.specHash,
      [LABEL.settings]: JSON.stringify(settingsInWords(run, work.hash)),
      [LABEL.job]: task.job.name,
      ...(secrets !== undefined && { [LABEL.secretFiles]: JSON.stringify(await work.secretVersions(work.place, secrets)) }),
      [LABEL.role]: 'job',
    },
    network: networkName(application, environment),
    aliases: [],
    ...(run.networks !== undefined && { joins: { networks: run.networks, aliases: [] } }),
    environment: { ...run.environment, ...identityVariables({ deployment, component, release }) },
    volumes: volumesOf(work.place, run),
    run,
  };
}

/** Only the container's own life counts for a job: nobody asks it how it is, and no name leads to it. */
function runOf({ job, component, direction }: JobTask): RunSpec {
  const { publish: _, aliases: __, hostname: ___, ...run } = component.run;
  return {
    ...run,
    command: direction === 'down' && job.down !== undefined ? job.down : job.command,
    environment: { ...run.environment, ...job.environment },
    health: { kind: 'running', stableMs: 0, deadlineMs: 1 },
    replicas: 1,
  };
}
