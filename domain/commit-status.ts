import { shortDigest } from './digest.ts';
import type { StageState, StageStatus } from './release.ts';

/** A stage as GitHub shows it on the commit. */
export interface CommitStatusText {
  readonly context: string;
  readonly state: 'pending' | 'success' | 'failure' | 'error';
  readonly description: string;
}

/** What to tell GitHub of a stage; undefined while nothing has happened to it. */
export function commitStatus(stage: StageStatus): CommitStatusText | undefined {
  const text = textOf(stage.state);
  return text && { context: `tidegate/${stage.name}`, ...text };
}

/** The context where several applications are in one repository: each stage of each has its own. */
export function contextAmongOthers(context: string, application: string): string {
  return context.replace('/', `/${application}/`);
}

function textOf(state: StageState): Omit<CommitStatusText, 'context'> | undefined {
  switch (state.kind) {
    case 'pending':
    case 'skipped':
      return undefined;
    case 'waiting':
      return {
        state: 'pending',
        description: `Waiting: ${state.gates
          .filter((gate) => !gate.open)
          .map((gate) => gate.reason)
          .join('; ')}`,
      };
    case 'queued':
      return { state: 'pending', description: queuedText(state) };
    case 'running':
      return { state: 'pending', description: state.detail };
    case 'passed':
      return {
        state: 'success',
        description: `Passed: ${Object.entries(state.images)
          .map(([name, image]) => `${name} ${shortDigest(image.digest)}`)
          .join(', ')}`,
      };
    case 'incomplete':
      return { state: 'failure', description: `Incomplete: ${state.reason}` };
    case 'failed':
      return { state: 'failure', description: `Failed: ${state.reason}` };
    case 'rolled-back':
      return { state: 'failure', description: `Rolled back${state.to === null ? '' : ` to release ${state.to}`}: ${state.reason}` };
    case 'rejected':
      return { state: 'failure', description: `Rejected by ${state.by}${state.comment === '' ? '' : `: ${state.comment}`}` };
    case 'expired':
      return { state: 'error', description: `Expired: ${state.reason}` };
    case 'superseded':
      return { state: 'error', description: `Superseded: ${state.reason}` };
    case 'cancelled':
      return { state: 'error', description: `Cancelled by ${state.by}: ${state.reason}` };
  }
}

function queuedText({ behind, held }: Extract<StageState, { kind: 'queued' }>): string {
  if (held !== undefined) return `Queued: ${held}`;
  return behind === null ? 'Queued' : `Queued behind release ${behind}`;
}
