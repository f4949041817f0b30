import type { Drain } from '../../domain/drain.ts';
import type { Publication } from '../../domain/pipeline.ts';
import type { ObservedContainer } from '../../domain/plan.ts';
import type { ComponentChoice } from '../../domain/switch.ts';
import { ContainerMissing } from './errors.ts';
import { untilHealthy } from './health.ts';
import { addressOf, type HostWork, routeOf } from './host-work.ts';
import { answerAsThemselves, type Proof, provePlainly, proveRunners } from './identity.ts';
import { letEnd } from './let-end.ts';
import type { Route } from './ports.ts';
import { serversOf, startRunners, stopAll, stoppedRunner } from './runners.ts';
import { drain, leaveTraffic } from './traffic.ts';

export interface ComponentSwitch {
  readonly choice: ComponentChoice;
  /** What the router is told, so that it refuses whoever comes too late. */
  readonly fence: number;
  /** The component's other running containers. */
  readonly old: readonly ObservedContainer[];
  /** Those that do not run now. One that was started on purpose would come back with its engine, or by upkeep, beside the new ones. */
  readonly idle: readonly ObservedContainer[];
  /** How the old version ends what it has begun; undefined where its stop signal is enough. */
  readonly drain: Drain | undefined;
  /** Names of those that the router gave requests to. */
  readonly routed: readonly string[];
  /** Where no two versions may ever run at once; undefined where the new one starts beside the old. */
  readonly handOver: HandOver | undefined;
}

export interface HandOver {
  /** Saves what the old version keeps, while it runs and once it is stopped. Throws HostFailed. */
  readonly save: (isStopped: boolean) => Promise<void>;
}

/**
 * Makes the chosen containers of one component serve, and returns what people should know of those that went. Throws HostFailed with what was seen,
 * before requests have moved or just after.
 */
export async function switchComponent(work: HostWork, component: ComponentSwitch): Promise<string[]> {
  const { publish } = component.choice.component.run;
  const notes: string[] = [];
  if (component.handOver !== undefined && component.choice.kind !== 'keep')
    notes.push(...(await replace(work, component, component.handOver)));
  else await startRunners(work, component.choice);
  if (publish === undefined) return [...notes, ...(await switchInside(work, component))];
  await switchPublished(work, component, publish);
  return notes;
}

/**
 * Stops the old containers before it starts the new ones. Whoever finds those gone comes too late, after the host was restored, and
 * has stopped the wrong ones: it takes that back. After any other failure the new ones may run, so the old ones stay stopped.
 */
async function replace(
  work: HostWork,
  { choice, fence, old, idle, drain: end, routed }: ComponentSwitch,
  { save }: HandOver,
): Promise<string[]> {
  const isFirst = old.length + idle.length === 0;
  if (!isFirst) await save(false);
  const { drainMs, stopGraceMs } = choice.component.run;
  const leaving = routed.filter((name) => old.some((container) => container.name === name));
  await leaveTraffic(work, routeOf(work.place, choice.component.name), fence, leaving, drainMs);
  const notes = await letEnd(work, old, end);
  await stopAll(work, [...old, ...idle], stopGraceMs);
  if (!isFirst) await save(true);
  try {
    await startRunners(work, choice);
    return notes;
  } catch (error) {
    if (error instanceof ContainerMissing) await takeBack(work, choice, old);
    throw error;
  }
}

async function takeBack(work: HostWork, choice: ComponentChoice, old: readonly ObservedContainer[]): Promise<void> {
  await stopAll(work, choice.runners, choice.component.run.stopGraceMs);
  for (const { name } of old) await work.host.engine.start(name, { signal: work.signal });
}

/** Starts the chosen containers of a published component beside what serves and proves them through the router; no request moves. Throws HostFailed. */
export async function proveBeside(work: HostWork, choice: ComponentChoice, publish: Publication): Promise<void> {
  const route = routeOf(work.place, choice.component.name, publish);
  await startRunners(work, choice);
  await proveBeforeShift({ work, choice, route, publish });
}

async function proveBeforeShift(proof: Proof): Promise<void> {
  const { work, choice, route, publish } = proof;
  if (!(await isReachable(proof))) await admitRunners(work, choice, route, publish.port);
  await untilHealthy(work, choice, route);
  await proveRunners(proof);
}

/** Requests move when the new containers have proved themselves; the old ones stay running for a quick way back. */
async function switchPublished(work: HostWork, { choice, fence, old, routed }: ComponentSwitch, publish: Publication): Promise<void> {
  const route = routeOf(work.place, choice.component.name, publish);
  const proof = { work, choice, route, publish };
  await proveBeforeShift(proof);
  work.tell(`moving requests for ${addressOf(route)} to ${choice.runners.map(({ name }) => name).join(', ')}`);
  const names = choice.runners.map(({ name }) => name);
  await work.host.router.shift(route, fence, names, { signal: work.signal });
  await provePlainly(proof);
  const { drainMs, stopGraceMs } = choice.component.run;
  await drain(
    work,
    route,
    old.map(({ name }) => name),
    drainMs,
  );
  // What never was behind the router is no quick way back, and two of it would do the same work twice.
  if (routed.length === 0) await stopAll(work, old, stopGraceMs);
}

/** Containers of before are behind the router still, as a rule; asking them is quicker than admitting them again. */
async function isReachable(proof: Proof): Promise<boolean> {
  return proof.choice.kind !== 'create' && (await answerAsThemselves(proof));
}

/** Without requests to move, the old containers end and stop when the new ones are up; they stay for a quick way back. */
async function switchInside(work: HostWork, { choice, fence, old, idle, drain: end, routed }: ComponentSwitch): Promise<string[]> {
  const { drainMs, stopGraceMs } = choice.component.run;
  await untilHealthy(work, choice, undefined);
  await leaveTraffic(work, routeOf(work.place, choice.component.name), fence, routed, drainMs);
  const notes = await letEnd(work, old, end);
  await stopAll(work, [...old, ...idle], stopGraceMs);
  await stillRunning(work, choice, old);
  return notes;
}

/** A process that was paused until its host was restored has now stopped the wrong ones: it takes that back. Throws HostFailed. */
async function stillRunning(work: HostWork, choice: ComponentChoice, old: readonly ObservedContainer[]): Promise<void> {
  for (const runner of choice.runners) {
    const state = await work.host.engine.inspect(runner.name, { signal: work.signal });
    if (state?.status === 'running') continue;
    for (const { name } of old) await work.host.engine.start(name, { signal: work.signal });
    throw await stoppedRunner(work, choice, runner, state);
  }
}

/** Makes the containers reachable by probes, at the addresses that they have now. */
export async function admitRunners(work: HostWork, choice: ComponentChoice, route: Route, port: number): Promise<void> {
  const servers = await serversOf(work, choice, port);
  await work.host.router.admit(route, servers, { signal: work.signal });
}
