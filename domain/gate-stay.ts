import type { DeploymentRequest } from './deployment-request.ts';
import { enqueue, remember } from './environment-queue.ts';
import type { EnvironmentState } from './environment-state.ts';
import type { Work } from './environment-work.ts';
import { type QueuePolicy, type Replaced, replacedByArrival, type Waiting } from './queue-policy.ts';

/** A release that has come to the gates of an environment where newer releases take the place of older ones. */
export interface GateStay {
  readonly requestId: string;
  readonly release: number;
  readonly releaseWorkflowId: string;
  readonly since: string;
  readonly requestedBy: string;
  /** People have voted on it or asked for it by hand, or it waits for more than people: no newer release takes its place. */
  readonly decided: boolean;
  readonly policy: QueuePolicy;
}

/** What an arrival makes of an environment, and whom to tell that another took their place. */
export interface Arrival {
  readonly state: EnvironmentState;
  readonly replaced: readonly ToldOff[];
}

/** A release that is told of it. */
export interface ToldOff extends Replaced {
  readonly releaseWorkflowId: string;
}

/** A release has come to the gates, or what it said of itself there has changed. News of a stay that is over came late. */
export function reachGates(state: EnvironmentState, stay: GateStay): Arrival {
  if (state.leftGates?.includes(stay.requestId) === true) return { state, replaced: [] };
  const others = (state.atGates ?? []).filter(({ requestId }) => requestId !== stay.requestId);
  const arrived: EnvironmentState = { ...state, atGates: [...others, stay] };
  return giveWay(arrived, ofStay(stay), stay.policy);
}

/** It got no further: refused, cancelled, or to be planned anew. */
export function leaveGates(state: EnvironmentState, requestId: string): EnvironmentState {
  const { atGates, leftGates = [] } = state;
  const left = { ...state, leftGates: remember(leftGates, requestId) };
  return atGates === undefined ? left : { ...left, atGates: atGates.filter((stay) => stay.requestId !== requestId) };
}

/** A release's wish to be deployed arrives: its gates are behind it. */
export function arrive(state: EnvironmentState, request: DeploymentRequest, since: string): Arrival {
  const through = request.gateStay === undefined ? state : leaveGates(state, request.gateStay);
  const queued = enqueue(through, request, since);
  const policy = request.policy.queue ?? { kind: 'queue' };
  return queued === through ? { state: queued, replaced: [] } : giveWay(queued, ofRequest(request), policy);
}

/** Takes those out that give way; each is to be told by whom. */
export function replace(state: EnvironmentState, replaced: readonly Replaced[]): Arrival {
  if (replaced.length === 0) return { state, replaced: [] };
  const isReplaced = (id: string) => replaced.some(({ requestId }) => requestId === id);
  const toldOff = replaced.map((one) => ({ ...one, releaseWorkflowId: workflowOf(state, one.requestId) }));
  const left: EnvironmentState = {
    ...state,
    queue: state.queue.filter((work) => work.kind !== 'promotion' || !isReplaced(work.request.requestId)),
    ...(state.atGates !== undefined && { atGates: state.atGates.filter(({ requestId }) => !isReplaced(requestId)) }),
    answered: replaced.reduce((answered, { requestId }) => remember(answered, requestId), state.answered),
  };
  return { state: left, replaced: toldOff };
}

/** All that wait, at the gates and in the queue. */
export function waitingIn({ queue, atGates = [] }: EnvironmentState): readonly Waiting[] {
  return [...atGates.map(ofStay), ...queue.filter((work) => work.kind === 'promotion').map(({ request }) => ofRequest(request))];
}

function giveWay(state: EnvironmentState, arriving: Waiting, policy: QueuePolicy): Arrival {
  const others = waitingIn(state).filter(({ requestId }) => requestId !== arriving.requestId);
  return replace(state, replacedByArrival(arriving, others, policy));
}

function workflowOf({ queue, atGates = [] }: EnvironmentState, id: string): string {
  const stay = atGates.find(({ requestId }) => requestId === id);
  const work = queue.find((one): one is Extract<Work, { kind: 'promotion' }> => one.kind === 'promotion' && one.request.requestId === id);
  return stay?.releaseWorkflowId ?? work?.request.releaseWorkflowId ?? '';
}

function ofStay({ requestId, release, decided }: GateStay): Waiting {
  return { requestId, release, decided, place: 'gates' };
}

function ofRequest({ requestId, release, decided = false }: DeploymentRequest): Waiting {
  return { requestId, release: release.number, decided, place: 'queue' };
}
