import type { DeploymentRequest } from './deployment-request.ts';
import type { EnvironmentState } from './environment-state.ts';
import type { Work } from './environment-work.ts';
import type { GoodRelease } from './good-release.ts';
import type { RollbackRequest } from './rollback-request.ts';

/** Answered requests that are remembered, so that a repeated one is not done twice. */
const ANSWERED_LENGTH = 200;

/** Adds a release's wish at the end, unless it is known already. */
export function enqueue(state: EnvironmentState, request: DeploymentRequest, since: string): EnvironmentState {
  if (isKnown(state, request.requestId)) return state;
  return { ...state, queue: [...state.queue, { kind: 'promotion', since, request }] };
}

function isKnown(state: EnvironmentState, requestId: string): boolean {
  if (state.answered.includes(requestId)) return true;
  return [...state.queue, ...(state.running ? [state.running.work] : [])].some(
    (work) => work.kind === 'promotion' && work.request.requestId === requestId,
  );
}

/** Takes a waiting wish out of the queue and remembers it as answered. */
export function withdraw(state: EnvironmentState, requestId: string): EnvironmentState {
  const queue = state.queue.filter((work) => work.kind !== 'promotion' || work.request.requestId !== requestId);
  return { ...state, queue, answered: remember(state.answered, requestId) };
}

/** The waiting work with this request id. */
export function waitingFor(state: EnvironmentState, requestId: string): Work | undefined {
  return state.queue.find((work) => work.kind === 'promotion' && work.request.requestId === requestId);
}

/** Whether the running work is this wish. */
export function isRunning(state: EnvironmentState, requestId: string): boolean {
  return state.running?.work.kind === 'promotion' && state.running.work.request.requestId === requestId;
}

/** Puts a rollback before everything that waits: a way back waits for nothing but the change under way. */
export function enqueueRollback(state: EnvironmentState, request: RollbackRequest, target: GoodRelease, since: string): EnvironmentState {
  const firstForward = state.queue.findIndex((work) => work.kind !== 'rollback');
  const at = firstForward < 0 ? state.queue.length : firstForward;
  const work: Work = { kind: 'rollback', since, request, generation: target.generation, release: target.release };
  return { ...state, queue: [...state.queue.slice(0, at), work, ...state.queue.slice(at)] };
}

/** Takes the first work from the queue and gives it the next generation. */
export function begin(state: EnvironmentState, deploymentId: (generation: number) => string, since: string): EnvironmentState {
  const [first, ...queue] = state.queue;
  if (first === undefined || state.running !== null) return state;
  const work = first.kind === 'host' ? { ...first, release: state.current?.release ?? first.release } : first;
  const generation = state.generation + 1;
  return { ...state, queue, generation, running: { work, deployment: deploymentId(generation), generation, since } };
}

/** The answered requests with one more, the latest last. */
export function remember(answered: readonly string[], requestId: string): readonly string[] {
  return [...answered.filter((known) => known !== requestId), requestId].slice(-ANSWERED_LENGTH);
}
