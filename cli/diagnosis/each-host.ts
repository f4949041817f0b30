import type { Installation } from '../../config/installation.ts';
import type { HostSettings } from '../../config/settings/host.ts';
import { connectHosts, connectionOf, type HostConnection } from '../../worker/connect-hosts.ts';
import type { Environment } from '../environment.ts';
import { processSettings } from '../processes/process-settings.ts';

/** One host's client, made by itself so that a fault in its settings concerns no other host. */
export async function connectHost(installation: Installation, host: HostSettings, environment: Environment): Promise<HostConnection> {
  const settings = processSettings(environment).docker;
  return connectionOf(await connectHosts({ installation: { ...installation, hosts: [host] }, settings }), host.name);
}
