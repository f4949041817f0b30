import type { DeployableRelease, Deployment } from './deployment.ts';

/** Labels that a host must have for a component to run there; none runs on all. */
export type HostSelector = Readonly<Record<string, string>>;

/** Whether a host with these labels is one of those that a component runs on. */
export function isSelected(selector: HostSelector | undefined, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(selector ?? {}).every(([label, value]) => Object.hasOwn(labels, label) && labels[label] === value);
}

/** A release as one host runs it: the components that select it. */
export function releaseOn(release: DeployableRelease, labels: Readonly<Record<string, string>>): DeployableRelease {
  return { ...release, components: release.components.filter(({ hosts }) => isSelected(hosts, labels)) };
}

/** A deployment as one host sees it. */
export function deploymentOn(deployment: Deployment, labels: Readonly<Record<string, string>>): Deployment {
  const { previous } = deployment;
  return {
    ...deployment,
    release: releaseOn(deployment.release, labels),
    previous: previous && { ...previous, release: releaseOn(previous.release, labels) },
  };
}

/** `role=web, rack=a`. */
export function printSelector(selector: HostSelector): string {
  return Object.entries(selector)
    .map(([label, value]) => `${label}=${value}`)
    .join(', ');
}
