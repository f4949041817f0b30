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
  { host, place, signal, tell }: HostWork,
  components: readonly DeployableComponent[],
  done: { refilled: string[]; started: string[] },
): Promise<void> {
  tell(`looking after ${host.name}`);
  const observed = await host.engine.observe(place.application, place.environment, { signal });
  for (const component of components) {
    for (const { name } of observed.filter((container) => isOf(component, container) && mayLack(component, container))) {
      const { wasWhole, isStarted } = await host.engine.revive(name, component.run.secrets ?? [], { signal });
      if (!wasWhole) done.refilled.push(name);
      if (isStarted) done.started.push(name);
    }
  }
  await host.router.certify(undefined, { signal });
}

/** What runs lacks nothing, unless it is a file: those are looked at. */
function mayLack({ run }: DeployableComponent, { running }: ObservedContainer): boolean {
  return !running || run.secrets !== undefined;
}

function isOf({ name, specHash, image }: DeployableComponent, container: ObservedContainer): boolean {
  return container.component === name && container.spec === specHash && container.digest === image.digest;
}
