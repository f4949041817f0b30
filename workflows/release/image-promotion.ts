import type { DeployableRelease } from '../../domain/deployment.ts';
import type { EnvironmentPolicy } from '../../domain/environment-policy.ts';
import { promotions } from '../proxies/images.ts';

/** A release as an environment's hosts pull it: its images are brought to the environment's own repositories first, where it has some. */
export async function promoteTo(policy: EnvironmentPolicy, release: DeployableRelease): Promise<DeployableRelease> {
  const { images: to, name: environment } = policy;
  if (to === undefined) return release;
  const { application, number } = release;
  const images = Object.fromEntries(release.components.map(({ name, image }) => [name, image]));
  const promotion = { application, environment, release: number, images, to };
  const promoted = await promotions(`promote release ${number} to ${environment}`).promoteImages(promotion);
  return { ...release, components: release.components.map((one) => ({ ...one, image: promoted.images[one.name] ?? one.image })) };
}
