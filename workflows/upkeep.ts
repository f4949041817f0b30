import { isCancellation, log } from '@temporalio/workflow';
import type { HostRevival } from '../activities/hosts/revive-host.ts';
import type { SecretHolders } from '../activities/upkeep.ts';
import { atSite } from './at-site.ts';
import { failureText } from './failure-text.ts';
import { revivalsOf, upkeepOf } from './proxies.ts';

/**
 * Sees to it that what should run can run: secret files that a reboot took from a host's memory are put back, and the containers that
 * could not start without them are started. Temporal's schedule starts it, and every worker that begins. Returns where there was
 * something to do.
 */
export async function upkeep(): Promise<readonly HostRevival[]> {
  const holders = await upkeepOf.listSecretHolders();
  const revivals = (await Promise.all(holders.map(look))).flat();
  for (const revival of revivals) log.warn('Secrets were missing on a host', { ...revival });
  return revivals;
}

/** A site without a worker keeps no other from being looked after. */
async function look({ application, environment, site, hosts, components }: SecretHolders): Promise<readonly HostRevival[]> {
  const step = `look after the secrets of ${application} in ${environment}`;
  try {
    return await atSite(site, step, () => revivalsOf(site, step).reviveHosts({ application, environment, hosts, components }));
  } catch (error) {
    if (isCancellation(error)) throw error;
    return hosts.map(({ name }) => ({ host: name, refilled: [], started: [], fault: failureText(error) }));
  }
}
