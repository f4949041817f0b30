import { excesses } from '../domain/allowances.ts';
import { isSelected, printSelector } from '../domain/host-selection.ts';
import type { Component, Pipeline, PipelineFault } from '../domain/pipeline.ts';
import type { Installation } from './installation.ts';
import type { EnvironmentSettings } from './settings/environment.ts';

/** What components ask of the environments that they are deployed to, and these do not have or do not allow. */
export function targetFaults({ components, stages }: Pipeline, installation: Installation): PipelineFault[] {
  const targets = stages.flatMap((stage) => (stage.kind === 'deploy' ? [stage.environment] : []));
  const environments = installation.environments.filter(({ name }) => targets.includes(name));
  return environments.flatMap((environment) =>
    components.flatMap((component) => [...hostFaults(component, environment, installation), ...excessFaults(component, environment)]),
  );
}

function hostFaults({ name, hosts: selector }: Component, environment: EnvironmentSettings, { hosts }: Installation): PipelineFault[] {
  if (selector === undefined) return [];
  const own = hosts.filter((host) => environment.hosts.includes(host.name));
  if (own.some(({ labels }) => isSelected(selector, labels))) return [];
  const message = `no host of ${environment.name} has ${printSelector(selector)}, so that ${name} would run nowhere there`;
  return [{ path: ['components', name, 'hosts'], message }];
}

function excessFaults({ name, run }: Component, environment: EnvironmentSettings): PipelineFault[] {
  return excesses(run, environment.allows).map(({ path, what, key }) => ({
    path: ['components', name, ...path],
    message: `${what} reaches the hosts of ${environment.name}, and its owners do not allow it: environments[].${key} in tidegate.yaml`,
  }));
}
