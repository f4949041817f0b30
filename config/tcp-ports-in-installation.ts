import type { Pipeline, PipelineFault, TcpPublication } from '../domain/pipeline.ts';
import { isTcp, tcpPortIn } from '../domain/publication.ts';
import type { Installation } from './installation.ts';

type Environment = Installation['environments'][number];

/** Ports that the hosts' routers do not publish, or that two environments would have on one host. */
export function tcpPortFaults(pipeline: Pipeline, { router, environments }: Installation): PipelineFault[] {
  const targets = pipeline.stages.flatMap((stage) => (stage.kind === 'deploy' ? [stage.environment] : []));
  const deployed = environments.filter((environment) => targets.includes(environment.name));
  return pipeline.components.flatMap(({ name, run }) => {
    if (run.publish === undefined || !isTcp(run.publish)) return [];
    const messages = [...unlisted(run.publish, deployed, router.tcp), ...shared(run.publish, deployed)];
    return messages.map((message) => ({ path: ['components', name, 'publish', 'tcp'], message }));
  });
}

function unlisted(publish: TcpPublication, deployed: readonly Environment[], listed: readonly number[]): string[] {
  const ports = [...new Set(deployed.flatMap(({ name }) => tcpPortIn(publish, name) ?? []))].filter((port) => !listed.includes(port));
  const known = listed.length === 0 ? 'there are none' : `there are ${listed.join(', ')}`;
  return ports.map((port) => `port ${port} is not among router.tcp of tidegate.yaml; ${known}`);
}

function shared(publish: TcpPublication, deployed: readonly Environment[]): string[] {
  return deployed.flatMap((one, index) =>
    deployed.slice(index + 1).flatMap((other) => {
      const port = tcpPortIn(publish, one.name);
      const host = one.hosts.find((candidate) => other.hosts.includes(candidate));
      if (host === undefined || port === undefined || port !== tcpPortIn(publish, other.name)) return [];
      const ways = `write tcp: { ${one.name}: ${port}, ${other.name}: … }`;
      return [`${one.name} and ${other.name} both run on ${host} and cannot share port ${port} there: ${ways}`];
    }),
  );
}
