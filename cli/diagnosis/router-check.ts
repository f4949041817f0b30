import type { Installation } from '../../config/installation.ts';
import type { HostSettings } from '../../config/settings/host.ts';
import { routerName } from '../../domain/labels.ts';
import type { HostConnection } from '../../worker/connect-hosts.ts';
import { type Finding, ok, warn } from './check.ts';

/** Whether the router that runs on a host publishes the ports that it is configured to: it has its ports from its beginning. */
export async function routerPorts(
  docker: HostConnection['docker'],
  { name: installation, router }: Installation,
  { name: host, port, https }: HostSettings,
  abortSignal: AbortSignal,
): Promise<Finding> {
  const name = routerName(installation);
  const wanted = [port, ...(https === undefined ? [] : [https]), ...router.tcp].sort((a, b) => a - b);
  const found = await docker.listContainers({ all: true, filters: { name: [name] }, abortSignal });
  const container = found.find(({ Names }) => Names.includes(`/${name}`));
  if (container === undefined) return ok('there is none yet; the first deployment installs it');
  const { HostConfig } = await docker.getContainer(container.Id).inspect({ abortSignal });
  const bindings = Object.values((HostConfig.PortBindings ?? {}) as Readonly<Record<string, readonly { HostPort?: string }[] | null>>);
  const seen = bindings.flatMap((hosts) => (hosts ?? []).map(({ HostPort }) => Number(HostPort))).sort((a, b) => a - b);
  if (seen.join() === wanted.join()) return ok(`publishes ${seen.join(', ')}`);
  return warn(
    `publishes ${seen.join(', ') || 'nothing'} and is configured to publish ${wanted.join(', ')}`,
    `in a quiet moment, 'docker rm -f ${name}' on ${host} and deploy: it is made anew with all its routes, and requests fail until then`,
  );
}
