import { CancellationScope, log } from '@temporalio/workflow';
import type { HostReference } from '../../domain/deployment.ts';
import { failureText } from '../failure-text.ts';
import { HOSTS_AT_ONCE, inTurns } from '../in-turns.ts';
import { hostsOf } from '../proxies/hosts.ts';

export interface Retirement {
  readonly application: string;
  readonly environment: string;
  readonly keepGeneration: number;
  readonly previousGeneration: number | null;
}

/** Stops what earlier versions left warm. A host that cannot be reached keeps it until the next deployment's bake time ends. */
export async function retireOldVersions(retirement: Retirement, hosts: readonly HostReference[]): Promise<void> {
  let inFlight = 0;
  const retire = async (host: HostReference): Promise<void> => {
    inFlight += 1;
    try {
      await hostsOf(host.site, `retire old versions on ${host.name}`).retireHost({ ...retirement, host: host.name });
    } catch (error) {
      log.warn('Old versions stay for now', { ...retirement, reason: failureText(error) });
    }
    inFlight -= 1;
  };
  const isOver = () => CancellationScope.current().consideredCancelled;
  await inTurns(hosts, { hasRoom: () => inFlight < HOSTS_AT_ONCE, isOver, act: retire });
}
