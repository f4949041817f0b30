import { ancestorsOf } from './graph.ts';
import { type Images, printImage } from './image.ts';
import type { StagePass } from './ledger.ts';
import type { Pipeline, Stage } from './pipeline.ts';
import { hasEnded, type ReleaseRecord, type ReleaseStatus, releaseState, type StageState, type StageStatus } from './release.ts';
import { warningOf } from './strategy.ts';
import type { StageTakenBack } from './taken-back.ts';

/** The stages of one release and how each stands. Plain JSON. */
export interface ReleaseBoard {
  readonly record: ReleaseRecord;
  readonly pipeline: Pipeline;
  readonly images: Images;
  readonly states: Readonly<Record<string, StageState>>;
}

const UNREAD: Omit<Pipeline, 'application'> = { revision: '', components: [], stages: [] };

/** Before the pipeline has been read: a release without stages. */
export function unreadBoard(record: ReleaseRecord): ReleaseBoard {
  return { record, pipeline: { application: record.application, ...UNREAD }, images: record.images, states: {} };
}

/**
 * Stages that this pipeline revision has seen pass with the release's images stay passed; everything else is still to do.
 * A release never changes: the images that it was created with come first, and then those of the earliest pass.
 */
export function openBoard(
  record: ReleaseRecord,
  pipeline: Pipeline,
  passes: readonly StagePass[],
  imagesOf: (pass: StagePass) => Images,
): ReleaseBoard {
  const valid = passes.filter((pass) => pass.pipelineRevision === pipeline.revision);
  const images = Object.assign({}, ...valid.map(imagesOf).reverse(), record.images) as Images;
  const counts = (pass: StagePass, stage: Stage) => pass.stage === stage.name && agree(imagesOf(pass), images);
  const states = Object.fromEntries(
    pipeline.stages.map((stage) => [
      stage.name,
      stateFrom(
        valid.find((pass) => counts(pass, stage)),
        imagesOf,
      ),
    ]),
  );
  return { record, pipeline, images, states };
}

/** Whether what a stage passed with is what the release has; images that were built later are no contradiction. */
function agree(passed: Images, images: Images): boolean {
  return Object.entries(passed).every(([name, image]) => {
    const own = images[name];
    return own !== undefined && printImage(own) === printImage(image);
  });
}

function stateFrom(pass: StagePass | undefined, imagesOf: (pass: StagePass) => Images): StageState {
  if (pass === undefined) return { kind: 'pending' };
  if (pass.takenBack !== undefined) return { kind: 'rolled-back', milliseconds: 0, hosts: [], ...pass.takenBack };
  return { kind: 'passed', at: pass.at, milliseconds: 0, images: imagesOf(pass) };
}

export function withState(board: ReleaseBoard, stage: string, state: StageState): ReleaseBoard {
  return { ...board, states: { ...board.states, [stage]: state } };
}

export function withImages(board: ReleaseBoard, images: Images): ReleaseBoard {
  return { ...board, images: { ...board.images, ...images } };
}

export function stateOf(board: ReleaseBoard, stage: string): StageState {
  return board.states[stage] ?? { kind: 'pending' };
}

/** Pending stages before which everything passed, near and far: an earlier stage may have been done again, and failed. */
export function readyStages(board: ReleaseBoard): Stage[] {
  return board.pipeline.stages.filter((stage) => stateOf(board, stage.name).kind === 'pending' && unmetNeeds(board, stage).length === 0);
}

function unmetNeeds(board: ReleaseBoard, stage: Stage): string[] {
  const isUnmet = (need: string) => stateOf(board, need).kind !== 'passed';
  const near = stage.needs.filter(isUnmet);
  return near.length > 0 ? near : [...allNeeds(board, stage)].filter(isUnmet);
}

function allNeeds(board: ReleaseBoard, stage: Stage): ReadonlySet<string> {
  const nodes = board.pipeline.stages.map(({ name, needs }) => ({ name, before: needs }));
  return ancestorsOf(stage.name, nodes);
}

/** Pending stages that can no longer start become skipped, each naming the need that stands in the way. */
export function skipUnreachable(board: ReleaseBoard): ReleaseBoard {
  const next = board.pipeline.stages.find(
    (stage) => stateOf(board, stage.name).kind === 'pending' && blockingNeed(board, stage) !== undefined,
  );
  if (next === undefined) return board;
  return skipUnreachable(withState(board, next.name, { kind: 'skipped', reason: `${blockingNeed(board, next)} did not pass` }));
}

function blockingNeed(board: ReleaseBoard, stage: Stage): string | undefined {
  return unmetNeeds(board, stage).find((need) => hasEnded(stateOf(board, need)));
}

/** Why a stage cannot be promoted by hand now, or undefined when it can. */
export function objectionToPromotion(board: ReleaseBoard, name: string, runAgain: readonly string[] = []): string | undefined {
  const stage = board.pipeline.stages.find((other) => other.name === name);
  if (stage === undefined) return unknownStage(board, name);
  const jobs = objectionToJobs(board, stage, runAgain);
  if (jobs !== undefined) return jobs;
  const state = stateOf(board, name);
  if (isUnderWay(state)) return `Stage ${name} is ${state.kind} already`;
  if (stage.kind === 'build' && state.kind === 'passed')
    return `Stage ${name} has passed, and a release is built once: create a new release to build again`;
  const unmet = unmetNeeds(board, stage);
  if (unmet.length > 0) return `Stage ${name} needs ${unmet.join(', ')} to pass first`;
  const later = [...downstreamOf(board, name)].find((other) => isUnderWay(stateOf(board, other)));
  if (later === undefined) return undefined;
  return `Stage ${later} comes after ${name} and is ${stateOf(board, later).kind}; cancel the release before ${name} is done again`;
}

/** Every pending stage will not be done in this attempt. */
export function nothingMore(board: ReleaseBoard): ReleaseBoard {
  const states = Object.entries(board.states).map(([name, state]): [string, StageState] => [
    name,
    state.kind === 'pending' ? UNASKED : state,
  ]);
  return { ...board, states: Object.fromEntries(states) };
}

const UNASKED: StageState = { kind: 'skipped', reason: 'not asked for in this attempt' };

/** A stage that its environment went back from shows that, unless it is being done again by now. */
export function takenBack(board: ReleaseBoard, { stage, hosts, jobs, at, to, reason }: StageTakenBack): ReleaseBoard {
  const state = board.states[stage];
  if (state === undefined || isUnderWay(state)) return board;
  const milliseconds = 'milliseconds' in state ? state.milliseconds : 0;
  return withState(board, stage, { kind: 'rolled-back', at, milliseconds, reason, to, hosts, ...(jobs !== undefined && { jobs }) });
}

/** Stages after this one that are under way: what they need has passed no more. */
export function laterUnderWay(board: ReleaseBoard, name: string): string[] {
  return [...downstreamOf(board, name)].filter((later) => isUnderWay(stateOf(board, later)));
}

function objectionToJobs({ pipeline }: ReleaseBoard, stage: Stage, runAgain: readonly string[]): string | undefined {
  if (runAgain.length > 0 && stage.kind !== 'deploy') return `Stage ${stage.name} deploys nothing, so that no job is run there`;
  const names = (pipeline.jobs ?? []).map((job) => job.name);
  const unknown = runAgain.find((job) => !names.includes(job));
  return unknown === undefined ? undefined : `${pipeline.application} has no job ${unknown}; its jobs are ${names.join(', ') || 'none'}`;
}

function isUnderWay(state: StageState): boolean {
  return !hasEnded(state) && state.kind !== 'pending';
}

export function unknownStage(board: ReleaseBoard, name: string): string {
  const names = board.pipeline.stages.map((stage) => stage.name);
  return names.length === 0
    ? `The pipeline of ${board.record.application} has not been read yet; try again in a moment`
    : `${board.record.application} has no stage ${name}; its stages are ${names.join(', ')}`;
}

/** Sets a stage, and what was skipped because of it, to be done again. */
export function reopen(board: ReleaseBoard, name: string): ReleaseBoard {
  const reopened = withState(board, name, { kind: 'pending' });
  const skipped = board.pipeline.stages.filter(
    (stage) => stateOf(board, stage.name).kind === 'skipped' && downstreamOf(board, name).has(stage.name),
  );
  return skipped.reduce((result, stage) => withState(result, stage.name, { kind: 'pending' }), reopened);
}

/** Every pending stage but this one and those after it will not be done in this attempt. */
export function onlyFrom(board: ReleaseBoard, name: string): ReleaseBoard {
  const wanted = downstreamOf(board, name);
  const others = board.pipeline.stages.filter(
    (stage) => stateOf(board, stage.name).kind === 'pending' && stage.name !== name && !wanted.has(stage.name),
  );
  return others.reduce((result, stage) => withState(result, stage.name, UNASKED), board);
}

function downstreamOf(board: ReleaseBoard, name: string): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (need: string): void => {
    for (const stage of board.pipeline.stages) {
      if (!stage.needs.includes(need) || found.has(stage.name)) continue;
      found.add(stage.name);
      visit(stage.name);
    }
  };
  visit(name);
  return found;
}

/** What people and machines are shown of a release. */
export function releaseStatusOf(board: ReleaseBoard): ReleaseStatus {
  const stages = board.pipeline.stages.map((stage) => statusOf(board, stage));
  const state = stages.length === 0 ? 'running' : releaseState(stages.map((stage) => stage.state));
  return { release: board.record, pipelineRevision: board.pipeline.revision, images: board.images, stages, state };
}

function statusOf(board: ReleaseBoard, stage: Stage): StageStatus {
  const shown = { name: stage.name, stageKind: stage.kind, state: stateOf(board, stage.name) };
  if (stage.kind !== 'deploy') return shown;
  const warning = warningOf(stage.strategy);
  return { ...shown, environment: stage.environment, ...(warning !== undefined && { warning }) };
}
