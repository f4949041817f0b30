import type { DeployableRelease, Deployment } from '../../domain/deployment.ts';
import type { ObservedContainer } from '../../domain/plan.ts';
import { type ComponentChoice, restoreFence } from '../../domain/switch.ts';
import { type HostWork, routeOf, type Sight } from './host-work.ts';
import { LONGEST_ON_THE_WAY_BACK_MS, letReleaseEnd } from './let-end.ts';
import { LOG_LINES, stopAll } from './runners.ts';
import { drain, leaveTraffic } from './traffic.ts';

const GRACE_MS = 10_000;
const LOG_CHARACTERS = 1_500;

/**
 * Removes what a deployment made on a host, once what ran before has its requests back, and stops what it had taken back from
 * earlier. Returns what people should know of that, and the last lines that its containers printed.
 */
export async function clearAway(
  work: HostWork,
  { release, generation }: Deployment,
  choices: readonly ComponentChoice[],
  { observed, routed }: Sight,
): Promise<string[]> {
  const own = observed.filter((container) => container.generation === generation);
  for (const name of goneComponents(
    release.components.map(({ name }) => name),
    choices,
  )) {
    await leaveTraffic(work, routeOf(work.place, name), restoreFence(generation), routed.get(name) ?? [], GRACE_MS);
  }
  await finishRequests(work, release, own);
  const notes = await letReleaseEnd(work, release, own);
  for (const name of new Set(own.map(({ component }) => component))) await dismiss(work, name, own);
  const logs = await logsOf(
    work,
    own.filter(({ running }) => running),
  );
  await stopOwn(work, release, own);
  await stopAll(work, idlers(observed, choices, generation), GRACE_MS);
  for (const { name } of own) await work.host.engine.remove(name, { signal: work.signal });
  return [...notes, ...logs];
}

/** What it has begun to answer it may end, as what goes by a switch may: new requests go elsewhere by now. */
async function finishRequests(work: HostWork, release: DeployableRelease, own: readonly ObservedContainer[]): Promise<void> {
  for (const { name, run } of release.components) {
    const names = own.filter((container) => container.component === name && container.running).map((container) => container.name);
    if (run.publish !== undefined)
      await drain(work, routeOf(work.place, name, run.publish), names, Math.min(run.drainMs, LONGEST_ON_THE_WAY_BACK_MS));
  }
}

async function stopOwn(work: HostWork, release: DeployableRelease, own: readonly ObservedContainer[]): Promise<void> {
  const graceOf = (name: string): number => release.components.find((component) => component.name === name)?.run.stopGraceMs ?? GRACE_MS;
  await Promise.all(own.map((container) => stopAll(work, [container], graceOf(container.component))));
}

/** Components that the deployment brought and nothing before had. */
function goneComponents(brought: readonly string[], choices: readonly ComponentChoice[]): string[] {
  return brought.filter((name) => !choices.some((choice) => choice.component.name === name));
}

async function dismiss(work: HostWork, component: string, own: readonly ObservedContainer[]): Promise<void> {
  const names = own.filter((container) => container.component === component).map(({ name }) => name);
  await work.host.router.dismiss(routeOf(work.place, component), names, { signal: work.signal });
}

/** Containers without requests that run beside the ones chosen: two of them would do the same work twice. */
function idlers(observed: readonly ObservedContainer[], choices: readonly ComponentChoice[], generation: number): ObservedContainer[] {
  const inside = choices.filter(({ component }) => component.run.publish === undefined);
  return observed.filter((container) => {
    const choice = inside.find(({ component }) => component.name === container.component);
    const isChosen = choice?.runners.some(({ name }) => name === container.name) ?? true;
    return container.running && container.generation < generation && !isChosen;
  });
}

async function logsOf(work: HostWork, containers: readonly ObservedContainer[]): Promise<string[]> {
  const logs: string[] = [];
  for (const { name } of containers) {
    const log = (await work.host.engine.logsTail(name, LOG_LINES, { signal: work.signal })).trim();
    if (log !== '') logs.push(`last lines of ${name}:\n${log.slice(-LOG_CHARACTERS)}`);
  }
  return logs;
}
