import type { Agent } from 'node:http';
import Docker from 'dockerode';
import type { Secret } from '../../domain/secret.ts';
import type { EngineEndpoint, EngineTls } from './endpoint.ts';
import { sshAgent } from './ssh-agent.ts';

/**
 * A client of one engine; nothing is sent yet. Paths carry no API version, so an engine answers in its own newest one;
 * what we ask of it exists since 1.41 (Docker 20.10). Throws UnknownHostKey for an SSH host whose key nothing vouches for.
 */
export function connectEngine(endpoint: EngineEndpoint): Docker {
  return new Docker({ ...NOTHING_FROM_THE_ENVIRONMENT, ...optionsOf(endpoint) });
}

/** docker-modem fills what is absent from DOCKER_HOST and its kin; named members, even undefined ones, win over them. */
const NOTHING_FROM_THE_ENVIRONMENT = {
  host: undefined,
  socketPath: undefined,
  port: undefined,
  username: undefined,
  ca: undefined,
  cert: undefined,
  key: undefined,
  timeout: undefined,
  agent: undefined,
  protocol: 'http' as const,
  pathPrefix: '/',
};

/** Its types do not know that docker-modem takes an agent. */
type Options = Docker.DockerOptions & { readonly agent?: Agent };

function optionsOf(endpoint: EngineEndpoint): Options {
  if (endpoint.kind === 'unix') return { socketPath: endpoint.path };
  if (endpoint.kind === 'ssh') return { host: endpoint.host, port: endpoint.port, agent: sshAgent(endpoint) };
  const { host, port, tls } = endpoint;
  return tls === undefined ? { host, port } : { host, port, ...tlsOptions(tls) };
}

function tlsOptions(tls: EngineTls): Docker.DockerOptions {
  return { protocol: 'https', ca: tls.ca, cert: tls.certificate, key: revealed(tls.key) };
}

function revealed(text: Secret | string): string {
  return typeof text === 'string' ? text : text.reveal();
}
