import type { HostReference } from '../../domain/deployment.ts';
import { atSite } from '../at-site.ts';
import { hostsOf } from '../proxies/hosts.ts';

/** A step forward on a host, by the name that its history shows. Throws SiteWithoutWorker, and what the step throws. */
export function onHost<Result>(
  host: HostReference,
  verb: string,
  act: (there: ReturnType<typeof hostsOf>) => Promise<Result>,
): Promise<Result> {
  const step = `${verb} ${host.name}`;
  return atSite(host.site, step, () => act(hostsOf(host.site, step)));
}
