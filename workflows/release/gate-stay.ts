import { CancellationScope, condition, getExternalWorkflowHandle, workflowInfo } from '@temporalio/workflow';
import type { EnvironmentPolicy } from '../../domain/environment-policy.ts';
import type { GateStay } from '../../domain/gate-stay.ts';
import type { Stage } from '../../domain/pipeline.ts';
import type { StageState } from '../../domain/release.ts';
import { stateOf } from '../../domain/release-board.ts';
import { environmentWorkflowId } from '../../domain/workflow-ids.ts';
import { leaveGates } from '../messages.ts';
import { desk } from '../proxies/main.ts';
import type { ReleaseRun } from './release-run.ts';

type DeployStage = Extract<Stage, { kind: 'deploy' }>;

/** How a stay at the gates ended: with the stage, or on the way to the queue. */
export type EndOfStay = { readonly closed: StageState } | { readonly closed?: never; readonly gateStay?: string };

/**
 * Waits at the gates. Where newer releases take the place of older ones, the environment knows who is there, and tells whose place was
 * taken; the release itself has the last word, as it alone knows of a vote that has just been given. `known` is the stay that an earlier run began.
 */
export async function stayAtGates(
  run: ReleaseRun,
  stage: DeployStage,
  policy: EnvironmentPolicy,
  wait: () => Promise<StageState | undefined>,
  known?: GateStay,
): Promise<EndOfStay> {
  if (policy.queue === undefined || policy.queue.kind === 'queue') return endOf(await wait(), undefined);
  const stay = known ?? stayOf(run, stage, policy.queue);
  run.atGates.stays.set(stage.name, stay);
  const staying = new CancellationScope();
  let end: EndOfStay | undefined;
  try {
    if (known === undefined) await desk.reachGates({ ...placeOf(run, stage), stay });
    const through = staying.run(wait).then((closed) => endOf(closed, stay.requestId));
    end = await Promise.race([through, staying.run(() => untilReplaced(run, stage, stay))]);
    return end;
  } finally {
    run.atGates.stays.delete(stage.name);
    staying.cancel();
    if (end === undefined || end.closed !== undefined) await CancellationScope.nonCancellable(() => leave(run, stage, stay));
  }
}

/** Whether newer releases leave it alone: people have voted on it, vote just now, or asked for it by hand. */
export function isDecided(run: ReleaseRun, stage: DeployStage): boolean {
  const byHand = run.movers.promoter !== undefined || run.movers.promotedBy[stage.name] !== undefined;
  return byHand || run.votes.isCasting(stage.name) || run.votes.has(stage.name);
}

/** Whether something other than people keeps it: giving way to whatever comes, no release would ever have waited long enough. */
function waitsForMore(run: ReleaseRun, stage: DeployStage): boolean {
  const state = stateOf(run.board, stage.name);
  return state.kind !== 'waiting' || state.gates.some(({ open, kind }) => !open && kind !== 'approval' && kind !== 'promotion');
}

async function untilReplaced(run: ReleaseRun, stage: DeployStage, stay: GateStay): Promise<EndOfStay> {
  let told = stay.decided;
  const isWaiting = () => stateOf(run.board, stage.name).kind === 'waiting';
  const keepsPlace = () => isDecided(run, stage) || waitsForMore(run, stage);
  for (;;) {
    await condition(() => run.news[stay.requestId]?.kind === 'superseded' || (isWaiting() && keepsPlace() !== told));
    const news = run.news[stay.requestId];
    const givesVotesUp = stay.policy.kind === 'supersede' && stay.policy.supersedeVoted;
    const insists = waitsForMore(run, stage) || (isDecided(run, stage) && !givesVotesUp);
    if (news?.kind === 'superseded' && !insists) return { closed: supersededBy(news.by, stage) };
    // It stays where it was: the environment is told why.
    delete run.news[stay.requestId];
    told = keepsPlace();
    const said = { ...stay, decided: told };
    run.atGates.telling.add(stage.name);
    try {
      await desk.reachGates({ ...placeOf(run, stage), stay: said });
    } finally {
      run.atGates.telling.delete(stage.name);
    }
    run.atGates.stays.set(stage.name, said);
  }
}

/** How a stage ends whose place a newer release took. */
export function supersededBy(release: number, { environment }: DeployStage): StageState {
  return { kind: 'superseded', at: new Date().toISOString(), by: release, reason: `release ${release} took its place in ${environment}` };
}

function endOf(closed: StageState | undefined, gateStay: string | undefined): EndOfStay {
  if (closed !== undefined) return { closed };
  return gateStay === undefined ? {} : { gateStay };
}

function stayOf(run: ReleaseRun, stage: DeployStage, policy: GateStay['policy']): GateStay {
  return {
    requestId: `${run.runId}/${stage.name}/gates/${run.nextRequest()}`,
    release: run.record.number,
    releaseWorkflowId: workflowInfo().workflowId,
    since: new Date().toISOString(),
    requestedBy: run.movers.promoter ?? run.record.initiator,
    decided: isDecided(run, stage) || waitsForMore(run, stage),
    policy,
  };
}

async function leave(run: ReleaseRun, stage: DeployStage, { requestId }: GateStay): Promise<void> {
  const { application, environment } = placeOf(run, stage);
  await getExternalWorkflowHandle(environmentWorkflowId(application, environment)).signal(leaveGates, requestId);
}

function placeOf(run: ReleaseRun, { environment }: DeployStage): { readonly application: string; readonly environment: string } {
  return { application: run.record.application, environment };
}
