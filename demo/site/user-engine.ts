import { connectEngine } from '../../adapters/docker/connect.ts';
import { parseEndpoint } from '../../adapters/docker/endpoint.ts';
import { LABEL } from '../../domain/labels.ts';
import { DemoRefused } from '../telling/errors.ts';

export type Docker = ReturnType<typeof connectEngine>;

const ANSWER_MS = 10_000;

/** What the demo itself makes on a user's engine carries this label; what Tidegate makes carries Tidegate's. */
export const DEMO_LABEL = 'io.tidegate.demo';

/** What a test stage makes names no installation; there is one of Tidegate on an engine. */
const TEST_LABELS = [`${LABEL.application}=shop`, 'io.tidegate.attempt'];

/** As demo/application/Dockerfile says; the steps of a build have no other name. */
const SHOP_LABEL = "org.opencontainers.image.title=Tidegate's demo shop";

/** Connects the user's engine. Throws DemoRefused for one that does not answer, and for one whose published ports are not this machine's. */
export async function connectUserEngine(address: string): Promise<Docker> {
  const endpoint = parseEndpoint(address);
  const isHere = endpoint.kind === 'unix' || (endpoint.kind === 'tcp' && ['127.0.0.1', 'localhost'].includes(endpoint.host));
  if (!isHere) throw notHere(address);
  const docker = connectEngine(endpoint);
  await docker.listContainers({ limit: 1, abortSignal: AbortSignal.timeout(ANSWER_MS) }).catch((cause: unknown) => {
    throw new DemoRefused(`Expected the Docker engine at ${address} to answer, and it does not: start it, and run this again`, { cause });
  });
  return docker;
}

function notHere(address: string): DemoRefused {
  return new DemoRefused(
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

/**
 * Removes what this demo and its installation made on the engine: containers, networks, volumes, the images of its registry and
 * the steps of their builds, and nothing else.
 */
export async function clearUserEngine(docker: Docker, installation: string, registry: string | undefined): Promise<void> {
  for (const label of [[`${LABEL.installation}=${installation}`], [`${DEMO_LABEL}=${installation}`], TEST_LABELS]) {
    await removeLabelled(docker, { label });
  }
  if (registry !== undefined) await removeImages(docker, (name) => name.startsWith(`${registry}/`));
  const steps = await docker.listImages({ filters: { label: [SHOP_LABEL], dangling: ['true'] } });
  for (const { Id } of steps) await docker.getImage(Id).remove().catch(unlessGoneOrUsed);
}

async function removeLabelled(docker: Docker, filters: { readonly label: string[] }): Promise<void> {
  const containers = await docker.listContainers({ all: true, filters });
  for (const { Id } of containers) await docker.getContainer(Id).remove({ force: true, v: true });
  for (const { Id } of await docker.listNetworks({ filters })) await docker.getNetwork(Id).remove();
  const { Volumes } = await docker.listVolumes({ filters });
  for (const { Name } of Volumes) await docker.getVolume(Name).remove({ force: true });
}

/** Removes images by name; one that has other names keeps those, and one that somebody uses stays. */
export async function removeImages(docker: Docker, isMeant: (name: string) => boolean): Promise<void> {
  for (const image of await docker.listImages()) {
    for (const name of [...(image.RepoTags ?? []), ...(image.RepoDigests ?? [])].filter(isMeant)) {
      await docker.getImage(name).remove().catch(unlessGoneOrUsed);
    }
  }
}

/** With an image's last tag its digests go too. */
function unlessGoneOrUsed(error: unknown): void {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  if (status !== 404 && status !== 409) throw error;
}
