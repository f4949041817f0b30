import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { types } from 'node:util';
import type { RegistryCredential, RegistryCredentials } from '../../activities/images.ts';
import { Secret } from '../../domain/secret.ts';
import { askCredentialHelper, type HelperEnvironment } from './credential-helper.ts';

/** Credentials that the installation gives for registries by address; values are resolved each time one is needed. */
export function givenCredentials(given: Readonly<Record<string, () => Promise<RegistryCredential>>>): RegistryCredentials {
  return async (registry) => (Object.hasOwn(given, registry) ? given[registry]?.() : undefined);
}

/** The first credential that any of the sources has. */
export function firstCredentials(...sources: readonly RegistryCredentials[]): RegistryCredentials {
  return async (registry) => {
    for (const source of sources) {
      const credential = await source(registry);
      if (credential !== undefined) return credential;
    }
    return undefined;
  };
}

export interface DockerCredentialOptions {
  /** DOCKER_CONFIG; `~/.docker` otherwise. */
  readonly directory?: string;
  /** What credential helpers get; they are looked for on its PATH. */
  readonly environment: HelperEnvironment;
}

/**
 * Credentials as `docker login` keeps them: a helper of the registry's own (`credHelpers`), else the store of all (`credsStore`),
 * else `auths`. Read anew each time, so that a new sign-in counts at once. No such file is no credential.
 * Throws DockerConfigUnreadable or CredentialHelperFailed.
 */
export function dockerCredentials(options: DockerCredentialOptions): RegistryCredentials {
  const path = join(options.directory ?? join(homedir(), '.docker'), 'config.json');
  return async (registry) => {
    const config = await readConfig(path);
    const helper = member(member(config, 'credHelpers'), registry) ?? member(config, 'credsStore');
    if (typeof helper === 'string' && helper !== '') return askFirst(helper, keysOf(registry), options.environment);
    const entry = keysOf(registry)
      .map((key) => member(member(config, 'auths'), key))
      .find((found) => found !== undefined);
    return entry === undefined ? undefined : credentialOf(entry, registry, path);
  };
}

/** The keys under which sign-ins to a registry have been kept over the years. */
function keysOf(registry: string): string[] {
  if (registry === 'docker.io') return ['https://index.docker.io/v1/', 'docker.io', 'index.docker.io'];
  return [
    registry,
    `https://${registry}`,
    `https://${registry}/`,
    `https://${registry}/v1/`,
    `https://${registry}/v2/`,
    `http://${registry}`,
  ];
}

async function askFirst(helper: string, keys: readonly string[], environment: HelperEnvironment): Promise<RegistryCredential | undefined> {
  for (const key of keys.slice(0, 2)) {
    const credential = await askCredentialHelper(helper, key, environment);
    if (credential !== undefined) return credential;
  }
  return undefined;
}

function credentialOf(entry: unknown, registry: string, path: string): RegistryCredential | undefined {
  const token = member(entry, 'identitytoken');
  if (typeof token === 'string' && token !== '') return { identityToken: new Secret(token) };
  const auth = member(entry, 'auth');
  if (typeof auth !== 'string' || auth === '') return undefined;
  const [username, ...password] = Buffer.from(auth, 'base64').toString('utf8').split(':');
  if (!username || password.length === 0) throw new DockerConfigUnreadable(path, `auths of ${registry} is not user:password in base64`);
  return { username, password: new Secret(password.join(':')) };
}

async function readConfig(path: string): Promise<unknown> {
  const content = await readFile(path, 'utf8').catch((error: unknown) => {
    if (types.isNativeError(error) && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return '{}';
    throw error;
  });
  try {
    return JSON.parse(content);
  } catch {
    // The parser's own message quotes the file, which holds passwords.
    throw new DockerConfigUnreadable(path, 'it is no JSON');
  }
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}

/** Docker's configuration file is there and cannot be understood. */
export class DockerConfigUnreadable extends Error {
  override readonly name = 'DockerConfigUnreadable';

  constructor(path: string, reason: string) {
    super(`Expected ${path} to be Docker's configuration: ${reason}. Correct it, or sign in anew with 'docker login'`);
  }
}
