import { excesses } from '../../domain/allowances.ts';
import type { VolumeMount } from '../../domain/container.ts';
import { settingsInWords } from '../../domain/container-words.ts';
import type { DeployableComponent, DeployableRelease } from '../../domain/deployment.ts';
import { LABEL, networkName, volumeName } from '../../domain/labels.ts';
import type { RunSpec } from '../../domain/pipeline.ts';
import type { SecretVersions } from '../../domain/secret-file.ts';
import type { ComponentChoice, Place, Runner } from '../../domain/switch.ts';
import { NotAllowed } from './errors.ts';
import type { HostWork } from './host-work.ts';
import type { ContainerSpec } from './ports.ts';

/**
 * What a runner's container is made from: the component as configured, with Tidegate's labels and variables. Throws NotAllowed for
 * what reaches the host and is not, or no longer, allowed in the environment.
 */
export function containerSpec(
  work: HostWork,
  release: DeployableRelease,
  { component }: Pick<ComponentChoice, 'component'>,
  runner: Runner,
  secrets?: SecretVersions,
): ContainerSpec {
  refuseExcess(work, component);
  const { place, installation } = work;
  const { application, environment } = place;
  const { image, run, name, specHash, isStateful } = component;
  return {
    name: runner.name,
    image,
    labels: {
      [LABEL.installation]: installation,
      [LABEL.application]: application,
      [LABEL.environment]: environment,
      [LABEL.component]: name,
      [LABEL.release]: String(release.number),
      [LABEL.deployment]: runner.deployment,
      [LABEL.generation]: String(runner.generation),
      [LABEL.replica]: String(runner.replica),
      [LABEL.digest]: image.digest,
      [LABEL.spec]: specHash,
      [LABEL.settings]: JSON.stringify(settingsInWords(run, work.hash)),
      ...(secrets !== undefined && { [LABEL.secretFiles]: JSON.stringify(secrets) }),
      ...(isStateful === true && { [LABEL.stateful]: 'true' }),
      [LABEL.role]: 'component',
    },
    network: networkName(application, environment),
    aliases: [name, ...(run.aliases ?? [])],
    // In a network that others share, a component's name alone says too little.
    ...(run.networks !== undefined && { joins: { networks: run.networks, aliases: [`${name}.${environment}.${application}`] } }),
    environment: {
      ...run.environment,
      ...identityVariables({ deployment: { id: runner.deployment, application, environment }, component, release: release.number }),
    },
    volumes: volumesOf(place, run),
    run,
  };
}

interface Identity {
  readonly deployment: Place & { readonly id: string };
  readonly component: Pick<DeployableComponent, 'name' | 'image'>;
  readonly release: number;
}

/** Tidegate's own variables: what a container is of. */
export function identityVariables({ deployment, component, release }: Identity): Record<string, string> {
  return {
    TIDEGATE_APPLICATION: deployment.application,
    TIDEGATE_ENVIRONMENT: deployment.environment,
    TIDEGATE_COMPONENT: component.name,
    TIDEGATE_RELEASE: String(release),
    TIDEGATE_DEPLOYMENT: deployment.id,
    TIDEGATE_DIGEST: component.image.digest,
  };
}

/** Volumes by the names that engines know them by. */
export function volumesOf({ application, environment }: Place, { volumes }: Pick<RunSpec, 'volumes'>): readonly VolumeMount[] {
  return volumes.map((volume) => ('name' in volume ? { ...volume, name: volumeName(application, environment, volume.name) } : volume));
}

/** What a release was allowed when it began may have been withdrawn since. */
export function refuseExcess({ place, allows }: HostWork, { name, run }: DeployableComponent): void {
  const [first] = excesses(run, allows(place.environment));
  if (first !== undefined) throw new NotAllowed(name, place.environment, first.what, first.key);
}
