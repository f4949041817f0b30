import type { DeployableComponent, DeployableRelease } from '../../domain/deployment.ts';
import type { ObservedContainer, PlannedComponent } from '../../domain/plan.ts';
import { changedSecrets, type WantedSecrets } from '../../domain/secret-file.ts';
import type { HostWork } from './host-work.ts';

type Found = NonNullable<PlannedComponent['found']>;

/** What of a release that ran before is left on a host, for each component that must come back. */
export async function findReturn(
  work: HostWork,
  release: DeployableRelease,
  planned: readonly PlannedComponent[],
  observed: readonly ObservedContainer[],
  secrets: WantedSecrets,
): Promise<PlannedComponent[]> {
  return Promise.all(
    planned.map(async (effect) => {
      const component = release.components.find(({ name }) => name === effect.component);
      if (component === undefined || effect.action === 'keep' || effect.action === 'remove') return effect;
      const left = leftOf(component, release.number, observed, secrets);
      return { ...effect, found: left ?? (await ofImage(work, component)) };
    }),
  );
}

/** Only what is behind the router is taken back; of the rest the image counts. */
function leftOf(
  component: DeployableComponent,
  release: number,
  observed: readonly ObservedContainer[],
  secrets: WantedSecrets,
): Found | undefined {
  const { name, image, specHash, run } = component;
  const alike = observed.filter(
    (one) =>
      one.component === name &&
      one.release === release &&
      one.digest === image.digest &&
      one.spec === specHash &&
      changedSecrets(one.secrets, secrets[name]).length === 0,
  );
  if (run.publish === undefined || alike.length < run.replicas) return undefined;
  return alike.every(({ running }) => running) ? 'running' : 'stopped';
}

async function ofImage({ host, signal }: HostWork, { image }: DeployableComponent): Promise<Found> {
  return (await host.engine.holdsImage(image, { signal })) ? 'image' : 'nothing';
}
