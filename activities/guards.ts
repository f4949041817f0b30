import { asyncLocalStorage } from '@temporalio/activity';
import { GITHUB_LAG_MS } from '../domain/github/lag.ts';
import { isSameOnGitHub } from '../domain/guard/environment-name.ts';
import type { Guard, GuardAnswer, GuardedPlace, GuardedRun, GuardGone, GuardSeen, GuardVerdict, PlaceSeen } from '../domain/guard/guard.ts';
import { judgeGuard, needsReach } from '../domain/guard/judge.ts';
import { answerText, waitingText } from '../domain/guard/text.ts';
import { asGitHubFailure } from './github/as-failure.ts';
import { cancellation } from './with-heartbeat.ts';

interface Asking {
  readonly signal: AbortSignal;
}

/** A run as it is at GitHub. */
export interface RunAtGitHub extends GuardedRun {
  /** Where its commit is to be found: a branch's or a tag's name. */
  readonly branch: string;
  /** The environments that its jobs wait for just now, as GitHub calls them. */
  readonly waitsFor: readonly string[];
}

/** Runs of GitHub Actions. Everything throws GitHubRefused (terminal) and GitHubUnavailable (retryable, with the wait that GitHub asked for). */
export interface GuardedRuns {
  /** Undefined where GitHub shows no such run any more. */
  read(guard: Guard, asking: Asking): Promise<RunAtGitHub | undefined>;
  /** Why no branch or tag of the repository leads to the run's commit; undefined where one does. */
  objectionToReach(guard: Guard, run: RunAtGitHub, asking: Asking): Promise<string | undefined>;
  /** Says yes or no, or a word while it waits. The same twice does no harm. */
  tell(guard: Guard, said: { readonly state?: GuardAnswer['kind']; readonly comment: string }, asking: Asking): Promise<void>;
}

/** What is known here of a commit. Throws what its sources throw: what cannot be read is no yes. */
export interface GuardedPlaces {
  see(place: GuardedPlace, commit: string): Promise<PlaceSeen>;
}

export interface GuardParts {
  readonly runs: GuardedRuns;
  readonly places: GuardedPlaces;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export interface GuardLook {
  readonly guard: Guard;
  /** ISO 8601. */
  readonly since: string;
}

/** What came of an answer: it may be no longer the one to give. `isUnsure`: an earlier attempt may have been heard. */
export type GuardTold =
  | { readonly kind: 'told' }
  | (GuardGone & { readonly isUnsure?: boolean })
  | { readonly kind: 'changed'; readonly isUnsure?: boolean };

/** What guards ask and tell. Everything is read again each time, and a yes last of all, so that nothing that was so a while ago is told. */
export function createGuardActivities(parts: GuardParts) {
  const { runs } = parts;
  return {
    lookAtRun: (asked: GuardLook): Promise<GuardSeen> => withGitHub((asking) => look(parts, asked, asking)),

    /** Tells GitHub, where it is still what is seen; what a person ordered is told whatever is seen. */
    answerRun: ({ answer, ...asked }: GuardLook & { readonly answer: GuardAnswer }): Promise<GuardTold> =>
      withGitHub(async (asking) => {
        const seen = await look(parts, asked, asking);
        if (seen.kind === 'gone') return { ...seen, ...(isRepeat() && { isUnsure: true }) };
        if (seen.kind !== answer.kind && answer.by === undefined) return { kind: 'changed', ...(isRepeat() && { isUnsure: true }) };
        await runs.tell(asked.guard, { state: answer.kind, comment: answerText(answer) }, asking);
        return { kind: 'told' };
      }),

    /** A word for whoever looks at the run. */
    commentOnRun: ({ guard, waiting }: { readonly guard: Guard; readonly waiting: GuardVerdict }): Promise<void> =>
      withGitHub((asking) => runs.tell(guard, { comment: waitingText(waiting) }, asking)),
  };
}

async function look({ runs, places, now }: GuardParts, { guard, since }: GuardLook, asking: Asking): Promise<GuardSeen> {
  const run = await runs.read(guard, asking);
  const lag = now() - Date.parse(since) < GITHUB_LAG_MS ? { mayLag: true as const } : {};
  if (run === undefined) return { kind: 'gone', reason: `GitHub has no run ${guard.run} of ${guard.repository.name} any more`, ...lag };
  if (!run.waitsFor.some((name) => isSameOnGitHub(name, guard.environment)))
    return { kind: 'gone', reason: `no job of run ${guard.run} waits for ${guard.environment} any more`, ...lag };
  const seen = await Promise.all(guard.places.map((place) => places.see(place, run.commit)));
  const verdict = judgeGuard(run, seen, { since: Date.parse(since), now: now() });
  if (!needsReach(verdict, seen)) return verdict;
  const objection = await runs.objectionToReach(guard, run, asking);
  return objection === undefined ? verdict : { kind: 'rejected', reason: objection };
}

function isRepeat(): boolean {
  return (asyncLocalStorage.getStore()?.info.attempt ?? 1) > 1;
}

async function withGitHub<Result>(act: (asking: Asking) => Promise<Result>): Promise<Result> {
  try {
    return await act({ signal: cancellation() });
  } catch (error) {
    throw asGitHubFailure(error);
  }
}
