import { hasEnded, type ReleaseStatus } from '../../domain/release.ts';
import { UsageError } from '../errors.ts';
import { EXIT, type ExitCode, exitCodeOfRelease, exitCodeOfStage } from '../exit-codes.ts';

export interface WatchWish {
  /** The stage whose end is waited for; without it, the release's. */
  readonly until?: string;
  /** Whether to stop where only people can open a gate. */
  readonly stopAtGates: boolean;
}

/** The exit code with which a watch ends now, or undefined while it goes on. Throws UsageError for a stage that is not there. */
export function endOfWatch(status: ReleaseStatus, { until, stopAtGates }: WatchWish): ExitCode | undefined {
  const held = stopAtGates && isHeld(status, until) ? EXIT.waiting : undefined;
  const releaseEnd = endOfRelease(status);
  if (until === undefined || status.stages.length === 0) return releaseEnd ?? held;
  const stage = status.stages.find((candidate) => candidate.name === until);
  if (stage === undefined) throw unknownStage(status, until);
  if (!hasEnded(stage.state)) return held;
  return stage.state.kind === 'skipped' ? whySkipped(status) : exitCodeOfStage(stage.state.kind);
}

function endOfRelease({ state, fault }: ReleaseStatus): ExitCode | undefined {
  if (fault !== undefined) return EXIT.failed;
  return state === 'running' || state === 'waiting' ? undefined : exitCodeOfRelease(state);
}

/** True when nothing goes on unless a person opens a gate. */
function isHeld(status: ReleaseStatus, until: string | undefined): boolean {
  const stage = status.stages.find((candidate) => candidate.name === until);
  if (stage?.state.kind === 'waiting' || asksAboutHosts(status)) return true;
  const kinds = status.stages.map((candidate) => candidate.state.kind);
  return kinds.includes('waiting') && !kinds.includes('running') && !kinds.includes('queued');
}

function asksAboutHosts({ stages }: ReleaseStatus): boolean {
  return stages.some(({ state }) => state.kind === 'running' && (state.progress?.questions ?? []).length > 0);
}

/** A stage that was never reached ends as what stood in its way. */
function whySkipped(status: ReleaseStatus): ExitCode {
  const code = exitCodeOfRelease(status.state);
  return code === EXIT.rejected ? EXIT.rejected : EXIT.failed;
}

function unknownStage(status: ReleaseStatus, stage: string): UsageError {
  const names = status.stages.map((candidate) => candidate.name).join(', ');
  return new UsageError(`${status.release.application} has no stage ${JSON.stringify(stage)}`, `its stages are ${names}`);
}
