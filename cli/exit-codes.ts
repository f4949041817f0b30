import type { ReleaseState, StageState } from '../domain/release.ts';

/** What `tidegate` ends with; docs/cli.md promises these. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  rejected: 3,
  notAllowed: 4,
  waiting: 5,
  incomplete: 6,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const OF_RELEASE: Readonly<Record<ReleaseState, ExitCode>> = {
  running: EXIT.waiting,
  waiting: EXIT.waiting,
  promoted: EXIT.done,
  incomplete: EXIT.incomplete,
  failed: EXIT.failed,
  'rolled-back': EXIT.failed,
  rejected: EXIT.rejected,
  expired: EXIT.rejected,
  superseded: EXIT.failed,
  cancelled: EXIT.failed,
};

/** How somebody who waited for a release ends. */
export function exitCodeOfRelease(state: ReleaseState): ExitCode {
  return OF_RELEASE[state];
}

const OF_STAGE: Readonly<Record<StageState['kind'], ExitCode>> = {
  pending: EXIT.waiting,
  waiting: EXIT.waiting,
  queued: EXIT.waiting,
  running: EXIT.waiting,
  passed: EXIT.done,
  incomplete: EXIT.incomplete,
  failed: EXIT.failed,
  'rolled-back': EXIT.failed,
  rejected: EXIT.rejected,
  expired: EXIT.rejected,
  superseded: EXIT.failed,
  cancelled: EXIT.failed,
  skipped: EXIT.failed,
};

/** How somebody who waited for one stage ends. */
export function exitCodeOfStage(kind: StageState['kind']): ExitCode {
  return OF_STAGE[kind];
}
