import type { DeployableComponent, Deployment, HostReport } from '../../domain/deployment.ts';
import type { Drain } from '../../domain/drain.ts';
import type { ObservedContainer } from '../../domain/plan.ts';
import { type ComponentChoice, runningStrangers, switchFence } from '../../domain/switch.ts';
import { hostReport } from './host-report.ts';
import { type HostWork, look, refuseOvertaken, routeOf, type Sight } from './host-work.ts';
import { letEnd } from './let-end.ts';
import { choices } from './prepare-host.ts';
import { backUp, runHook } from './run-on-host.ts';
import { stopAll } from './runners.ts';
import { type ComponentSwitch, type HandOver, switchComponent } from './switch-component.ts';
import { leaveTraffic } from './traffic.ts';

/** What has no component in the release any more gets this long to end. */
const STRANGER_GRACE_MS = 10_000;

/**
 * Makes a prepared host run the release, one component after the other: each new one starts beside the old, proves through the
 * router that it is healthy and who it is, and only then gets the requests. Old containers behind the router stay running, the
 * others are stopped and stay. Throws HostFailed, Superseded and what the host's ports throw.
 */
export async function switchHost(work: HostWork, deployment: Deployment, isRepetition: boolean): Promise<HostReport> {
  const { generation, release } = deployment;
  const gaps: Record<string, number> = {};
  const notes: string[] = [];
  const sight = await look(
    work,
    release.components.map(({ name }) => name),
  );
  refuseOvertaken(work, generation, sight);
  const chosen = await choices(work, deployment, sight);
  for (const choice of chosen) {
    const since = work.clock.now();
    const told = await switchOne(work, deployment, {
      choice,
      fence: switchFence(generation),
      old: othersOf(choice, sight).filter(({ running }) => running),
      idle: othersOf(choice, sight).filter(({ running }) => !running),
      drain: drainBefore(deployment, choice.component.name),
      routed: routedOf(choice, sight),
      handOver: isStopFirst(deployment, choice.component) ? handOverOf(work, deployment, choice.component) : undefined,
    });
    notes.push(...told);
    if (isStopFirst(deployment, choice.component) && choice.kind !== 'keep') gaps[choice.component.name] = work.clock.now() - since;
  }
  notes.push(...(await stopStrangers(work, deployment, sight)));
  const report = await hostReport(work, 'switched', [describe(chosen, gaps, isRepetition), ...notes].join('. '), chosen);
  return Object.keys(gaps).length === 0 ? report : { ...report, gaps };
}

/** With what is to be done around it; what stays has no switch. */
async function switchOne(work: HostWork, deployment: Deployment, one: ComponentSwitch): Promise<string[]> {
  const { component, kind } = one.choice;
  if (kind !== 'keep') await runHook(work, deployment, component, 'before-switch');
  const notes = await switchComponent(work, one);
  if (kind !== 'keep') await runHook(work, deployment, component, 'after-switch');
  return notes;
}

/** How the version before ends its work: another signal than its own could kill it. */
function drainBefore({ previous }: Deployment, name: string): Drain | undefined {
  return previous?.release.components.find((component) => component.name === name)?.run.drain;
}

function handOverOf(work: HostWork, deployment: Deployment, component: DeployableComponent): HandOver {
  return { save: (isStopped) => backUp(work, deployment, component, isStopped) };
}

/** Whether the old version of a component must have stopped before the new one starts: one writer in either release is enough. */
export function isStopFirst(
  { strategy, previous }: Deployment,
  { name, isStateful }: Pick<DeployableComponent, 'name' | 'isStateful'>,
): boolean {
  const wasStateful = previous?.release.components.some((other) => other.name === name && other.isStateful === true) ?? false;
  return strategy.kind === 'recreate' || isStateful === true || wasStateful;
}

function othersOf({ component, runners }: ComponentChoice, { observed }: Sight): ObservedContainer[] {
  const isOwn = (container: ObservedContainer): boolean => runners.some(({ name }) => name === container.name);
  return observed.filter((container) => container.component === component.name && !isOwn(container));
}

function routedOf({ component }: ComponentChoice, { routed }: Sight): readonly string[] {
  return routed.get(component.name) ?? [];
}

/** Components that the release no longer has leave the traffic first and end their work, then stop. */
async function stopStrangers(work: HostWork, deployment: Deployment, sight: Sight): Promise<string[]> {
  const { release, generation } = deployment;
  const strangers = runningStrangers(release, sight.observed);
  const notes: string[] = [];
  for (const component of new Set(strangers.map((container) => container.component))) {
    await leaveTraffic(work, routeOf(work.place, component), switchFence(generation), sight.routed.get(component) ?? [], STRANGER_GRACE_MS);
    const own = strangers.filter((container) => container.component === component);
    notes.push(...(await letEnd(work, own, drainBefore(deployment, component))));
  }
  await stopAll(work, strangers, STRANGER_GRACE_MS);
  return notes;
}

/** A gap that began before the process that ends it cannot be known whole. */
function describe(chosen: readonly ComponentChoice[], gaps: Readonly<Record<string, number>>, isRepetition: boolean): string {
  const words = { keep: 'kept', return: 'taken back', create: 'replaced' } as const;
  const gap = (name: string): string =>
    gaps[name] === undefined ? '' : ` with a gap of ${isRepetition ? 'at least ' : 'at most '}${gaps[name]} ms`;
  return chosen.map(({ component, kind }) => `${component.name} ${words[kind]}${gap(component.name)}`).join(', ');
}
