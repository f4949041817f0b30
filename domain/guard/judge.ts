import { endText } from '../gates/explain.ts';
import type { GateReport } from '../gates/report.ts';
import { seenWord } from '../gates/seen.ts';
import type { GuardedRelease, GuardedRun, GuardedStage, GuardVerdict, PlaceSeen } from './guard.ts';

/** How long a commit may be without a release: builds and workflows that make one take their time. */
export const RELEASE_PATIENCE_MS = 6 * 3_600_000;

/**
 * What a run of GitHub Actions is told: yes where each application's newest release of its commit has passed its stages of the environment, is what the environment
 * runs, and nothing that could hold it back at its last moment does so now; no where that cannot come any more without a person. All else waits.
 * `since` and `now` are in milliseconds since the epoch.
 */
export function judgeGuard(
  run: GuardedRun,
  places: readonly PlaceSeen[],
  { since, now }: { readonly since: number; readonly now: number },
) {
  const objection = objectionToRun(run);
  if (objection !== undefined) return no(objection);
  const verdicts = places.map((place) => judgePlace(run, place, now - since >= RELEASE_PATIENCE_MS));
  return together(verdicts);
}

/** Whether GitHub has to be asked if the commit is the repository's own: before a yes, and while there is no release that would say so. */
export function needsReach(verdict: GuardVerdict, places: readonly PlaceSeen[]): boolean {
  return verdict.kind === 'approved' || (verdict.kind === 'waiting' && places.some(({ release }) => release === undefined));
}

/** A run of code that nobody here has let in. */
function objectionToRun({ event, isForeign }: GuardedRun): string | undefined {
  if (isForeign) return 'It runs for a fork: nothing of a fork is let into an environment';
  if (event.startsWith('pull_request'))
    return 'It runs for a pull request: what that brings is let in once it is on a branch and has a release';
  return undefined;
}

function together(verdicts: readonly GuardVerdict[]): GuardVerdict {
  const [first] = verdicts.filter(({ kind }) => kind === 'rejected');
  if (first !== undefined) return first;
  const waiting = verdicts.filter(({ kind }) => kind === 'waiting');
  if (waiting.length > 0)
    return { kind: 'waiting', reason: reasonsOf(waiting), commands: waiting.flatMap(({ commands = [] }) => commands) };
  // Nothing was asked where nothing is named: that is no yes.
  return verdicts.length === 0 ? no('It stands for nothing here') : { kind: 'approved', reason: reasonsOf(verdicts) };
}

function judgePlace(run: GuardedRun, { application, environment, release }: PlaceSeen, isLate: boolean): GuardVerdict {
  if (release === undefined) {
    const reason = `${application} has no release of commit ${run.commit.slice(0, 12)}`;
    return isLate ? no(`${reason}, and none came within ${RELEASE_PATIENCE_MS / 3_600_000} hours`) : wait(`${reason} yet`);
  }
  const reference = `${application}#${release.number}`;
  if (release.fault !== undefined) return no(`Release ${reference} could not begin: ${release.fault}`);
  if (!release.isRead) return wait(`The pipeline of ${reference} has not been read yet`);
  if (release.stages.length === 0) return no(`Release ${reference} has no stage that goes to ${environment}`);
  return together(release.stages.map((stage) => withCommands(judgeStage({ reference, environment, release, stage }), reference, stage)));
}

interface Judged {
  /** `shop#2`. */
  readonly reference: string;
  readonly environment: string;
  readonly release: GuardedRelease;
  readonly stage: GuardedStage;
}

function judgeStage(judged: Judged): GuardVerdict {
  const { reference, environment, stage } = judged;
  const { name, state } = stage;
  const named = `Stage ${name} of ${reference}`;
  if (state.kind === 'waiting') return held(named, state.gates);
  if (state.kind === 'pending') return wait(`${named} is not reached yet`);
  if (state.kind === 'queued') return wait(`${named} has number ${state.position} in the line of ${environment}`);
  if (state.kind === 'running') return wait(`${named} is under way: ${state.detail}`);
  if (state.kind === 'skipped') return no(`${named} was left out: ${state.reason}`);
  if (state.kind !== 'passed') return no(`${named}: ${endText(state)}`);
  return judgePassed(named, judged);
}

/** A pass stands for the time when it was given: what was decided since counts too. */
function judgePassed(named: string, { environment, release, stage: { last } }: Judged): GuardVerdict {
  const { number, current, changing } = release;
  if (changing !== null) return wait(`${environment} is being changed to release ${changing}`);
  if (current !== number) {
    const runs = current === null ? 'runs nothing' : `runs release ${current}`;
    return no(`${named} passed, and ${environment} ${runs} now; promote it again to bring it back`);
  }
  return last.every(({ open }) => open) ? { kind: 'approved', reason: `${named} has passed` } : held(named, last);
}

/** A block ends by a person alone, who may be long in coming: the run can be started again then. */
function held(named: string, gates: readonly GateReport[]): GuardVerdict {
  const closed = gates.filter(({ open }) => !open);
  const blocked = closed.find(({ kind }) => kind === 'block');
  if (blocked !== undefined) return no(`${named}: ${blocked.reason}`);
  return wait(`${named} waits: ${closed.map(({ reason }) => reason).join('; ')}`);
}

function withCommands(verdict: GuardVerdict, reference: string, { name, state }: GuardedStage): GuardVerdict {
  if (verdict.kind !== 'waiting') return verdict;
  const isAsking = state.kind === 'waiting' && state.gates.some(({ kind, open }) => kind === 'approval' && !open);
  const approve = isAsking
    ? [`/approve ${reference} ${name} ${seenWord({ planHash: state.plan.hash, policyRevision: state.policyRevision })}`]
    : [];
  return { ...verdict, commands: [`/explain ${reference} ${name}`, ...approve] };
}

function reasonsOf(verdicts: readonly GuardVerdict[]): string {
  return verdicts.map(({ reason }) => reason).join('. ');
}

function no(reason: string): GuardVerdict {
  return { kind: 'rejected', reason };
}

function wait(reason: string): GuardVerdict {
  return { kind: 'waiting', reason };
}
