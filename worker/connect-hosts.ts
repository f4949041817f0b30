import { readFile } from 'node:fs/promises';
import { UnknownHost } from '../activities/hosts/errors.ts';
import type { Host, Hosts } from '../activities/hosts/ports.ts';
import type { ImageSource } from '../activities/images/image-source.ts';
import type { RegistryCredentials } from '../activities/images.ts';
import { connectEngine } from '../adapters/docker/connect.ts';
import { contextEndpoint, type DockerSettings } from '../adapters/docker/context.ts';
import { createDockerHostEngine } from '../adapters/docker/docker-host-engine.ts';
import { createDockerRouterEngine } from '../adapters/docker/docker-router-engine.ts';
import { type EngineEndpoint, printEndpoint } from '../adapters/docker/endpoint.ts';
import { createHaproxyRouter } from '../adapters/router/haproxy-router.ts';
import type { Installation } from '../config/installation.ts';
import type { HostSettings } from '../config/settings/host.ts';
import { Secret } from '../domain/secret.ts';
import { tlsOf } from './connect-certificates.ts';

export interface HostConnection {
  readonly docker: ReturnType<typeof connectEngine>;
  /** The engine's address as messages print it. */
  readonly endpoint: string;
}

export interface HostsOptions {
  readonly installation: Installation;
  readonly credentials: RegistryCredentials;
  /** Where images are read for hosts whose engines do not download by themselves. */
  readonly images: ImageSource;
  readonly resolveValue: (text: string) => Promise<string>;
  readonly settings: DockerSettings;
}

/** A client for each host's engine; nothing is sent before the first call. */
export async function connectHosts({
  installation,
  settings,
}: Pick<HostsOptions, 'installation' | 'settings'>): Promise<ReadonlyMap<string, HostConnection>> {
  const connections = installation.hosts.map(async (host): Promise<[string, HostConnection]> => {
    const endpoint = await endpointOf(host, settings);
    return [host.name, { docker: connectEngine(endpoint), endpoint: printEndpoint(endpoint) }];
  });
  return new Map(await Promise.all(connections));
}

async function endpointOf({ docker }: HostSettings, settings: DockerSettings): Promise<EngineEndpoint> {
  if (docker.kind === 'context') return contextEndpoint(docker.name, settings);
  if (docker.kind === 'ssh') return sshEndpoint(docker, settings);
  if (docker.kind === 'unix') return docker;
  if (docker.tls === undefined) return { kind: 'tcp', host: docker.host, port: docker.port };
  const [ca, certificate, key] = await Promise.all(
    [docker.tls.ca, docker.tls.certificate, docker.tls.key].map((file) => readFile(file, 'utf8')),
  );
  return {
    kind: 'tcp',
    host: docker.host,
    port: docker.port,
    tls: { ca: ca ?? '', certificate: certificate ?? '', key: new Secret(key ?? '') },
  };
}

function sshEndpoint(docker: Extract<HostSettings['docker'], { kind: 'ssh' }>, settings: DockerSettings): EngineEndpoint {
  return {
    kind: 'ssh',
    user: docker.user ?? 'root',
    host: docker.host,
    port: docker.port,
    ...(settings.sshAgent !== undefined && { agent: settings.sshAgent }),
    ...(settings.hostKey !== undefined && { hostKey: settings.hostKey }),
  };
}

/** Every host of the installation behind the activities' ports. */
export function hostsOf(options: HostsOptions, connections: ReadonlyMap<string, HostConnection>): Hosts {
  const hosts = new Map(
    options.installation.hosts.map((host) => [host.name, portsOf(host, connectionOf(connections, host.name), options)]),
  );
  return (name) => {
    const host = hosts.get(name);
    if (host === undefined) throw new UnknownHost(name, [...hosts.keys()]);
    return host;
  };
}

export function connectionOf(connections: ReadonlyMap<string, HostConnection>, name: string): HostConnection {
  const connection = connections.get(name);
  if (connection === undefined) throw new UnknownHost(name, [...connections.keys()]);
  return connection;
}

function portsOf(host: HostSettings, { docker, endpoint }: HostConnection, options: HostsOptions): Host {
  const { installation, credentials, images, resolveValue } = options;
  const tls = tlsOf(host, installation, resolveValue);
  const place = { host: host.name, endpoint, docker, credentials, source: sourceFor(host.name, installation, images) };
  return {
    name: host.name,
    labels: host.labels,
    engine: createDockerHostEngine({ ...place, resolveValue, toolsImage: installation.router.image }),
    router: createHaproxyRouter({
      engine: createDockerRouterEngine(place),
      installation: installation.name,
      image: installation.router.image,
      httpPort: host.port,
      tcpPorts: installation.router.tcp,
      ...(tls !== undefined && { tls }),
      publishAddress: publishAddressOf(host),
      reachAt: `${host.address}:${host.port}`,
    }),
  };
}

/** Where a host's images are read by its worker; undefined where its engine downloads by itself. */
export function sourceFor(host: string, { hosts }: Installation, images: ImageSource): ImageSource | undefined {
  return hosts.find(({ name }) => name === host)?.pull === 'worker' ? images : undefined;
}

/** A host that is reached by loopback alone is open to nobody else. */
function publishAddressOf({ address }: HostSettings): string {
  return address === 'localhost' || address.startsWith('127.') ? '127.0.0.1' : '0.0.0.0';
}
