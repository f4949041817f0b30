import type { Deployment } from '../../domain/deployment.ts';
import type { WantedSecrets } from '../../domain/secret-file.ts';
import { type ComponentChoice, chooseForSwitch, switchFence } from '../../domain/switch.ts';
import { endOldJobs } from './end-jobs.ts';
import {
  ensureSurroundings,
  type HostWork,
  look,
  needsRouter,
  refuseOvertaken,
  routeOf,
  type Sight,
  servingOf,
  wantedSecrets,
} from './host-work.ts';
import { makeRunners } from './runners.ts';

/**
 * Makes everything that the switch of a host needs: network, router, routes, images by digest, containers. Starts nothing and
 * stops nothing but jobs of earlier deployments, so what serves is untouched until all is known to be there. Returns which values the
 * secrets had, for the later steps.
 */
export async function prepareHost(work: HostWork, prepared: Deployment): Promise<WantedSecrets> {
  const secrets = await wantedSecrets(work, prepared.release);
  const deployment = { ...prepared, secrets };
  const { release } = deployment;
  const sight = await look(
    work,
    release.components.map(({ name }) => name),
  );
  refuseOvertaken(work, deployment.generation, sight);
  await endOldJobs(work, deployment.generation);
  await openRoutes(work, deployment);
  for (const { image } of release.components) await work.host.engine.ensureImage(image, work.tell, { signal: work.signal });
  for (const choice of await choices(work, deployment, sight)) await makeRunners(work, release, choice);
  return secrets;
}

async function openRoutes(work: HostWork, { release, generation, kind }: Deployment): Promise<void> {
  const published = release.components.filter(({ run }) => run.publish !== undefined);
  work.tell('preparing network and router');
  await ensureSurroundings(work, release.components.some(needsRouter));
  // A way back to what was good waits for no certificate.
  if (published.length > 0 && kind !== 'rollback') await work.host.router.certify(work.place.environment, { signal: work.signal });
  for (const { name, run } of published) {
    await work.host.router.open(routeOf(work.place, name, run.publish), switchFence(generation), { signal: work.signal });
  }
}

/** The same answer before and after the containers were made. Throws SecretMissing. */
export async function choices(work: HostWork, deployment: Deployment, sight: Sight): Promise<ComponentChoice[]> {
  const { release, generation } = deployment;
  const secrets = deployment.secrets ?? (await wantedSecrets(work, release));
  const cause = { deployment: deployment.id, generation };
  return release.components.map((component) =>
    chooseForSwitch(
      work.place,
      component,
      release.number,
      cause,
      sight.observed,
      servingOf(sight, component.name),
      secrets[component.name],
    ),
  );
}
