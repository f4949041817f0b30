import { isCancellation, log } from '@temporalio/workflow';
import type { HostRevival } from '../activities/hosts/revive-host.ts';
import type { Charge } from '../activities/upkeep.ts';
import { atSite } from './at-site.ts';
import { failureText } from './failure-text.ts';
import { revivalsOf } from './proxies/hosts.ts';
import { upkeepOf } from './proxies/main.ts';

/**
 * Sees to it that what should run runs: containers that were started on purpose and are down are started, secret files and certificates
 * that a reboot took from a host's memory are put back, and certificates that were renewed are shown. Temporal's schedule starts it,
 * and every worker that begins. Returns where there was something to do.
 */
export async function upkeep(): Promise<readonly HostRevival[]> {
  const charges = await upkeepOf.listCharges();
  const revivals = (await Promise.all(charges.map(look))).flat();
  for (const revival of revivals) log.warn('Something that should run was brought back', { ...revival });
  return revivals;
}

/** A site without a worker keeps no other from being looked after. */
async function look({ application, environment, site, hosts, components }: Charge): Promise<readonly HostRevival[]> {
  const step = `look after ${application} in ${environment}`;
  try {
    return await atSite(site, step, () => revivalsOf(site, step).reviveHosts({ application, environment, hosts, components }));
  } catch (error) {
    if (isCancellation(error)) throw error;
    return hosts.map(({ name }) => ({ host: name, refilled: [], started: [], fault: failureText(error) }));
  }
}
