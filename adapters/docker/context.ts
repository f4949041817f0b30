import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { types } from 'node:util';
import { Secret } from '../../domain/secret.ts';
import { type EngineEndpoint, type EngineTls, type KnownHostKey, MalformedEndpoint, parseEndpoint } from './endpoint.ts';

/** What decides which engine the docker CLI talks to; the caller reads it from its environment. */
export interface DockerSettings {
  readonly dockerHost?: string;
  readonly dockerContext?: string;
  /** DOCKER_TLS_VERIFY, in any form but the empty one. */
  readonly tlsVerify?: boolean;
  /** DOCKER_CERT_PATH: ca.pem, cert.pem and key.pem. */
  readonly certificatePath?: string;
  /** DOCKER_CONFIG; `~/.docker` otherwise. */
  readonly configDirectory?: string;
  /** SSH_AUTH_SOCK. */
  readonly sshAgent?: string;
  /** For hosts over SSH; `~/.ssh/known_hosts` otherwise. */
  readonly hostKey?: KnownHostKey;
}

const DEFAULT: EngineEndpoint = { kind: 'unix', path: '/var/run/docker.sock' };

/**
 * The engine that the docker CLI would use: DOCKER_HOST, else DOCKER_CONTEXT, else the current context, else the local socket
 * (docker/cli, `resolveContextName`). Throws ContextUnreadable or MalformedEndpoint.
 */
export async function defaultEndpoint(settings: DockerSettings = {}): Promise<EngineEndpoint> {
  if (isGiven(settings.dockerHost)) return fromDockerHost(settings.dockerHost, settings);
  const directory = configDirectory(settings);
  const name = isGiven(settings.dockerContext) ? settings.dockerContext : await currentContext(directory);
  return name === undefined || name === 'default' ? DEFAULT : contextEndpoint(name, settings);
}

/** The engine of a Docker context, with the TLS files that belong to it. Throws ContextUnreadable or MalformedEndpoint. */
export async function contextEndpoint(name: string, settings: DockerSettings = {}): Promise<EngineEndpoint> {
  const directory = join(configDirectory(settings), 'contexts');
  // The store names its folders after the hash of the context's name (docker/cli, cli/context/store).
  const id = createHash('sha256').update(name).digest('hex');
  const meta = await readJson(join(directory, 'meta', id, 'meta.json'), name);
  const address = text(member(member(member(meta, 'Endpoints'), 'docker'), 'Host'));
  if (address === undefined) throw new ContextUnreadable(name, 'its meta.json names no docker endpoint');
  const endpoint = parseEndpoint(address);
  if (endpoint.kind === 'ssh') return withSsh(endpoint, settings);
  if (endpoint.kind !== 'tcp') return endpoint;
  const tls = await readTls(join(directory, 'tls', id, 'docker'), name, true);
  return tls === undefined ? endpoint : { ...endpoint, tls };
}

async function fromDockerHost(address: string, settings: DockerSettings): Promise<EngineEndpoint> {
  const endpoint = parseEndpoint(address);
  if (endpoint.kind === 'ssh') return withSsh(endpoint, settings);
  if (endpoint.kind !== 'tcp' || settings.tlsVerify !== true) return endpoint;
  const path = settings.certificatePath ?? configDirectory(settings);
  const tls = await readTls(path, 'DOCKER_HOST', false);
  if (tls === undefined) throw new MalformedEndpoint(address, `TLS is asked for, and ${path} has no ca.pem, cert.pem and key.pem`);
  return { ...endpoint, tls };
}

function withSsh(endpoint: Extract<EngineEndpoint, { kind: 'ssh' }>, settings: DockerSettings): EngineEndpoint {
  const hostKey = settings.hostKey ?? { knownHosts: join(homedir(), '.ssh', 'known_hosts') };
  return { ...endpoint, hostKey, ...(isGiven(settings.sshAgent) && { agent: settings.sshAgent }) };
}

async function currentContext(directory: string): Promise<string | undefined> {
  const path = join(directory, 'config.json');
  const content = await readIfThere(path);
  if (content === undefined) return undefined;
  const name = text(member(parseJson(content, 'current', path), 'currentContext'));
  return isGiven(name) ? name : undefined;
}

async function readTls(directory: string, context: string, optional: boolean): Promise<EngineTls | undefined> {
  const files = ['ca.pem', 'cert.pem', 'key.pem'].map((name) => readIfThere(join(directory, name)));
  const [ca, certificate, key] = await Promise.all(files);
  if (ca !== undefined && certificate !== undefined && key !== undefined) return { ca, certificate, key: new Secret(key) };
  const partial = [ca, certificate, key].some((file) => file !== undefined);
  if (optional && partial) throw new ContextUnreadable(context, `${directory} must hold all of ca.pem, cert.pem and key.pem`);
  return undefined;
}

async function readJson(path: string, context: string): Promise<unknown> {
  const content = await readIfThere(path);
  if (content === undefined) throw new ContextUnreadable(context, `there is no ${path}; list what there is with 'docker context ls'`);
  return parseJson(content, context, path);
}

function parseJson(content: string, context: string, path: string): unknown {
  try {
    return JSON.parse(content);
  } catch (cause) {
    throw new ContextUnreadable(context, `${path} is no JSON`, { cause });
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (types.isNativeError(error) && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined;
    throw error;
  }
}

function configDirectory(settings: DockerSettings): string {
  return isGiven(settings.configDirectory) ? settings.configDirectory : join(homedir(), '.docker');
}

function isGiven(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** A Docker context that is named somewhere and cannot be used. */
export class ContextUnreadable extends Error {
  override readonly name = 'ContextUnreadable';

  constructor(context: string, reason: string, options?: ErrorOptions) {
    super(`Expected Docker context ${JSON.stringify(context)} to name an engine: ${reason}`, options);
  }
}
