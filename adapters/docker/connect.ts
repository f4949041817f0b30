import Docker from 'dockerode';
import type { Secret } from '../../domain/secret.ts';
import type { EngineEndpoint, EngineTls, SshEndpoint } from './endpoint.ts';
import { hostKeyCheck } from './ssh-host-key.ts';

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
  protocol: 'http' as const,
  pathPrefix: '/',
};

function optionsOf(endpoint: EngineEndpoint): Docker.DockerOptions {
  if (endpoint.kind === 'unix') return { socketPath: endpoint.path };
  if (endpoint.kind === 'ssh') return sshOptions(endpoint);
  const { host, port, tls } = endpoint;
  return tls === undefined ? { host, port } : { host, port, ...tlsOptions(tls) };
}

function tlsOptions(tls: EngineTls): Docker.DockerOptions {
  return { protocol: 'https', ca: tls.ca, cert: tls.certificate, key: revealed(tls.key) };
}

function sshOptions(endpoint: SshEndpoint): Docker.DockerOptions {
  const check = hostKeyCheck(endpoint);
  return {
    protocol: 'ssh',
    host: endpoint.host,
    port: endpoint.port,
    username: endpoint.user,
    sshOptions: {
      hostVerifier: (key: Buffer) => check.verify(key),
      readyTimeout: 20_000,
      ...(check.algorithms && { algorithms: { serverHostKey: [...check.algorithms] } }),
      ...(endpoint.agent !== undefined && { agent: endpoint.agent }),
      ...(endpoint.privateKey && { privateKey: endpoint.privateKey.reveal() }),
    },
  };
}

function revealed(text: Secret | string): string {
  return typeof text === 'string' ? text : text.reveal();
}
