import { type DeploymentOutcome, type HostReport, isAdopted, isLeftOut } from './deployment.ts';
import { remember } from './environment-queue.ts';
import { type EnvironmentState, goodRelease, previousOf } from './environment-state.ts';
import type { EndedDeployment } from './environment-status.ts';
import { releaseOf, requestOf, type Work, whoAsked } from './environment-work.ts';
import { withStint } from './gates/stints.ts';
import type { GoodRelease, HostBehind } from './good-release.ts';
import { caughtUp } from './host-deployment.ts';
import { appliedAfter, jobTasks } from './job.ts';
import { strategyOf } from './running-deployment.ts';

/** Earlier good releases that an environment remembers: what a rollback can reach. */
export const HISTORY_LENGTH = 10;
/** Of the reason why a host is behind: its log is in the deployment's own report. */
const REASON_LENGTH = 300;
/** Bounded, as what is older than every release that a rollback can reach decides nothing any more. */
const APPLIED_LENGTH = 50;

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

function adopt(state: EnvironmentState, running: NonNullable<EnvironmentState['running']>, at: string, bakeMs: number): EnvironmentState {
  const release = releaseOf(running.work);
  const kind = strategyOf(state, running.work).kind;
  const current: GoodRelease = {
    release,
    deployment: running.deployment,
    generation: running.generation,
    since: at,
    ...(kind === 'recreate' && { strategy: kind }),
    ...bakingIn(running.work, Date.parse(at), bakeMs),
    ...trustIn(state, running.work),
  };
  const earlier = state.current === null ? state.history : [state.current, ...state.history];
  const history = earlier.filter(
    (good, index) =>
      good.release.number !== release.number && earlier.findIndex((other) => other.release.number === good.release.number) === index,
  );
  const stints = withStint(state, current);
  return { ...state, current, history: history.slice(0, HISTORY_LENGTH), stints, bakeEndsAt: Date.parse(at) + bakeMs };
}

/** What was found out of its images goes with a release, on its way there and back. */
function trustIn(state: EnvironmentState, work: Work): Pick<GoodRelease, 'trust'> {
  const trust = work.kind === 'promotion' ? work.request.trust : goodRelease(state, releaseOf(work).number)?.trust;
  return trust === undefined ? {} : { trust };
}

function bakingIn(work: Work, now: number, bakeMs: number): Pick<GoodRelease, 'baking'> {
  if (work.kind !== 'promotion' || work.request.stage === undefined || bakeMs === 0) return {};
  return { baking: { stage: work.request.stage, until: now + bakeMs } };
}

/** Notes with the last deployment, if it is still that one, what went wrong after it. */
export function withWarning(state: EnvironmentState, deployment: string, warning: string): EnvironmentState {
  return state.last?.deployment === deployment ? { ...state, last: { ...state.last, warning } } : state;
}
