import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import envPaths from 'env-paths';
import { pack } from 'tar-stream';
import { connectEngine } from '../../../adapters/docker/connect.ts';
import { parseEndpoint } from '../../../adapters/docker/endpoint.ts';
import { followToEnd } from '../../../adapters/docker/follow-to-end.ts';
import { parseDigest } from '../../../domain/digest.ts';
import type { PinnedImage } from '../../../domain/image.ts';
import { type LabEngine, startEngine } from '../../../lab/engine.ts';
import { imageArchive } from '../../../lab/image-archive.ts';
import { plainRecipe } from '../../../lab/image-recipes.ts';
import { createLabNetwork } from '../../../lab/network.ts';
import { type LabRegistry, startRegistry } from '../../../lab/registry.ts';

/** One engine and one registry of a test file's own. */
export interface DockerLab {
  readonly directory: string;
  readonly engine: LabEngine;
  readonly docker: Docker;
  readonly registry: LabRegistry;
  /** The address of this machine as the engine sees it. */
  readonly gateway: string;
  stop(): Promise<void>;
}

/** For what needs none: no such image is anywhere. */
export const UNUSED_IMAGE: PinnedImage = { repository: 'registry.test/unused', digest: parseDigest(`sha256:${'0'.repeat(64)}`) };

/** A name of the base image that every lab engine gets: busybox and nothing else. */
export const BASE = 'busybox:lab';

/** `plainHttpPorts` are those of further registries at the gateway that the engine's BuildKit may ask; it knows each by its address alone. */
export async function startDockerLab(
  name: string,
  { plainHttpPorts = [] }: { readonly plainHttpPorts?: readonly number[] } = {},
): Promise<DockerLab> {
  const directory = await mkdtemp(join(tmpdir(), `${name}-`));
  const network = await createLabNetwork({ directory });
  const registry = await startRegistry({ directory, address: network.gateway });
  const plainHttp = [registry.address, ...plainHttpPorts.map((port) => `${network.gateway}:${port}`)].map((address) => `http://${address}`);
  const engine = await startEngine({ name, directory, network, registries: [`${network.gateway}/24`, ...plainHttp] });
  const docker = connectEngine(parseEndpoint(engine.docker));
  await importBase(docker);
  const stop = async () => {
    await engine.stop({ remove: true });
    await registry.stop();
    await network.close();
    await rm(directory, { recursive: true, force: true });
  };
  return { directory, engine, docker, registry, gateway: network.gateway, stop };
}

async function importBase(docker: Docker): Promise<void> {
  const { folder } = await imageArchive(plainRecipe, envPaths('tidegate', { suffix: '' }).cache);
  const [repo, tag] = BASE.split(':');
  await toEnd((await docker.importImage(join(folder, 'layer.tar.gz'), { repo, tag })) as Readable);
}

/** Builds an image from a Dockerfile, pushes it, and returns what the registry called it. */
export async function publishImage(lab: DockerLab, path: string, dockerfile: string): Promise<PinnedImage> {
  const repository = `${lab.registry.address}/${path}`;
  const tar = pack();
  tar.entry({ name: 'Dockerfile' }, dockerfile);
  tar.finalize();
  await toEnd((await lab.docker.buildImage(tar as unknown as NodeJS.ReadableStream, { t: `${repository}:lab`, version: '1' })) as Readable);
  const pushed = (await lab.docker.getImage(`${repository}:lab`).push({ tag: 'lab', authconfig: { key: 'e30=' } })) as Readable;
  const digest = await followToEnd(pushed, { signal: new AbortController().signal, idleMs: 30_000, verdict: ({ aux }) => aux?.Digest });
  return { repository, digest: parseDigest(String(digest)) };
}

/** Forgets an image on the engine, so that the next pull is one. */
export async function forgetImage(lab: DockerLab, image: PinnedImage): Promise<void> {
  await lab.docker.getImage(`${image.repository}@${image.digest}`).remove({ force: true });
}

async function toEnd(stream: Readable): Promise<void> {
  await followToEnd(stream, { signal: new AbortController().signal, idleMs: 30_000, verdict: () => true });
}
