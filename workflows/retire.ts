import { log } from '@temporalio/workflow';
import type { HostReference } from '../domain/deployment.ts';
import { failureText } from './failure-text.ts';
import { hostsOf } from './proxies.ts';

export interface Retirement {
  readonly application: string;
  readonly environment: string;
  readonly keepGeneration: number;
  readonly previousGeneration: number | null;
}

/** Stops what earlier versions left warm. A host that cannot be reached keeps it until the next deployment's bake time ends. */
export async function retireOldVersions(retirement: Retirement, hosts: readonly HostReference[]): Promise<void> {
  const settled = await Promise.allSettled(
    hosts.map((host) => hostsOf(host.site, `retire old versions on ${host.name}`).retireHost({ ...retirement, host: host.name })),
  );
  for (const result of settled) {
    if (result.status === 'rejected') log.warn('Old versions stay for now', { ...retirement, reason: failureText(result.reason) });
  }
}
