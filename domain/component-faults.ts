import type { Component, Pipeline, PipelineFault } from './pipeline.ts';
import { fault } from './pipeline-fault.ts';
import { isTcp, tcpPortIn } from './publication.ts';
import { SECRETS_FOLDER } from './secret-file.ts';

/** What is wrong with the components of a pipeline: each by itself, beside the others, and where it is deployed. */
export function componentFaults(pipeline: Pipeline): PipelineFault[] {
  const { components } = pipeline;
  return [
    ...publicationFaults(components),
    ...tcpFaults(pipeline),
    ...aliasFaults(components),
    ...components.flatMap(statefulFaults),
    ...components.flatMap(healthFaults),
    ...components.flatMap(secretFolderFaults),
    ...components.flatMap(drainFaults),
  ];
}

function publicationFaults(components: readonly Component[]): PipelineFault[] {
  const published = components.flatMap(({ name, run }) => (run.publish && !isTcp(run.publish) ? [{ name, publish: run.publish }] : []));
  return published.flatMap(({ name, publish }, index) => {
    const rival = published.slice(0, index).find((other) => other.publish.host === publish.host && other.publish.path === publish.path);
    if (rival === undefined) return [];
    return [fault(['components', name, 'publish'], `component ${rival.name} is published at ${publish.host}${publish.path} already`)];
  });
}

/** Environments that components publish a port of the host in; each has its own ports. */
function tcpFaults({ components, stages }: Pipeline): PipelineFault[] {
  const environments = stages.flatMap((stage) => (stage.kind === 'deploy' ? [stage.environment] : []));
  const published = components.flatMap(({ name, run }) => (run.publish && isTcp(run.publish) ? [{ name, publish: run.publish }] : []));
  return published.flatMap(({ name, publish }, index) => {
    const path = ['components', name, 'publish', 'tcp'];
    const missing = environments.filter((environment) => tcpPortIn(publish, environment) === undefined);
    const rivals = published.slice(0, index).flatMap((other) =>
      environments
        .filter((environment) => tcpPortIn(publish, environment) !== undefined)
        .filter((environment) => tcpPortIn(other.publish, environment) === tcpPortIn(publish, environment))
        .map((environment) => `component ${other.name} has port ${tcpPortIn(publish, environment)} in ${environment} already`),
    );
    return [...missing.map((environment) => `names no port for ${environment}`), ...rivals].map((message) => fault(path, message));
  });
}

function aliasFaults(components: readonly Component[]): PipelineFault[] {
  const taken = components.flatMap(({ name, run }) => [name, ...(run.aliases ?? [])].map((alias) => ({ name, alias })));
  return components.flatMap(({ name, run }) =>
    (run.aliases ?? []).flatMap((alias, index) => {
      const rival = taken.find((other) => other.alias === alias && other.name !== name);
      return rival === undefined
        ? []
        : [fault(['components', name, 'aliases', index], `${alias} is a name of component ${rival.name} already`)];
    }),
  );
}

function statefulFaults({ name, run, isStateful, backup }: Component): PipelineFault[] {
  const path = ['components', name];
  if (isStateful !== true)
    return backup === undefined ? [] : [fault([...path, 'backup'], `component ${name} is not stateful, so that there is nothing to save`)];
  const keeps = run.volumes.some((volume) => !('tmpfs' in volume) && volume.readOnly !== true);
  return [
    ...(run.replicas > 1
      ? [fault([...path, 'replicas'], `component ${name} is stateful, and ${run.replicas} of it would write at once`)]
      : []),
    ...(keeps
      ? []
      : [fault([...path, 'stateful'], `component ${name} keeps nothing: it has no volume that it can write, by name or bind`)]),
  ];
}

function healthFaults({ name, run }: Component): PipelineFault[] {
  if (run.health.kind === 'tcp' && run.health.port === 0)
    return [
      fault(['components', name, 'health', 'tcp', 'port'], `component ${name} is not published, so that it must be told which port to ask`),
    ];
  if (run.health.kind !== 'http') return [];
  const path = ['components', name, 'health', 'http'];
  if (run.publish === undefined) return [fault(path, `component ${name} is not published, so that nothing can be asked over HTTP`)];
  if (isTcp(run.publish)) return [fault(path, `component ${name} is published over TCP, so that nothing can be asked over HTTP`)];
  if (isBelow(run.health.path, run.publish.path)) return [];
  return [fault([...path, 'path'], `the router sends only paths below ${run.publish.path} to ${name}, and not ${run.health.path}`)];
}

function secretFolderFaults({ name, run }: Component): PipelineFault[] {
  if (run.secrets === undefined) return [];
  return run.volumes.flatMap(({ path }, index) =>
    `${path}/`.startsWith(`${SECRETS_FOLDER}/`)
      ? [
          fault(
            ['components', name, 'volumes', index, 'path'],
            `the secrets of ${name} are in ${SECRETS_FOLDER}: mount the volume elsewhere`,
          ),
        ]
      : [],
  );
}

/** Engines show no files of what is on memory. */
function drainFaults({ name, run }: Component): PipelineFault[] {
  if (run.drain === undefined) return [];
  const path = ['components', name, 'drain'];
  if (run.publish !== undefined)
    return [fault(path, `component ${name} is published: its requests end by themselves, for as long as a duration here says`)];
  const { until } = run.drain;
  if (until === 'exit') return [];
  const hidden = ['/proc', '/sys', '/dev', SECRETS_FOLDER, ...run.volumes.flatMap((volume) => ('tmpfs' in volume ? [volume.path] : []))];
  const folder = hidden.find((candidate) => isBelow(until.file, candidate));
  return folder === undefined
    ? []
    : [
        fault(
          [...path, 'until', 'file'],
          `what is below ${folder} of ${name} is on memory, where engines show no files: take another path`,
        ),
      ];
}

function isBelow(path: string, parent: string): boolean {
  const folder = parent.endsWith('/') ? parent : `${parent}/`;
  const plain = path.split('?', 1)[0] ?? path;
  return plain === parent || `${plain}/` === folder || plain.startsWith(folder);
}
