import type { DeployableComponent, DeployableRelease, Deployment, HostReference } from './deployment.ts';
import { isSelected } from './host-selection.ts';

/** When a job runs: before the first container of the release is switched, or when it serves on all hosts. */
export type JobMoment = 'pre-deploy' | 'post-deploy';

/**
 * A command that is run to its end once for each release and environment, in a container of a component's new image on one host.
 * Only what runs before the switch can change what the version before must live with; so only that says how it is undone.
 */
export interface Job {
  readonly name: string;
  /** Whose image, secrets, volumes, network and limits it has. */
  readonly component: string;
  /** `on-host`: on each host, as part of its switch. */
  readonly when: JobMoment | 'on-host';
  readonly command: readonly string[];
  /** Beside the component's. */
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** What undoes it, from the same image. */
  readonly down?: readonly string[];
  /** Nothing undoes it, and the versions before may not bear what it did: no way back leads past it unless a person says so. */
  readonly forwardOnly?: true;
}

/** One run of a job, or of what undoes it. Plain JSON: it travels in workflow payloads. */
export interface JobTask {
  readonly job: Job;
  readonly component: DeployableComponent;
  readonly release: number;
  readonly direction: 'up' | 'down';
  /** Name of the host on which it ran; absent until it has. */
  readonly host?: string;
  /** From 1, where a person wanted it once more within one deployment; absent is the first. */
  readonly attempt?: number;
}

/** `unknown`: it was stopped midway, so that nobody can say what it did. */
export type JobOutcome = 'done' | 'failed' | 'timed-out' | 'unknown';

/** What became of one run of a job. */
export interface JobReport {
  readonly job: string;
  readonly release: number;
  readonly direction: 'up' | 'down';
  readonly host: string;
  readonly outcome: JobOutcome;
  /** How it ended, in a sentence with the last lines where it did not end well. */
  readonly detail: string;
  readonly exitCode?: number;
  readonly milliseconds: number;
  /** The id of what is kept of its container. */
  readonly dossier?: string;
}

/** A job that ran well before the switch, and has not been undone: what the environment's data has seen. */
export interface AppliedJob {
  readonly task: JobTask;
  readonly at: string;
}

/** A job in a plan. `isDone`: it ran for this release before, and does not run again. */
export interface PlannedJob {
  readonly job: string;
  readonly when: JobMoment;
  readonly host: string;
  readonly command: readonly string[];
  readonly digest: string;
  readonly isDone: boolean;
  readonly undo: 'down' | 'forward-only' | 'nothing';
}

/**
 * The host on which a job runs: the first of `hosts` that its component runs on, or of those the one with the name that is preferred.
 * Undefined where there is none.
 */
export function jobHost(
  component: Pick<DeployableComponent, 'hosts'>,
  hosts: readonly HostReference[],
  preferred?: string,
): HostReference | undefined {
  const able = hosts.filter(({ labels = {} }) => isSelected(component.hosts, labels));
  return able.find(({ name }) => name === preferred) ?? able[0];
}

/**
 * Whether a deployment runs jobs of a moment. A rollback finds what the jobs of an earlier release did; one that leads to a later
 * release finds undone what must be there before that serves.
 */
export function runsJobs({ kind, release, previous }: Pick<Deployment, 'kind' | 'release' | 'previous'>, moment: JobMoment): boolean {
  return kind !== 'rollback' || (moment === 'pre-deploy' && release.number > (previous?.release.number ?? 0));
}

/** Whether a release has a job that nothing undoes. */
export function hasForwardOnly({ jobs = [] }: DeployableRelease): boolean {
  return jobs.some(({ forwardOnly }) => forwardOnly === true);
}

/** What a release's jobs run, in the order of the pipeline file. */
export function jobTasks(release: DeployableRelease): readonly JobTask[] {
  return (release.jobs ?? []).flatMap((job): JobTask[] => {
    const component = release.components.find(({ name }) => name === job.component);
    return component === undefined ? [] : [{ job, component, release: release.number, direction: 'up' }];
  });
}

/** The jobs of a release as its plan shows them; `done` are those that ran for it here. */
export function plannedJobs(release: DeployableRelease, hosts: readonly HostReference[], done: readonly string[]): readonly PlannedJob[] {
  return jobTasks(release).flatMap(({ job, component }): PlannedJob[] => {
    const host = jobHost(component, hosts);
    if (host === undefined || job.when === 'on-host') return [];
    const { name, when, command, forwardOnly, down } = job;
    const undo = forwardOnly === true ? 'forward-only' : down === undefined ? 'nothing' : 'down';
    return [{ job: name, when, host: host.name, command, digest: component.image.digest, isDone: done.includes(name), undo }];
  });
}

/** Names of the jobs that ran for a release and were not undone. */
export function doneFor(release: number, applied: readonly AppliedJob[]): readonly string[] {
  return applied.filter(({ task }) => task.release === release).map(({ task }) => task.job.name);
}

/** Of the jobs that ran, those that count as done, and those that are to run again. */
export function withoutAgain(
  ran: readonly string[],
  runAgain: readonly string[] = [],
): { readonly done: readonly string[]; readonly again: readonly string[] } {
  return { done: ran.filter((job) => !runAgain.includes(job)), again: ran.filter((job) => runAgain.includes(job)) };
}

/** What is applied once these runs have ended: what ran well before a switch, without what was undone. The last to come is the last. */
export function appliedAfter(
  applied: readonly AppliedJob[],
  tasks: readonly JobTask[],
  reports: readonly JobReport[],
  at: string,
): readonly AppliedJob[] {
  const ended = reports.filter(({ outcome }) => outcome === 'done');
  return ended.reduce<readonly AppliedJob[]>((before, report) => {
    const others = before.filter(({ task }) => task.job.name !== report.job || task.release !== report.release);
    const task = tasks.find(({ job, release }) => job.name === report.job && release === report.release);
    const isApplied = report.direction === 'up' && task?.job.when === 'pre-deploy';
    return isApplied ? [...others, { task: { ...task, host: report.host }, at }] : others;
  }, applied);
}

/** What must be undone to return to a release, what came last first. */
export function tasksToUndo(applied: readonly AppliedJob[], to: number): readonly JobTask[] {
  const later = applied.filter(({ task }) => task.release > to && task.job.down !== undefined);
  return later.map(({ task }) => ({ ...task, direction: 'down' as const })).reverse();
}

/** What forbids a return to a release: jobs of later ones that nothing undoes. */
export function forwardOnlyBeyond(applied: readonly AppliedJob[], to: number): readonly JobTask[] {
  return applied.filter(({ task }) => task.release > to && task.job.forwardOnly === true).map(({ task }) => task);
}

/** `migrate of release 2` */
export function jobWords({ job, release }: { readonly job: Pick<Job, 'name'>; readonly release: number }): string {
  return `${job.name} of release ${release}`;
}
