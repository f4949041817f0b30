import { ApplicationFailure, CancellationScope, isCancellation, log } from '@temporalio/workflow';
import type { Deployment, DeploymentOutcome, HostReference } from '../../domain/deployment.ts';
import { type JobMoment, type JobReport, type JobTask, jobHost, jobTasks, jobWords, runsJobs } from '../../domain/job.ts';
import { waves } from '../../domain/strategy.ts';
import { atSite } from '../at-site.ts';
import { failureText } from '../failure-text.ts';
import { jobsOf, undoingsOf } from '../proxies/hosts.ts';
import type { DeploymentHosts } from './deployment-hosts.ts';
import type { DeploymentRecords } from './deployment-records.ts';
import type { JobsSoFar } from './deployment-so-far.ts';

/** The jobs of one deployment: each run once, on one host, in the ledger before anybody is told; and their way back. */
export class DeploymentJobs {
  readonly #reports: JobReport[];
  /** What ran well here before the switch, in order: what the way back undoes. */
  readonly #done: JobTask[];
  /** What did not end as it should while the deployment went on. */
  readonly #left: string[];
  readonly #over: JobMoment[];

  /** `soFar` is what earlier runs of the deployment did. */
  constructor(
    private readonly input: Deployment,
    private readonly hosts: DeploymentHosts,
    private readonly records: DeploymentRecords,
    { reports, done, left, over }: JobsSoFar = { reports: [], done: [], left: [], over: [] },
  ) {
    this.#reports = [...reports];
    this.#done = [...done];
    this.#left = [...left];
    this.#over = [...over];
  }

  /** What another run needs to go on from here. */
  soFar(): JobsSoFar {
    return { reports: this.#reports, done: this.#done, left: this.#left, over: this.#over };
  }

  /** What became of them so far; undefined where there was none. */
  reports(): { readonly jobs?: readonly JobReport[] } {
    return this.#reports.length === 0 ? {} : { jobs: this.#reports };
  }

  /** Runs what is due, one after the other. Throws JobFailed with its last lines when one does not end well; then no further one runs. */
  async run(moment: JobMoment): Promise<void> {
    if (!runsJobs(this.input, moment) || this.#over.includes(moment)) return;
    const { release, jobsDone = [] } = this.input;
    const due = jobTasks(release).filter(({ job }) => job.when === moment && !jobsDone.includes(job.name));
    if (due.length > 0) this.hosts.state.phase = moment;
    for (const task of due) await this.#forward(task);
    this.#over.push(moment);
  }

  /**
   * Undoes what ran here, last first, now that the version before serves. What ran once more had been done before, and the version before lives with it.
   * Never throws: returns what could not be undone.
   */
  async undo(): Promise<string[]> {
    const { runAgain = [] } = this.input;
    const undoable = this.#done.filter(({ job }) => job.down !== undefined && !runAgain.includes(job.name)).reverse();
    return this.#undoAll(undoable.map((task) => ({ ...task, direction: 'down' as const })));
  }

  /** What a rollback has to undo, now that the earlier release serves everywhere. The outcome says what did not end as it should. */
  async finish(outcome: DeploymentOutcome): Promise<DeploymentOutcome> {
    const left = [...this.#left, ...(await this.#undoAll(this.input.undo ?? []))];
    if (left.length === 0 || (outcome.kind !== 'succeeded' && outcome.kind !== 'incomplete')) return outcome;
    const before = outcome.kind === 'incomplete' ? [outcome.reason] : [];
    return { kind: 'incomplete', reason: [...before, ...left].join('. '), hosts: outcome.hosts };
  }

  async #forward(task: JobTask): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const report = await this.#attempt(task, attempt);
      if (report.outcome === 'done') return;
      const failure = ApplicationFailure.nonRetryable(report.detail, 'JobFailed');
      // Nothing was switched yet.
      if (task.job.when === 'pre-deploy') throw failure;
      const { answer, by } = await this.hosts.askPast(report.host, `running ${task.job.name}`, report.detail);
      if (answer === 'roll-back') throw failure;
      if (answer !== 'retry') return void this.#left.push(`${report.detail}. ${answer === 'skip' ? 'Skipped' : 'Left as it is'} ${by}`);
    }
  }

  async #attempt(task: JobTask, attempt: number): Promise<JobReport> {
    const host = jobHost(task.component, this.#targets());
    if (host === undefined) throw ApplicationFailure.nonRetryable(`No host is left to run ${jobWords(task)} on`, 'JobFailed');
    const report = await this.#running(task, () => this.#runOn(host, { ...task, attempt }));
    const isDone = report.outcome === 'done';
    if (isDone && task.job.when === 'pre-deploy') this.#done.push({ ...task, host: host.name });
    if (isDone && task.job.forwardOnly === true) this.hosts.state.isPastForwardOnly = true;
    const kept = this.#keep(isDone ? 'job-done' : 'job-failed', report, attempt);
    // Nothing goes forward without the ledger, and no way back waits for it.
    if (isDone && this.input.kind !== 'rollback') await Promise.race([kept, CancellationScope.current().cancelRequested]);
    return report;
  }

  /** An attempt that nobody heard the end of may have done anything: that is told. Throws when it was stopped. */
  async #runOn(host: HostReference, task: JobTask): Promise<JobReport> {
    const step = `run ${jobWords(task)}`;
    const began = Date.now();
    try {
      return await atSite(host.site, step, () => jobsOf(host.site, step, task.job.timeoutMs).runJob(this.#order(host, task)));
    } catch (error) {
      const why = isCancellation(error) ? 'it was stopped' : failureText(error);
      const detail = `What ${jobWords(task)} did on ${host.name} is not known: ${why}`;
      const report: JobReport = { ...namesOf(task, host), outcome: 'unknown', detail, milliseconds: Date.now() - began };
      if (!isCancellation(error)) return report;
      this.#reports.push(report);
      void this.#keep('job-failed', report, task.attempt ?? 1);
      throw error;
    }
  }

  async #undoAll(tasks: readonly JobTask[]): Promise<string[]> {
    const left: string[] = [];
    if (tasks.length > 0) this.hosts.state.phase = 'undoing';
    for (const task of tasks) {
      const report = await this.#running(task, () => this.#undoOn(task));
      void this.#keep(report.outcome === 'done' ? 'job-undone' : 'job-failed', report, 1);
      if (report.outcome !== 'done') left.push(report.detail);
    }
    return left;
  }

  async #undoOn(task: JobTask): Promise<JobReport> {
    // One that was left out may be down for ever.
    const host = jobHost(task.component, this.#targets(), task.host) ?? jobHost(task.component, this.input.hosts, task.host);
    const step = `undo ${jobWords(task)}`;
    if (host === undefined) return notUndone(task, { name: '', site: '' }, 'no host of the environment runs its component any more');
    try {
      return await undoingsOf(host.site, step, task.job.timeoutMs).runJob(this.#order(host, task));
    } catch (error) {
      log.warn('A job could not be undone', { job: task.job.name, reason: failureText(error) });
      return notUndone(task, host, failureText(error));
    }
  }

  async #running(task: JobTask, act: () => Promise<JobReport>): Promise<JobReport> {
    this.hosts.state.job = task.job.name;
    try {
      const report = await act();
      this.#reports.push(report);
      return report;
    } finally {
      this.hosts.state.job = undefined;
    }
  }

  /** The hosts that are not left out, in the order of the plan. */
  #targets(): HostReference[] {
    return waves(this.input.strategy, this.hosts.state.targets()).flat();
  }

  #order(host: HostReference, task: JobTask) {
    const { id, application, environment, generation } = this.input;
    return { deployment: { id, application, environment, generation }, host: host.name, task };
  }

  #keep(action: 'job-done' | 'job-failed' | 'job-undone', report: JobReport, attempt: number): Promise<void> {
    const [sentence = ''] = report.detail.split('\n');
    return this.records.keep(action, `${keyOf(report)}/${attempt}`, 'tidegate', sentence);
  }
}

function keyOf({ job, release, direction }: JobReport): string {
  return `${job}/${release}/${direction}`;
}

function namesOf({ job, release, direction }: JobTask, host: HostReference) {
  return { job: job.name, release, direction, host: host.name };
}

function notUndone(task: JobTask, host: HostReference, why: string): JobReport {
  return { ...namesOf(task, host), outcome: 'unknown', detail: `${jobWords(task)} was not undone: ${why}`, milliseconds: 0 };
}
