import type { DeployableComponent, DeployableRelease, HostReference, RunningRelease } from '../domain/deployment.ts';
import type { EnvironmentPolicy } from '../domain/environment-policy.ts';
import { withHeartbeat } from './with-heartbeat.ts';

export interface UpkeepParts {
  /** Of all environments that can be asked now: one that cannot keeps no other from being looked after. */
  running(): Promise<readonly RunningRelease[]>;
  environment(name: string): Promise<EnvironmentPolicy>;
}

/** What an application runs in an environment on its hosts of one site. */
export interface Charge {
  readonly application: string;
  readonly environment: string;
  readonly site: string;
  readonly hosts: readonly HostReference[];
  readonly components: readonly DeployableComponent[];
}

/** What upkeep asks of the environments; reads alone. */
export function createUpkeepActivities(parts: UpkeepParts) {
  return {
    listCharges: (): Promise<readonly Charge[]> =>
      withHeartbeat(async () => {
        const running = await parts.running();
        return (await Promise.all(running.map((one) => chargesOf(parts, one)))).flat();
      }),
  };
}

/** Hosts of one site that run the same are looked after together. */
async function chargesOf(parts: UpkeepParts, running: RunningRelease): Promise<Charge[]> {
  const { application, environment } = running;
  const { hosts } = await parts.environment(environment);
  const charges = new Map<string, Charge>();
  for (const host of hosts) {
    const release = releaseOn(running, host.name);
    const key = `${host.site} ${release?.number}`;
    const others = charges.get(key)?.hosts ?? [];
    charges.set(key, { application, environment, site: host.site, hosts: [...others, host], components: release?.components ?? [] });
  }
  return [...charges.values()];
}

/** Undefined where nobody can say what should run: while a deployment changes it, and on a host that was left as it happened to be. */
function releaseOn({ release, isChanging, behind }: RunningRelease, host: string): DeployableRelease | undefined {
  if (isChanging === true) return undefined;
  const other = behind?.[host];
  return other === undefined ? release : (other ?? undefined);
}
