import type { Alarm, Watched } from './alarm.ts';
import type { AnsweredRollback } from './answered-rollbacks.ts';
import {
  type DeployableRelease,
  type Deployment,
  type DeploymentOutcome,
  type HostReport,
  isAdopted,
  isLeftOut,
  type PreviousRelease,
} from './deployment.ts';
import type {
  DeploymentRequest,
  EndedDeployment,
  EnvironmentStatus,
  GoodRelease,
  HostBehind,
  HostRequest,
  QueuedRequest,
  RollbackRequest,
  WatchView,
} from './environment.ts';
import { caughtUp } from './host-deployment.ts';
import { type AppliedJob, appliedAfter, doneFor, forwardOnlyBeyond, jobTasks, jobWords, tasksToUndo } from './job.ts';
import type { Strategy } from './pipeline.ts';

/** Earlier good releases that an environment remembers: what a rollback can reach. */
export const HISTORY_LENGTH = 10;
/** Answered requests that are remembered, so that a repeated one is not done twice. */
const ANSWERED_LENGTH = 200;
/** Of the reason why a host is behind: its log is in the deployment's own report. */
const REASON_LENGTH = 300;

/** Work that waits for its turn: a release's wish, or a person's rollback. */
export type Work =
  | { readonly kind: 'promotion'; readonly since: string; readonly request: DeploymentRequest }
  | {
      readonly kind: 'rollback';
      readonly since: string;
      readonly request: RollbackRequest;
      readonly generation: number;
      readonly release: DeployableRelease;
    }
  | {
      readonly kind: 'host';
      readonly since: string;
      readonly requestId: string;
      readonly request: HostRequest;
      /** The current one when it was asked; what is deployed is the current one of its turn. */
      readonly release: DeployableRelease;
    };

/** All that an environment workflow knows; plain JSON, carried from run to run. */
export interface EnvironmentState {
  readonly application: string;
  readonly environment: string;
  /** The highest generation given out. */
  readonly generation: number;
  readonly current: GoodRelease | null;
  readonly history: readonly GoodRelease[];
  readonly queue: readonly Work[];
  readonly running: { readonly work: Work; readonly deployment: string; readonly generation: number; readonly since: string } | null;
  readonly last: EndedDeployment | null;
  /** Hosts that the last good deployment left out; absent in states of before there were any. */
  readonly behind?: readonly HostBehind[];
  /** Jobs that ran here before a switch and were not undone, as they came; absent where there were none. */
  readonly applied?: readonly AppliedJob[];
  readonly answered: readonly string[];
  /** Rollbacks that were answered, oldest first; absent in what an earlier version carried over. */
  readonly rollbacks?: readonly AnsweredRollback[];
  /** When warm containers of the previous version are to be stopped, in milliseconds since the epoch. */
  readonly bakeEndsAt: number | null;
  /** What watches over the last promotion until its bake time ends; absent where nothing does. */
  readonly watched?: Watched;
}

export function emptyEnvironment(application: string, environment: string): EnvironmentState {
  return {
    application,
    environment,
    generation: 0,
    current: null,
    history: [],
    queue: [],
    running: null,
    last: null,
    answered: [],
    bakeEndsAt: null,
  };
}

/** Adds a release's wish at the end, unless it is known already. */
export function enqueue(state: EnvironmentState, request: DeploymentRequest, since: string): EnvironmentState {
  if (isKnown(state, request.requestId)) return state;
  return { ...state, queue: [...state.queue, { kind: 'promotion', since, request }] };
}

function isKnown(state: EnvironmentState, requestId: string): boolean {
  if (state.answered.includes(requestId)) return true;
  return [...state.queue, ...(state.running ? [state.running.work] : [])].some(
    (work) => work.kind === 'promotion' && work.request.requestId === requestId,
  );
}

/** Takes a waiting wish out of the queue and remembers it as answered. */
export function withdraw(state: EnvironmentState, requestId: string): EnvironmentState {
  const queue = state.queue.filter((work) => work.kind !== 'promotion' || work.request.requestId !== requestId);
  return { ...state, queue, answered: remember(state.answered, requestId) };
}

/** The waiting work with this request id. */
export function waitingFor(state: EnvironmentState, requestId: string): Work | undefined {
  return state.queue.find((work) => work.kind === 'promotion' && work.request.requestId === requestId);
}

/** Whether the running work is this wish. */
export function isRunning(state: EnvironmentState, requestId: string): boolean {
  return state.running?.work.kind === 'promotion' && state.running.work.request.requestId === requestId;
}

/** Puts a rollback before everything that waits: a way back waits for nothing but the change under way. */
export function enqueueRollback(state: EnvironmentState, request: RollbackRequest, target: GoodRelease, since: string): EnvironmentState {
  const firstForward = state.queue.findIndex((work) => work.kind !== 'rollback');
  const at = firstForward < 0 ? state.queue.length : firstForward;
  const work: Work = { kind: 'rollback', since, request, generation: target.generation, release: target.release };
  return { ...state, queue: [...state.queue.slice(0, at), work, ...state.queue.slice(at)] };
}

export type RollbackDecision =
  | { readonly kind: 'refused'; readonly reason: string }
  /** The deployment under way is stopped: its own way back leads to the target. */
  | { readonly kind: 'stop-running'; readonly from: number; readonly to: number }
  | { readonly kind: 'return'; readonly from: number; readonly target: GoodRelease };

/** What a person's rollback means in this state. */
export function decideRollback(state: EnvironmentState, to: number | undefined, pastForwardOnly = false): RollbackDecision {
  const running = state.running;
  const current = state.current;
  if (current === null)
    return { kind: 'refused', reason: `${place(state)} never ran a release that was found good, so there is nothing to return to` };
  if (running?.work.kind === 'promotion' && (to === undefined || to === current.release.number)) {
    return { kind: 'stop-running', from: running.work.request.release.number, to: current.release.number };
  }
  // While a rollback leads away from it, the current release is still a place to return to.
  if (to === current.release.number && running !== null) return { kind: 'return', from: releaseOf(running.work).number, target: current };
  if (to === current.release.number) return { kind: 'refused', reason: `${place(state)} already runs release ${to}` };
  const target = state.history.find((good) =>
    to === undefined ? good.release.number < current.release.number : good.release.number === to,
  );
  if (target === undefined) return { kind: 'refused', reason: unreachable(state, to) };
  if (isReturningTo(state, target.release.number))
    return { kind: 'refused', reason: `${place(state)} is on its way back to release ${target.release.number} already` };
  const [forbidding] = forwardOnlyBeyond(state.applied ?? [], target.release.number);
  if (forbidding !== undefined && !pastForwardOnly)
    return {
      kind: 'refused',
      reason: forbidden(state, target.release.number, jobWords({ job: forbidding.job, release: forbidding.release })),
    };
  return { kind: 'return', from: current.release.number, target };
}

/** What a person must know before going past it. */
function forbidden(state: EnvironmentState, to: number, job: string): string {
  return `${place(state)} ran the forward-only job ${job}: nothing undoes it, and release ${to} may not bear what it did. To return there all the same, ask again with --past-forward-only`;
}

function isReturningTo(state: EnvironmentState, release: number): boolean {
  const works = [...(state.running === null ? [] : [state.running.work]), ...state.queue];
  return works.some((work) => work.kind === 'rollback' && work.release.number === release);
}

/** A later release is returned to only when it is named: most likely it is what a rollback has just left. */
function unreachable(state: EnvironmentState, to: number | undefined): string {
  const reachable = state.history.map((good) => good.release.number);
  if (to === undefined && reachable.length > 0)
    return `${place(state)} has no good release before the current one; name a later one to return to it: ${reachable.join(', ')}`;
  const choice = reachable.length === 0 ? 'it has no earlier good release' : `it can return to ${reachable.join(', ')}`;
  return to === undefined
    ? `${place(state)} cannot roll back: ${choice}`
    : `Release ${to} was never found good in ${place(state)}; ${choice}`;
}

function place(state: EnvironmentState): string {
  return `${state.application} in ${state.environment}`;
}

/** Takes the first work from the queue and gives it the next generation. */
export function begin(state: EnvironmentState, deploymentId: (generation: number) => string, since: string): EnvironmentState {
  const [first, ...queue] = state.queue;
  if (first === undefined || state.running !== null) return state;
  const work = first.kind === 'host' ? { ...first, release: state.current?.release ?? first.release } : first;
  const generation = state.generation + 1;
  return { ...state, queue, generation, running: { work, deployment: deploymentId(generation), generation, since } };
}

/** Writes down how the running deployment ended. */
export function finish(state: EnvironmentState, outcome: DeploymentOutcome, at: string, bakeMs: number): EnvironmentState {
  const { running } = state;
  if (running === null) return state;
  const { work } = running;
  const requestId = requestOf(work);
  const answered = requestId === undefined ? state.answered : remember(state.answered, requestId);
  const last: EndedDeployment = {
    deployment: running.deployment,
    kind: work.kind,
    release: releaseOf(work).number,
    outcome,
    startedAt: running.since,
    endedAt: at,
    ...whoAsked(work),
    ...(work.kind === 'rollback' && work.request.alarm !== undefined && { alarm: work.request.alarm }),
    ...(work.kind === 'host' && { requestId: work.requestId }),
  };
  const ended: EnvironmentState = { ...state, running: null, answered, last, ...afterJobs(state, work, outcome, at) };
  if (!isAdopted(outcome)) return ended;
  if (work.kind === 'host') return { ...caughtUp(ended, running, work.request.host), bakeEndsAt: Date.parse(at) + bakeMs };
  return { ...adopt(ended, running, at, bakeMs), behind: behindAfter(state, outcome.hosts, at) };
}

function requestOf(work: Work): string | undefined {
  if (work.kind === 'host') return work.requestId;
  return work.kind === 'promotion' ? work.request.requestId : undefined;
}

/** Bounded, as what is older than every release that a rollback can reach decides nothing any more. */
const APPLIED_LENGTH = 50;

function afterJobs(state: EnvironmentState, work: Work, outcome: DeploymentOutcome, at: string): Pick<EnvironmentState, 'applied'> {
  const reports = outcome.kind === 'plan-changed' ? [] : (outcome.jobs ?? []);
  if (reports.length === 0) return {};
  return { applied: appliedAfter(state.applied ?? [], jobTasks(releaseOf(work)), reports, at).slice(-APPLIED_LENGTH) };
}

/** What a host is left with that was behind already is what it ran before that. */
function behindAfter(state: EnvironmentState, hosts: readonly HostReport[], since: string): HostBehind[] {
  return hosts.filter(isLeftOut).map(({ host, outcome, detail }) => {
    const already = state.behind?.find((other) => other.host === host);
    const runs = already === undefined ? previousOf(state) : already.runs;
    return { host, outcome: outcome === 'excluded' ? 'excluded' : 'skipped', runs, reason: detail.slice(0, REASON_LENGTH), since };
  });
}

function previousOf({ current }: EnvironmentState): PreviousRelease | null {
  return current && { release: current.release, deployment: current.deployment, generation: current.generation };
}

/** Notes with the last deployment, if it is still that one, what went wrong after it. */
export function withWarning(state: EnvironmentState, deployment: string, warning: string): EnvironmentState {
  return state.last?.deployment === deployment ? { ...state, last: { ...state.last, warning } } : state;
}

function adopt(state: EnvironmentState, running: NonNullable<EnvironmentState['running']>, at: string, bakeMs: number): EnvironmentState {
  const release = releaseOf(running.work);
  const kind = strategyOf(state, running.work).kind;
  const current: GoodRelease = {
    release,
    deployment: running.deployment,
    generation: running.generation,
    since: at,
    ...(kind === 'recreate' && { strategy: kind }),
  };
  const earlier = state.current === null ? state.history : [state.current, ...state.history];
  const history = earlier.filter(
    (good, index) =>
      good.release.number !== release.number && earlier.findIndex((other) => other.release.number === good.release.number) === index,
  );
  return { ...state, current, history: history.slice(0, HISTORY_LENGTH), bakeEndsAt: Date.parse(at) + bakeMs };
}

export function releaseOf(work: Work): DeployableRelease {
  return work.kind === 'promotion' ? work.request.release : work.release;
}

export function whoAsked(work: Work): { readonly person: string; readonly reason: string } {
  if (work.kind === 'rollback') return { person: work.request.person, reason: work.request.reason };
  if (work.kind === 'host') return { person: work.request.person, reason: `host ${work.request.host}: ${work.request.reason}` };
  return { person: work.request.requestedBy, reason: 'promotion' };
}

function remember(answered: readonly string[], requestId: string): readonly string[] {
  return [...answered.filter((known) => known !== requestId), requestId].slice(-ANSWERED_LENGTH);
}

/** The deployment that the running work asks for; `hosts` as the environment is configured now. */
export function deploymentOf(state: EnvironmentState, hosts: Deployment['hosts'], alarms: readonly Alarm[] = []): Deployment | undefined {
  const { running } = state;
  if (running === null) return undefined;
  const promotion = running.work.kind === 'promotion' ? running.work.request : undefined;
  const behind = (state.behind ?? []).map(({ host, runs }) => [host, runs] as const);
  return {
    id: running.deployment,
    application: state.application,
    environment: state.environment,
    generation: running.generation,
    kind: running.work.kind,
    release: releaseOf(running.work),
    previous: previousOf(state),
    ...(behind.length > 0 && { behind: Object.fromEntries(behind) }),
    hosts,
    strategy: strategyOf(state, running.work, hosts.length),
    planHash: promotion?.planHash ?? '',
    ...jobsOf(state, running.work),
    ...(promotion !== undefined && alarms.length > 0 && { alarms }),
    ...(promotion?.onFailure !== undefined && { onFailure: promotion.onFailure }),
    ...(promotion?.onForwardOnly !== undefined && { onForwardOnly: promotion.onForwardOnly }),
    ...(promotion?.onUnclear !== undefined && { onUnclear: promotion.onUnclear }),
  };
}

function jobsOf({ applied = [] }: EnvironmentState, work: Work): Pick<Deployment, 'jobsDone' | 'undo'> {
  const { number } = releaseOf(work);
  const done = doneFor(number, applied);
  const undo = work.kind === 'rollback' ? tasksToUndo(applied, number) : [];
  return { ...(done.length > 0 && { jobsDone: done }), ...(undo.length > 0 && { undo }) };
}

function strategyOf(state: EnvironmentState, work: Work, hosts = 1): Strategy {
  return work.kind === 'promotion' ? work.request.strategy : wayBackStrategy(state, hosts);
}

/** A way back is for all hosts at once: each still proves the old version before it gets requests. What suffers no two versions at once suffers none on the way back. */
export function wayBackStrategy({ current }: EnvironmentState, hosts = 1): Strategy {
  return { kind: current?.strategy === 'recreate' ? 'recreate' : 'rolling', batch: Math.max(1, hosts) };
}

/** What people and machines are shown of an environment. */
export function environmentStatusOf(state: EnvironmentState): EnvironmentStatus {
  const { running, watched } = state;
  return {
    application: state.application,
    environment: state.environment,
    current: state.current,
    history: state.history,
    running: running && {
      deployment: running.deployment,
      release: releaseOf(running.work).number,
      kind: running.work.kind,
      since: running.since,
      ...(running.work.kind === 'host' && { requestId: running.work.requestId }),
      progress: null,
    },
    queue: state.queue.map(queued),
    last: state.last,
    behind: (state.behind ?? []).map((host) => ({ ...host, runs: host.runs?.release.number ?? null })),
    ...(watched !== undefined && running === null && { watched: shownWatch(watched) }),
    generation: state.generation,
  };
}

function shownWatch({ deployment, alarms, until }: Watched): WatchView {
  const shown = alarms.map((alarm) => ({ name: alarm.name, ...(alarm.kind === 'raised' && { raisedBy: alarm.by }) }));
  return { deployment, alarms: shown, until: new Date(until).toISOString() };
}

function queued(work: Work): QueuedRequest {
  const requestId = requestOf(work) ?? `rollback to ${releaseOf(work).number}`;
  return { requestId, release: releaseOf(work).number, since: work.since, requestedBy: whoAsked(work).person };
}
