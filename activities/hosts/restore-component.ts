import type { DeployableRelease } from '../../domain/deployment.ts';
import type { Publication } from '../../domain/pipeline.ts';
import type { ComponentChoice } from '../../domain/switch.ts';
import { untilHealthy } from './health.ts';
import { HostFailed } from './host-failed.ts';
import { addressOf, type HostWork, routeOf } from './host-work.ts';
import { answerAsThemselves, provePlainly, proveRunners } from './identity.ts';
import { endingOf } from './let-end.ts';
import type { Route } from './ports.ts';
import { makeRunners, startRunners, stopAll } from './runners.ts';
import { admitRunners } from './switch-component.ts';
import { leaveTraffic } from './traffic.ts';

export interface ComponentRestoration {
  readonly release: DeployableRelease;
  readonly choice: ComponentChoice;
  readonly fence: number;
  /** Whether all of the previous containers run. */
  readonly isRunning: boolean;
  /** Names of the containers that the router gives requests to. */
  readonly routed: readonly string[];
}

/** Makes the previous containers of a component serve again; returns what people should know about it. */
export async function restoreComponent(work: HostWork, restoration: ComponentRestoration): Promise<string[]> {
  const { publish } = restoration.choice.component.run;
  if (publish === undefined) return restoreInside(work, restoration);
  const route = routeOf(work.place, restoration.choice.component.name, publish);
  // What runs and answers now can have the requests at once.
  const isWarm = restoration.isRunning && (await answerAsThemselves({ work, choice: restoration.choice, route, publish }));
  if (isWarm) return moveBack(work, restoration, route, publish);
  return bringBack(work, restoration, route, publish);
}

async function moveBack(work: HostWork, { choice, fence }: ComponentRestoration, route: Route, publish: Publication): Promise<string[]> {
  const names = choice.runners.map(({ name }) => name);
  work.tell(`moving requests for ${addressOf(route)} back to ${names.join(', ')}`);
  await work.host.router.shift(route, fence, names, { signal: work.signal });
  await provePlainly({ work, choice, route, publish });
  return [];
}

/** Starts or makes the previous containers; requests stay where they are until these have proved themselves. */
async function bringBack(work: HostWork, restoration: ComponentRestoration, route: Route, publish: Publication): Promise<string[]> {
  const { choice, fence } = restoration;
  await wake(work, restoration);
  await work.host.router.open(route, fence, { signal: work.signal });
  await admitRunners(work, choice, route, publish.port);
  try {
    await untilHealthy(work, choice, route);
    await proveRunners({ work, choice, route, publish });
  } catch (error) {
    // What has all requests already is not helped by waiting, and the failed version must go all the same.
    if (error instanceof HostFailed && serveAlready(restoration))
      return [`it has the requests as before, and is not well: ${error.message}`];
    throw error;
  }
  return moveBack(work, restoration, route, publish);
}

function serveAlready({ choice, routed }: ComponentRestoration): boolean {
  return routed.length > 0 && routed.every((name) => choice.runners.some((runner) => runner.name === name));
}

async function restoreInside(work: HostWork, restoration: ComponentRestoration): Promise<string[]> {
  const { choice, fence, routed } = restoration;
  await stopEnding(work, choice);
  await wake(work, restoration);
  const { name, run } = choice.component;
  await leaveTraffic(work, routeOf(work.place, name), fence, routed, run.drainMs);
  try {
    await untilHealthy(work, choice, undefined);
    return [];
  } catch (error) {
    // The engine restarts it for as long as it fails; that is what the previous release does here now.
    if (error instanceof HostFailed) return [`it is started again, and is not well: ${error.message}`];
    throw error;
  }
}

/** What was told to end its work and runs still takes no more: only a new start makes it what it was. */
async function stopEnding(work: HostWork, { component, runners }: ComponentChoice): Promise<void> {
  if (component.run.drain === undefined) return;
  await stopAll(work, await endingOf(work, runners), component.run.stopGraceMs);
}

async function wake(work: HostWork, { release, choice }: ComponentRestoration): Promise<void> {
  if (choice.kind === 'create') await work.host.engine.ensureImage(choice.component.image, work.tell, { signal: work.signal });
  await makeRunners(work, release, choice);
  await startRunners(work, choice);
}
