import type { Scheduler } from 'fast-check';
import { GitHubRefused, GitHubUnavailable } from '../../../activities/github/errors.ts';
import type { CommitStatus, CommitStatuses, Telling } from '../../../activities/github.ts';

const signal = new AbortController().signal;
/** The first attempt of an activity, and any other. */
export const FIRST: Telling = { signal, isRepeat: false };
const REPEAT: Telling = { signal, isRepeat: true };

/** What GitHub holds of one context of each commit, and what goes wrong with it. */
export class FakeGitHub implements CommitStatuses {
  readonly statuses: string[] = [];
  readonly #shown = new Map<string, string>();
  fault: Error | undefined;

  async report({ commit, description }: CommitStatus, { isRepeat }: Telling): Promise<void> {
    if (this.fault !== undefined) throw this.fault;
    if (!isRepeat || this.shownOf(commit) !== description) this.statuses.push(description);
    this.#shown.set(commit, description);
  }

  shownOf(commit: string): string | undefined {
    return this.#shown.get(commit);
  }
}

/** What becomes of a request: GitHub takes it, refuses it, or takes it and its answer is lost. */
export type Fate = 'taken' | 'refused' | 'lost';

/** GitHub with requests that arrive in any order. */
export function scheduled(github: FakeGitHub, scheduler: Scheduler, nextFate: () => Fate): CommitStatuses {
  return {
    report: async (status, telling) => {
      const fate = nextFate();
      await scheduler.schedule(Promise.resolve(), 'on its way there');
      if (fate === 'refused') throw new GitHubRefused('no right to write it');
      await github.report(status, telling);
      await scheduler.schedule(Promise.resolve(), 'on its way back');
      if (fate === 'lost') throw new GitHubUnavailable('the answer was lost');
    },
  };
}

/** As Temporal does: again until it is done or refused, and the next word of a release after it. */
export async function speak(statuses: CommitStatuses, words: readonly CommitStatus[], pause?: () => Promise<void>): Promise<void> {
  for (const one of words) {
    await pause?.();
    for (let telling = FIRST; ; telling = REPEAT) {
      const isDone = await statuses.report(one, telling).then(
        () => true,
        (error: unknown) => error instanceof GitHubRefused,
      );
      if (isDone) break;
    }
  }
}
