import { connectEngine } from '../../adapters/docker/connect.ts';
import { parseEndpoint } from '../../adapters/docker/endpoint.ts';
import { LABEL } from '../../domain/labels.ts';
import { DemoRefused } from '../telling/errors.ts';

export type Docker = ReturnType<typeof connectEngine>;

/** What the demo itself makes on a user's engine carries this label; what Tidegate makes carries Tidegate's. */
export const DEMO_LABEL = 'io.tidegate.demo';

/** What a test stage makes names no installation; there is one of Tidegate on an engine. */
const TEST_LABELS = [`${LABEL.application}=shop`, 'io.tidegate.attempt'];

/** Connects the user's engine. Throws DemoRefused for one whose published ports are not this machine's. */
export function connectUserEngine(address: string): Docker {
  const endpoint = parseEndpoint(address);
  const isHere = endpoint.kind === 'unix' || (endpoint.kind === 'tcp' && ['127.0.0.1', 'localhost'].includes(endpoint.host));
  if (isHere) return connectEngine(endpoint);
  throw new DemoRefused(
    `Expected a Docker engine on this machine, unix:///… or tcp://127.0.0.1:…, and saw ${address}: the demo reaches its applications on 127.0.0.1. Unset DOCKER_HOST, or choose a local context with 'docker context use'`,
  );
}

/** Two installations cannot share an engine's names. Throws DemoRefused. */
export async function refuseOtherInstallations(docker: Docker, installation: string): Promise<void> {
  const containers = await docker.listContainers({ all: true, filters: { label: [LABEL.installation] } });
  const other = containers.map(({ Labels }) => Labels[LABEL.installation]).find((name) => name !== installation);
  if (other === undefined) return;
  throw new DemoRefused(
    `Expected a Docker engine without an installation of Tidegate, and it has '${other}'. Stop that one first (another checkout's demo: 'npm run demo -- --stop' there)`,
  );
}

/** Removes what this demo and its installation made on the engine: containers, networks, volumes and images, and nothing else. */
export async function clearUserEngine(docker: Docker, installation: string): Promise<void> {
  await docker.ping();
  const registries = new Set<string>();
  const marks = [[`${LABEL.installation}=${installation}`], [`${DEMO_LABEL}=${installation}`], TEST_LABELS];
  for (const label of marks) {
    const filters = { label };
    for (const { Id } of await docker.listContainers({ all: true, filters })) {
      const container = docker.getContainer(Id);
      const { Config } = await container.inspect();
      if (!(DEMO_LABEL in Config.Labels)) registries.add(registryOf(Config.Image));
      await container.remove({ force: true, v: true });
    }
    for (const { Id } of await docker.listNetworks({ filters })) await docker.getNetwork(Id).remove();
    const { Volumes } = await docker.listVolumes({ filters });
    for (const { Name } of Volumes) await docker.getVolume(Name).remove({ force: true });
  }
  await removeImages(docker, registries);
}

function registryOf(image: string): string {
  return image.slice(0, image.indexOf('/'));
}

/** Every image of the demo's registry; an image that has names elsewhere keeps those. */
async function removeImages(docker: Docker, registries: ReadonlySet<string>): Promise<void> {
  for (const image of await docker.listImages()) {
    const names = [...(image.RepoTags ?? []), ...(image.RepoDigests ?? [])].filter((name) => registries.has(registryOf(name)));
    for (const name of names) await docker.getImage(name).remove({ force: true, noprune: false });
  }
}
