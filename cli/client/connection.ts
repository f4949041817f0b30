import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Secret } from '../../domain/secret.ts';
import type { Environment } from '../environment.ts';
import { CommandFailed, UsageError } from '../errors.ts';

export interface Connection {
  readonly url: string;
  readonly token: Secret;
}

export interface ConnectionOptions {
  readonly url?: string;
  readonly tokenFile?: string;
  readonly config?: string;
}

const CONFIGURATION = 'tidegate.yaml';
/** Where a line, or a map on one line, may give the key `data`. */
const DATA_KEY = /(?:^|[{,])\s*["']?data["']?\s*:/m;
const HINT =
  "start one with 'tidegate up' in the folder of tidegate.yaml, or give --url and --token-file (or TIDEGATE_URL and TIDEGATE_TOKEN)";

/**
 * Where the server is and who asks: what was typed, else the environment, else what `tidegate up` left in the data folder.
 * Throws UsageError, CommandFailed.
 */
export async function findConnection(options: ConnectionOptions, environment: Environment, directory: string): Promise<Connection> {
  const url = options.url ?? environment.url;
  const token = await givenToken(options, environment, directory);
  if (url !== undefined && token !== undefined) return { url: checkedUrl(url), token };
  const left = await readConnectionFile(options, directory);
  if (url === undefined) return { url: left.url, token: token ?? left.token };
  // A token is for the server that made it, and is shown to no other.
  if (checkedUrl(url) === left.url) return left;
  throw new UsageError(`There is no token for ${checkedUrl(url)}`, 'give --token-file or TIDEGATE_TOKEN');
}

async function givenToken(options: ConnectionOptions, environment: Environment, directory: string): Promise<Secret | undefined> {
  if (options.tokenFile === undefined) return environment.token;
  const text = await readText(resolve(directory, options.tokenFile), 'the token file');
  const token = text.trim();
  if (token === '' || /\s/.test(token)) throw new UsageError(`${options.tokenFile} holds no token`, 'put the token alone into it');
  return new Secret(token);
}

/** An origin, without anything that a log should not hold. */
function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new UsageError("The server's URL must be http:// or https://, as in http://127.0.0.1:7420");
  }
  if (url.username !== '' || url.password !== '') throw new UsageError("The server's URL must not hold credentials", 'use --token-file');
  return url.href.replace(/\/+$/, '');
}

async function readConnectionFile(options: ConnectionOptions, directory: string): Promise<Connection> {
  const file = join(await dataFolder(options.config, directory), 'connection.json');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw new CommandFailed(`No server has been started here: there is no ${file}`, HINT);
    throw new CommandFailed(`Cannot read ${file}: ${error.code ?? error.message}`, HINT, { cause: error });
  });
  return parseConnection(text, file);
}

function parseConnection(text: string, file: string): Connection {
  const broken = () => new CommandFailed(`${file} is damaged`, "start 'tidegate up' again: it writes the file anew");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw broken();
  }
  if (typeof value !== 'object' || value === null || !('url' in value) || !('token' in value)) throw broken();
  if (typeof value.url !== 'string' || typeof value.token !== 'string') throw broken();
  return { url: checkedUrl(value.url), token: new Secret(value.token) };
}

/** The data folder of the installation that is given, or found from the working directory upwards. */
export async function dataFolder(config: string | undefined, directory: string): Promise<string> {
  const file = await findInstallation(config, directory);
  const text = await readText(file, 'the installation file');
  // Most files leave it at its default, and a look at the text is quicker than a parser.
  const data = DATA_KEY.test(text) ? await readDataKey(text, file) : undefined;
  return resolve(dirname(file), data ?? '.tidegate');
}

async function readDataKey(text: string, file: string): Promise<string | undefined> {
  const { parse } = await import('yaml');
  try {
    const value: unknown = parse(text);
    return typeof value === 'object' && value !== null && 'data' in value && typeof value.data === 'string' ? value.data : undefined;
  } catch (error) {
    throw new UsageError(`${file} cannot be read as YAML`, `'tidegate config validate ${file}' says where`, { cause: error });
  }
}

/** The path of tidegate.yaml: the one given, or the nearest from the working directory upwards. Throws UsageError. */
export async function findInstallation(config: string | undefined, directory: string): Promise<string> {
  const file = await nearestInstallation(config, directory);
  if (file !== undefined) return file;
  throw new UsageError(`There is no ${CONFIGURATION} in ${directory} or above it`, `name one with --config, or ${HINT}`);
}

/** The same for what works without one: undefined where there is none. */
export async function nearestInstallation(config: string | undefined, directory: string): Promise<string | undefined> {
  if (config !== undefined) return resolve(directory, config);
  for (let folder = directory; ; folder = dirname(folder)) {
    const file = join(folder, CONFIGURATION);
    if (await isFile(file)) return file;
    if (folder === dirname(folder)) return undefined;
  }
}

async function isFile(path: string): Promise<boolean> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error.code === 'EACCES') return undefined;
    throw error;
  });
  return found?.isFile() === true;
}

async function readText(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new UsageError(`Cannot read ${what} ${path}: ${code}`, '', { cause: error });
  }
}
