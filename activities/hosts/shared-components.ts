import type { ComponentReading, HostReading, ServerReading } from '../../domain/canary-figures.ts';
import type { Deployment } from '../../domain/deployment.ts';
import { isTcp } from '../../domain/publication.ts';
import { type HostWork, look, refuseOvertaken, routeOf } from './host-work.ts';
import type { Proof } from './identity.ts';
import { choices } from './prepare-host.ts';
import { isStopFirst } from './switch-host.ts';

/** A component published over HTTP of which the release's containers stand beside others that have requests. */
export interface SharedComponent extends Proof {
  /** Names of the release's containers. */
  readonly newer: readonly string[];
  /** Names of the others. */
  readonly older: readonly string[];
}

/**
 * The components whose requests can be shared on a host. What the release keeps or brings anew has no two versions, and of connections
 * over TCP nobody could tell whether they were answered well. Throws Superseded.
 */
export async function sharedComponents(work: HostWork, deployment: Deployment): Promise<SharedComponent[]> {
  const sight = await look(
    work,
    deployment.release.components.map(({ name }) => name),
  );
  refuseOvertaken(work, deployment.generation, sight);
  const chosen = await choices(work, deployment, sight);
  return chosen.flatMap((choice) => {
    const { name, run } = choice.component;
    const newer = choice.runners.map((runner) => runner.name);
    const older = (sight.routed.get(name) ?? []).filter((server) => !newer.includes(server));
    if (
      run.publish === undefined ||
      isTcp(run.publish) ||
      choice.kind === 'keep' ||
      isStopFirst(deployment, choice.component) ||
      older.length === 0
    )
      return [];
    return [{ work, choice, publish: run.publish, route: routeOf(work.place, name, run.publish), newer, older }];
  });
}

/** What the router has counted for both versions, and how often the engine had to start the new one again. */
export async function readingOf(work: HostWork, shared: readonly SharedComponent[]): Promise<HostReading> {
  const components: ComponentReading[] = [];
  for (const one of shared) components.push(await componentReading(work, one));
  return { host: work.host.name, components };
}

async function componentReading(work: HostWork, { choice, route, newer, older }: SharedComponent): Promise<ComponentReading> {
  const { router, engine } = work.host;
  const { since, servers } = await router.figures(route, [...newer, ...older], { signal: work.signal });
  const states = await Promise.all(newer.map((name) => engine.inspect(name, { signal: work.signal })));
  return {
    component: choice.component.name,
    since,
    newer: only(servers, newer),
    older: only(servers, older),
    restarts: states.reduce((sum, state) => sum + (state?.restarts ?? 0), 0),
    outOfMemory: states.filter((state) => state?.outOfMemory).length,
  };
}

function only(figures: Readonly<Record<string, ServerReading>>, names: readonly string[]): Record<string, ServerReading> {
  return Object.fromEntries(Object.entries(figures).filter(([name]) => names.includes(name)));
}
