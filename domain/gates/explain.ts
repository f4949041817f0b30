import type { StageKind, StageState, StageStatus } from '../release.ts';
import type { GateReport } from './report.ts';

/** What a deploy stage would ask if it were its turn now. */
export interface StageGates {
  readonly stage: string;
  readonly environment: string;
  readonly gates: readonly GateReport[];
}

/** Something that comes before a stage, or has ended it, and what to do about it. */
export interface Hindrance {
  readonly reason: string;
  readonly todo?: string;
}

/** All that stands between a release and one of its stages. */
export interface StageExplanation {
  readonly stage: string;
  readonly environment?: string;
  readonly state: StageKind;
  readonly hindrances: readonly Hindrance[];
  /** Every gate that the stage has; of one that has passed none is asked any more. */
  readonly gates: readonly GateReport[];
}

/** What is asked about a release: it, its stages as they stand, and what each needs. */
export interface Explained {
  /** `shop#2`. */
  readonly reference: string;
  readonly stages: readonly StageStatus[];
  readonly needs: Readonly<Record<string, readonly string[]>>;
  readonly gates: readonly StageGates[];
}

/** What stands between a release and each stage: of one that waits as it judges now, of one that is not reached yet or has ended as it would. */
export function explainStages(explained: Explained): readonly StageExplanation[] {
  return explained.stages.map((stage) => {
    const { name, environment, state } = stage;
    return {
      stage: name,
      ...(environment !== undefined && { environment }),
      state: state.kind,
      hindrances: hindrancesOf(stage, explained),
      gates: gatesOf(stage, explained),
    };
  });
}

function gatesOf({ name, state }: StageStatus, { gates }: Explained): readonly GateReport[] {
  if (state.kind === 'waiting') return state.gates;
  if (state.kind === 'passed' || state.kind === 'running' || state.kind === 'queued') return [];
  return gates.find(({ stage }) => stage === name)?.gates ?? [];
}

function hindrancesOf({ name, state }: StageStatus, explained: Explained): Hindrance[] {
  const again = `'tidegate promote ${explained.reference} --to ${name}' takes it there again`;
  switch (state.kind) {
    case 'passed':
    case 'waiting':
      return [];
    case 'pending':
      return needsOf(name, explained);
    case 'running':
      return [{ reason: state.detail }];
    case 'queued':
      return [{ reason: queueText(state) }];
    case 'skipped':
      return [{ reason: state.reason, todo: again }, ...needsOf(name, explained)];
    default:
      return [{ reason: endText(state), todo: again }, ...needsOf(name, explained)];
  }
}

function needsOf(name: string, { needs, stages }: Explained): Hindrance[] {
  const unmet = stages.filter((stage) => (needs[name] ?? []).includes(stage.name) && stage.state.kind !== 'passed');
  return unmet.map(({ name: need, state }) => ({ reason: `Stage ${need} has to pass first, and is ${state.kind}` }));
}

function queueText({ position, behind, held }: Extract<StageState, { kind: 'queued' }>): string {
  const place = `Number ${position} in the environment's line${behind === null ? '' : `, behind release ${behind}`}`;
  return held === undefined ? place : `${place}; its turn waits: ${held}`;
}

type Ended = Exclude<StageState, { kind: 'passed' | 'waiting' | 'pending' | 'running' | 'queued' | 'skipped' }>;

/** How a stage ended that did not pass, in a sentence. */
export function endText(state: Ended): string {
  if (state.kind === 'rejected') return `${state.by} rejected it${state.comment === '' ? '' : `: ${state.comment}`}`;
  if (state.kind === 'superseded') return `It was left out, as ${state.reason}`;
  if (state.kind === 'cancelled') return `${state.by} cancelled it: ${state.reason}`;
  return `It ${state.kind === 'rolled-back' ? 'was rolled back' : `has ${state.kind === 'incomplete' ? 'ended incomplete' : state.kind}`}: ${state.reason}`;
}
