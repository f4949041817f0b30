import { type JobOutcome, type JobReport, type JobTask, jobWords } from '../../domain/job.ts';
import { jobContainerName } from '../../domain/labels.ts';
import { ContainerMissing } from './errors.ts';
import { ensureSurroundings, type HostWork, look, refuseOvertaken } from './host-work.ts';
import { keepJobDossier } from './job-dossier.ts';
import { jobSpec } from './job-spec.ts';
import type { ContainerState } from './ports.ts';
import { LOG_LINES } from './runners.ts';

/** The deployment that a job belongs to. */
export interface JobDeployment {
  readonly id: string;
  readonly application: string;
  readonly environment: string;
  readonly generation: number;
}

export interface JobRun {
  readonly deployment: JobDeployment;
  readonly task: JobTask;
}

const LOOK_MS = 250;
const LOG_CHARACTERS = 2_000;
/** What reads no signal is not waited for longer. */
const GRACE_MS = 10_000;

/**
 * Runs a job to its end in a container of its component's image and says how it ended. One that began in an earlier attempt is
 * followed, and one that has ended is never started again: the container's name is of the deployment. Throws Superseded and what the
 * host's ports throw.
 */
export async function runJob(work: HostWork, { deployment, task }: JobRun): Promise<JobReport> {
  refuseOvertaken(work, deployment.generation, await look(work, []));
  return followJob(work, { deployment, task });
}

/** The same for a host's own steps, which have looked whether they were overtaken. */
export async function followJob(work: HostWork, { deployment, task }: JobRun): Promise<JobReport> {
  const name = jobContainerName(deployment, task);
  const began = await begin(work, { deployment, task }, name);
  const ended = await untilEnded(work, task, name);
  const dossier = await keepJobDossier(work, deployment, task, name);
  const { job, release, direction } = task;
  return {
    job: job.name,
    release,
    direction,
    host: work.host.name,
    outcome: ended.outcome,
    detail: await detailOf(work, task, name, ended),
    ...(ended.exitCode !== undefined && { exitCode: ended.exitCode }),
    milliseconds: work.clock.now() - began,
    ...(dossier !== undefined && { dossier }),
  };
}

/** When it began, as far as this attempt knows. */
async function begin(work: HostWork, { deployment, task }: JobRun, name: string): Promise<number> {
  const { engine } = work.host;
  const { signal } = work;
  const state = await engine.inspect(name, { signal });
  if (state === undefined) {
    await ensureSurroundings(work, false);
    await engine.ensureImage(task.component.image, work.tell, { signal });
  }
  const now = work.clock.now();
  // One that runs, or has run, is another attempt's doing.
  if (state !== undefined && state.status !== 'created') return now;
  work.tell(`running ${jobWords(task)}`);
  await engine.ensureContainer(await jobSpec(work, deployment, task, name), { signal });
  await engine.startOnce(name, { signal });
  return now;
}

interface Ended {
  readonly outcome: JobOutcome;
  readonly exitCode?: number;
  readonly seen: string;
}

async function untilEnded(work: HostWork, task: JobTask, name: string): Promise<Ended> {
  const { timeoutMs } = task.job;
  const began = work.clock.now();
  for (;;) {
    const state = await work.host.engine.inspect(name, { signal: work.signal });
    if (state === undefined) throw new ContainerMissing({ host: work.host.name, endpoint: '' }, name, 'run to its end');
    if (isOver(state)) return endOf(state);
    const passed = work.clock.now() - began;
    if (passed >= timeoutMs) {
      await work.host.engine.stop(name, GRACE_MS, { signal: work.signal });
      return { outcome: 'timed-out', seen: `had not ended after ${timeoutMs} ms and was stopped` };
    }
    work.tell(`${jobWords(task)} runs for ${Math.round(passed / 1_000)} s`);
    await work.clock.sleep(LOOK_MS, work.signal);
  }
}

function isOver({ status }: ContainerState): boolean {
  return status === 'exited' || status === 'dead';
}

function endOf({ exitCode, outOfMemory }: ContainerState): Ended {
  if (exitCode === 0) return { outcome: 'done', exitCode, seen: 'ended well' };
  const memory = outOfMemory ? ', as it used more memory than it may' : '';
  return { outcome: 'failed', exitCode, seen: `ended with exit code ${exitCode}${memory}` };
}

async function detailOf(work: HostWork, task: JobTask, name: string, { outcome, seen }: Ended): Promise<string> {
  const undoing = task.direction === 'down' ? 'undoing ' : '';
  const sentence = `${undoing}${jobWords(task)} ${seen} on ${work.host.name}`;
  if (outcome === 'done') return sentence;
  const log = (await work.host.engine.logsTail(name, LOG_LINES, { signal: work.signal })).trim();
  return log === '' ? sentence : `${sentence}. Its last lines:\n${log.slice(-LOG_CHARACTERS)}`;
}
