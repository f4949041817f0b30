import type { Secret } from '../../domain/secret.ts';

/** How to reach one Docker engine. */
export type EngineEndpoint =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly tls?: EngineTls }
  | SshEndpoint;

/** Mutual TLS, each in PEM. */
export interface EngineTls {
  readonly ca: string;
  readonly certificate: string;
  readonly key: Secret | string;
}

/** `docker system dial-stdio` on the host, over SSH. */
export interface SshEndpoint {
  readonly kind: 'ssh';
  readonly user: string;
  readonly host: string;
  readonly port: number;
  /** How the host's key is known; without one the connection is refused. */
  readonly hostKey?: KnownHostKey;
  /** Path of an SSH agent's socket. */
  readonly agent?: string;
  readonly privateKey?: Secret;
}

export type KnownHostKey =
  /** As `ssh-keygen -lf` prints it, `SHA256:…`. */
  | { readonly fingerprint: string }
  /** Path of a known_hosts file. */
  | { readonly knownHosts: string };

const TCP_PORT = 2375;
const SSH_PORT = 22;

/**
 * Reads an engine's address as DOCKER_HOST holds it: `unix:///path`, `tcp://host:port` or `ssh://user@host:port`.
 * TLS files and host keys are added by the caller. Throws MalformedEndpoint.
 */
export function parseEndpoint(text: string): EngineEndpoint {
  if (text.startsWith('unix://')) return parseUnix(text);
  if (text.startsWith('npipe:'))
    throw new MalformedEndpoint(text, 'named pipes of Windows are not supported; use tcp:// with TLS, or ssh://');
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'tcp:') return parseTcp(text, url);
  if (url?.protocol === 'ssh:') return parseSsh(text, url);
  throw new MalformedEndpoint(text, 'it begins with none of these');
}

/** The endpoint as people know it, without keys. */
export function printEndpoint(endpoint: EngineEndpoint): string {
  if (endpoint.kind === 'unix') return `unix://${endpoint.path}`;
  const address = `${endpoint.host}:${endpoint.port}`;
  return endpoint.kind === 'tcp' ? `tcp://${address}` : `ssh://${endpoint.user}@${address}`;
}

function parseUnix(text: string): EngineEndpoint {
  const path = text.slice('unix://'.length);
  if (!path.startsWith('/') || path.includes('\0')) throw new MalformedEndpoint(text, 'the path of a socket must be absolute');
  return { kind: 'unix', path };
}

function parseTcp(text: string, url: URL): EngineEndpoint {
  if (url.hostname === '') throw new MalformedEndpoint(text, 'it names no host');
  if (url.username !== '' || url.password !== '')
    throw new MalformedEndpoint(text, 'an engine over TCP knows no user; give TLS files instead');
  if (extras(url) !== '') throw new MalformedEndpoint(text, `${extras(url)} has no meaning there`);
  return { kind: 'tcp', host: url.hostname, port: portOf(url, TCP_PORT) };
}

function parseSsh(text: string, url: URL): EngineEndpoint {
  if (url.hostname === '') throw new MalformedEndpoint(text, 'it names no host');
  if (url.username === '') throw new MalformedEndpoint(text, 'it names no user; write ssh://user@host');
  if (url.password !== '') throw new MalformedEndpoint(text, 'a password does not belong there; use a key or an agent');
  if (extras(url) !== '') throw new MalformedEndpoint(text, `${extras(url)} has no meaning there`);
  return { kind: 'ssh', user: decodeURIComponent(url.username), host: url.hostname, port: portOf(url, SSH_PORT) };
}

function extras(url: URL): string {
  return `${url.pathname === '/' ? '' : url.pathname}${url.search}${url.hash}`;
}

function portOf(url: URL, otherwise: number): number {
  return url.port === '' ? otherwise : Number(url.port);
}

export class MalformedEndpoint extends Error {
  override readonly name = 'MalformedEndpoint';

  constructor(text: string, reason: string) {
    super(
      `Expected an engine's address, unix:///path, tcp://host:port or ssh://user@host, and saw ${JSON.stringify(withoutPassword(text))}: ${reason}`,
    );
  }
}

function withoutPassword(text: string): string {
  return text.replace(/\/\/[^/@]*@/, (userinfo) => userinfo.replace(/:.*@/, ':…@'));
}
