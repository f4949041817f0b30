import { isInstalled } from '../../lab/command.ts';
import { nodeRecipe, routerRecipe } from '../../lab/image-recipes.ts';
import { type LabImage, nodeImage, routerImage } from '../../lab/images.ts';
import { freePort, startRegistry } from '../../lab/registry.ts';
import { until } from '../../lab/until.ts';
import { DemoRefused } from '../telling/errors.ts';
import type { Teller } from '../telling/teller.ts';
import type { Site } from './site.ts';
import { connectUserEngine, DEMO_LABEL, type Docker, refuseOtherInstallations } from './user-engine.ts';

const REGISTRY_IMAGE = 'registry:2';
const REGISTRY_PORT = '5000/tcp';
const LOOPBACK = '127.0.0.1';
/** Whoever has no way out to a registry must not wait long to learn it. */
const PULL_MS = 60_000;

export interface SitePlace {
  readonly root: string;
  readonly installation: string;
  /** Told, beforehand, on which engine of the user's there will be things to remove, and which registry's images. */
  readonly remember: (facts: { readonly docker?: string; readonly registry?: string }) => Promise<void>;
  /** Told which images are missing there before they are pulled, and which of them are there afterwards. */
  readonly rememberPulled: (missing: readonly string[], there?: readonly string[]) => Promise<void>;
}

/** The user's one engine as the one host of all environments, with a registry on it. `clearUserEngine` and `sweep` end all of it. */
export async function startSingleEngineSite(address: string, place: SitePlace, teller: Teller): Promise<Site> {
  const docker = await connectUserEngine(address);
  await refuseOtherInstallations(docker, place.installation);
  await place.remember({ docker: address });
  const missing = await missingImages(docker);
  await place.rememberPulled(missing);
  const images = await startImages(docker, address, place, teller);
  const stillMissing = await missingImages(docker);
  await place.rememberPulled(
    missing,
    missing.filter((image) => !stillMissing.includes(image)),
  );
  const host = { name: 'local', docker: address, address: LOOPBACK, port: await freePort(LOOPBACK) };
  return { ...images, hosts: [host], staging: [host.name], production: [host.name], builder: host.name };
}

async function startImages(
  docker: Docker,
  address: string,
  place: SitePlace,
  teller: Teller,
): Promise<Pick<Site, 'registry' | 'routerImage' | 'baseImage'>> {
  const { address: registry } = await teller.timed(
    () => startSomeRegistry(docker, place),
    (started) => `registry at ${started.address}, ${started.how}`,
  );
  await place.remember({ registry });
  const source = { registry, docker: address };
  const [router, base] = await teller.timed(
    async () => [await routerImage(source), await nodeImage(source)] as const,
    () => 'images of the router and of Node in the registry',
  );
  return { registry, routerImage: pinned(router), baseImage: pinned(base) };
}

/** A container of the usual image, which every engine reaches; without that image, a registry of this machine. */
async function startSomeRegistry(docker: Docker, { root, installation }: SitePlace): Promise<{ address: string; how: string }> {
  if ((await has(docker, REGISTRY_IMAGE)) || (await pull(docker, REGISTRY_IMAGE))) {
    return { address: await startRegistryContainer(docker, installation), how: `a container of ${REGISTRY_IMAGE}` };
  }
  if ((await isInstalled('docker-registry')) || (await isInstalled('registry'))) {
    const { address } = await startRegistry({ directory: root, address: LOOPBACK });
    return { address, how: `a process, as ${REGISTRY_IMAGE} cannot be pulled` };
  }
  throw new DemoRefused(
    `Expected a registry, and ${REGISTRY_IMAGE} cannot be pulled. Let the engine reach the internet, or install one: 'sudo apt-get install docker-registry'`,
  );
}

async function startRegistryContainer(docker: Docker, installation: string): Promise<string> {
  const container = await docker.createContainer({
    name: `tidegate-demo-registry-${installation}`,
    Image: REGISTRY_IMAGE,
    Labels: { [DEMO_LABEL]: installation },
    ExposedPorts: { [REGISTRY_PORT]: {} },
    HostConfig: { PortBindings: { [REGISTRY_PORT]: [{ HostIp: LOOPBACK, HostPort: '' }] } },
  });
  await container.start();
  const { NetworkSettings } = await container.inspect();
  const address = `${LOOPBACK}:${NetworkSettings.Ports[REGISTRY_PORT]?.[0]?.HostPort ?? ''}`;
  await until(`the registry at ${address}`, 20_000, () =>
    fetch(`http://${address}/v2/`, { signal: AbortSignal.timeout(2_000) }).then(
      (response) => response.ok,
      () => false,
    ),
  );
  return address;
}

/** What would be pulled: what the user has already is not ours to remove. */
async function missingImages(docker: Docker): Promise<string[]> {
  const missing: string[] = [];
  for (const image of [REGISTRY_IMAGE, routerRecipe.ordinary, nodeRecipe.ordinary]) if (!(await has(docker, image))) missing.push(image);
  return missing;
}

async function has(docker: Docker, image: string): Promise<boolean> {
  const found = await docker.listImages({ filters: { reference: [image] } });
  return found.length > 0;
}

/** Says whether the image is there now; why it is not is the engine's business. */
async function pull(docker: Docker, image: string): Promise<boolean> {
  try {
    const stream = await docker.pull(image, { abortSignal: AbortSignal.timeout(PULL_MS) });
    for await (const _ of stream);
  } catch {
    // A closed network is an ordinary case: the caller has another way.
    return false;
  }
  return has(docker, image);
}

function pinned({ reference, digest }: LabImage): string {
  return `${reference}@${digest}`;
}
