import type { DeployableComponent, HostReference, RunningRelease } from '../domain/deployment.ts';
import type { EnvironmentPolicy } from '../domain/environment.ts';
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

async function chargesOf(parts: UpkeepParts, { application, environment, release }: RunningRelease): Promise<Charge[]> {
  const { hosts } = await parts.environment(environment);
  const sites = [...new Set(hosts.map(({ site }) => site))];
  return sites.map((site) => ({
    application,
    environment,
    site,
    hosts: hosts.filter((host) => host.site === site),
    components: release.components,
  }));
}
