import type { DeployableComponent, HostReference } from '../../domain/deployment.ts';
import type { ObservedContainer } from '../../domain/plan.ts';
import type { HostWork } from './host-work.ts';

export interface Refill {
  readonly hosts: readonly HostReference[];
  /** Those of the release that the environment runs. */
  readonly components: readonly DeployableComponent[];
}

export interface HostRevival {
  readonly host: string;
  /** Containers whose secret files were gone. */
  readonly refilled: readonly string[];
  /** Containers that should run and did not. */
  readonly started: readonly string[];
  /** Why the host could not be looked after, now. */
  readonly fault?: string;
}

const HOSTS_AT_ONCE = 16;

/**
 * Puts back what a reboot took from the memory of hosts: the secret files of containers that are of the release which the environment
 * runs, and the certificates of their routers. Of those containers it starts the ones that were started on purpose and are down,
 * whoever or whatever stopped them. Containers of other releases stay as they are. A host that does not answer is told of, and keeps
 * no other from being looked after. Returns the hosts on which there was something to do.
 */
export async function reviveHosts({ hosts, components }: Refill, workOn: (host: string) => HostWork): Promise<HostRevival[]> {
  const revivals: HostRevival[] = [];
  for (let first = 0; first < hosts.length; first += HOSTS_AT_ONCE) {
    const some = hosts.slice(first, first + HOSTS_AT_ONCE);
    revivals.push(...(await Promise.all(some.map(({ name }) => reviveOrTell(name, components, workOn)))));
  }
  return revivals.filter(({ refilled, started, fault }) => refilled.length + started.length > 0 || fault !== undefined);
}

async function reviveOrTell(
  host: string,
  components: readonly DeployableComponent[],
  workOn: (host: string) => HostWork,
): Promise<HostRevival> {
  const done = { refilled: [] as string[], started: [] as string[] };
  try {
    await revive(workOn(host), components, done);
    return { host, ...done };
  } catch (error) {
    workOn(host).signal.throwIfAborted();
    return { host, ...done, fault: error instanceof Error ? error.message : String(error) };
  }
}

async function revive(
  work: HostWork,
  components: readonly DeployableComponent[],
  done: { refilled: string[]; started: string[] },
): Promise<void> {
  const { host, place, signal, tell } = work;
  tell(`looking after ${host.name}`);
  const observed = await host.engine.observe(place.application, place.environment, { signal });
  for (const component of components) {
    for (const container of observed.filter((one) => isOf(component, one) && mayLack(component, one))) {
      if (await isOvertaken(work, container)) continue;
      const { wasWhole, isStarted } = await host.engine.revive(container.name, component.run.secrets ?? [], { signal });
      if (!wasWhole) done.refilled.push(container.name);
      // A deployment may have begun meanwhile: two versions of one component would do the same work twice.
      if (isStarted && (await isOvertaken(work, container))) await host.engine.stop(container.name, component.run.stopGraceMs, { signal });
      else if (isStarted) done.started.push(container.name);
    }
  }
  await host.router.certify(undefined, { signal });
}

/** Whether a later container of its component runs now: then this one is down for good. */
async function isOvertaken({ host, place, signal }: HostWork, { component, generation, running }: ObservedContainer): Promise<boolean> {
  if (running) return false;
  const observed = await host.engine.observe(place.application, place.environment, { signal });
  return observed.some((other) => other.component === component && other.generation > generation && other.running);
}

/** What runs lacks nothing, unless it is a file: those are looked at. */
function mayLack({ run }: DeployableComponent, { running }: ObservedContainer): boolean {
  return !running || run.secrets !== undefined;
}

function isOf({ name, specHash, image }: DeployableComponent, container: ObservedContainer): boolean {
  return container.component === name && container.spec === specHash && container.digest === image.digest;
}
