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

/** A file such as `docker login` writes: `~/.docker/config.json`, or what REGISTRY_AUTH_FILE names. */
export interface AuthFile {
  readonly path: string;
  /** What credential helpers get; they are looked for on its PATH. */
  readonly environment: HelperEnvironment;
}

/** Where `docker login` keeps what it was told: below DOCKER_CONFIG, or `~/.docker`. */
export function dockerConfigFile(directory = join(homedir(), '.docker')): string {
  return join(directory, 'config.json');
}

/**
 * Credentials as `docker login` keeps them: a helper of the registry's own (`credHelpers`), else the store of all (`credsStore`),
 * else `auths`. Read anew each time, so that a new sign-in counts at once. No such file is no credential.
 * Throws AuthsUnreadable or CredentialHelperFailed.
 */
export function fileCredentials({ path, environment }: AuthFile): RegistryCredentials {
  return async (registry) => credentialIn({ name: path, content: await readIfThere(path) }, registry, environment);
}

/** The same from the text of a variable, as DOCKER_AUTH_CONFIG has it. Throws AuthsUnreadable or CredentialHelperFailed. */
export function variableCredentials(name: string, environment: HelperEnvironment): RegistryCredentials {
  return async (registry) => credentialIn({ name: `the variable ${name}`, content: environment[name] || '{}' }, registry, environment);
}

interface Source {
  /** For messages. */
  readonly name: string;
  readonly content: string;
}

async function credentialIn(source: Source, registry: string, environment: HelperEnvironment): Promise<RegistryCredential | undefined> {
  const config = parse(source);
  const keys = keysOf(registry);
  const helper = first(member(config, 'credHelpers'), keys) ?? member(config, 'credsStore');
  if (typeof helper === 'string' && helper !== '') return askFirst(helper, keys, environment);
  const entry = first(member(config, 'auths'), keys);
  return entry === undefined ? undefined : credentialOf(entry, registry, source);
}

/** The keys under which sign-ins to a registry have been kept over the years. */
function keysOf(registry: string): readonly string[] {
  if (registry === 'docker.io') return ['https://index.docker.io/v1/', 'docker.io', 'index.docker.io', 'registry-1.docker.io'];
  return [registry, ...['', '/', '/v1/', '/v2/'].map((end) => `https://${registry}${end}`), `http://${registry}`];
}

function first(entries: unknown, keys: readonly string[]): unknown {
  return keys.map((key) => member(entries, key)).find((found) => found !== undefined);
}

async function askFirst(helper: string, keys: readonly string[], environment: HelperEnvironment): Promise<RegistryCredential | undefined> {
  for (const key of keys.slice(0, 2)) {
    const credential = await askCredentialHelper(helper, key, environment);
    if (credential !== undefined) return credential;
  }
  return undefined;
}

function credentialOf(entry: unknown, registry: string, source: Source): RegistryCredential | undefined {
  const [token, auth, user, word] = ['identitytoken', 'auth', 'username', 'password'].map((key) => textOf(entry, key));
  if (token !== undefined) return { identityToken: new Secret(token) };
  if (auth === undefined) return user === undefined || word === undefined ? undefined : { username: user, password: new Secret(word) };
  const [username, ...password] = Buffer.from(auth, 'base64').toString('utf8').split(':');
  if (!username || password.length === 0) throw new AuthsUnreadable(source.name, `auths of ${registry} is not user:password in base64`);
  return { username, password: new Secret(password.join(':')) };
}

async function readIfThere(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    if (types.isNativeError(error) && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return '{}';
    throw error;
  });
}

function parse({ name, content }: Source): unknown {
  try {
    return JSON.parse(content);
  } catch {
    // The parser's own message quotes the text, which holds passwords.
    throw new AuthsUnreadable(name, 'it is no JSON');
  }
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}

function textOf(entry: unknown, key: string): string | undefined {
  const text = member(entry, key);
  return typeof text === 'string' && text !== '' ? text : undefined;
}

/** What holds a user's sign-ins is there and cannot be understood. */
export class AuthsUnreadable extends Error {
  override readonly name = 'AuthsUnreadable';

  constructor(source: string, reason: string) {
    super(
      `Expected ${source} to hold sign-ins to registries as Docker's configuration does: ${reason}. Correct it, or sign in anew with 'docker login'`,
    );
  }
}
