import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import type { HostEngine } from '../../activities/hosts/ports.ts';
import { connectEngine } from '../../adapters/docker/connect.ts';
import { createDockerHostEngine } from '../../adapters/docker/docker-host-engine.ts';
import { createDockerRouterEngine } from '../../adapters/docker/docker-router-engine.ts';
import { parseEndpoint } from '../../adapters/docker/endpoint.ts';
import { createImageSource } from '../../adapters/registry/image-source.ts';
import { connectRegistries } from '../../adapters/registry/registries.ts';
import { plainHttpAt } from '../../adapters/registry/settings.ts';
import { createHaproxyRouter, type HaproxyRouterOptions } from '../../adapters/router/haproxy-router.ts';
import { parseDigest } from '../../domain/digest.ts';
import type { PinnedImage } from '../../domain/image.ts';
import { type LabEngine, type LabEngineOptions, startEngine } from '../../lab/engine.ts';
import { nodeImage, routerImage } from '../../lab/images.ts';
import { createLabNetwork } from '../../lab/network.ts';
import { type LabRegistry, startRegistry } from '../../lab/registry.ts';

/** One host as a test has it: a real engine, a registry with a router's and a Node image, and their adapters. */
export interface HostLab {
  readonly directory: string;
  readonly engine: LabEngine;
  readonly docker: Docker;
  readonly registry: LabRegistry;
  readonly hostEngine: HostEngine;
  readonly router: HaproxyRouterOptions;
  readonly node: PinnedImage;
  stop(): Promise<void>;
}

export async function startHostLab(name: string, options: Pick<LabEngineOptions, 'liveRestore'> = {}): Promise<HostLab> {
  const directory = await mkdtemp(join(tmpdir(), `${name}-`));
  const network = await createLabNetwork({ directory });
  const registry = await startRegistry({ directory, address: network.gateway });
  const source = { registry: registry.address, cache: join(homedir(), '.cache', 'tidegate') };
  const [router, node] = [await routerImage(source), await nodeImage(source)];
  const engine = await startEngine({ name, directory, network, registries: [`${network.gateway}/24`], ...options });
  const docker = connectEngine(parseEndpoint(engine.docker));
  const credentials = async () => undefined;
  const registries = connectRegistries({ credentials, access: plainHttpAt([registry.address]) });
  const place = { host: name, endpoint: engine.docker, docker, credentials, source: createImageSource(registries.open) };
  const toolsImage = { repository: router.reference, digest: parseDigest(router.digest) };
  return {
    directory,
    engine,
    docker,
    registry,
    hostEngine: createDockerHostEngine({ ...place, resolveValue: async (text) => text, toolsImage }),
    router: {
      engine: createDockerRouterEngine(place),
      installation: 'lab',
      image: toolsImage,
      httpPort: 8080,
      reachAt: `${engine.address}:8080`,
    },
    node: { repository: node.reference, digest: parseDigest(node.digest) },
    stop: async () => {
      await registries.close();
      await engine.stop({ remove: true });
      await registry.stop();
      await network.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export function routerOf(lab: HostLab, more: Partial<HaproxyRouterOptions> = {}) {
  return createHaproxyRouter({ ...lab.router, ...more });
}
