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
 * Where the server is and who asks: what was typed, else the environment, else what `tidegate login` kept, else what `tidegate up` left in
 * the data folder. Throws UsageError, CommandFailed.
 */
export async function findConnection(
  options: ConnectionOptions,
  environment: Environment,
  directory: string,
  logins: Logins,
): Promise<Connection> {
  const given = options.url ?? environment.url;
  const token = await givenToken(options, environment, directory);
  if (given !== undefined)
    return { url: checkedUrl(given), token: token ?? (await keptTokenFor(checkedUrl(given), options, directory, logins)) };
  if (token !== undefined) return { url: (await readConnectionFile(options, directory)).url, token };
  return keptConnection(options, directory, logins);
}

/** A token is for the server that made it, and is shown to no other. Throws UsageError. */
async function keptTokenFor(url: string, options: ConnectionOptions, directory: string, logins: Logins): Promise<Secret> {
  const login = await logins.token(url);
  if (login !== undefined) return login;
  const left = await readConnectionFile(options, directory).catch(undefinedWhereMissing);
  if (left?.url === url) return left.token;
  throw new UsageError(`There is no token for ${url}`, "sign in with 'tidegate login', or give --token-file or TIDEGATE_TOKEN");
}

/** The server of the folder, and, where there is none, the one that was signed in to last. */
async function keptConnection(options: ConnectionOptions, directory: string, logins: Logins): Promise<Connection> {
  const current = await logins.current();
  const reading = readConnectionFile(options, directory);
  const left = await (current === undefined || options.config !== undefined ? reading : reading.catch(undefinedWhereMissing));
  const url = left?.url ?? current ?? '';
  const token = (await logins.token(url)) ?? left?.token;
  if (token === undefined) throw new UsageError(`There is no token for ${url}`, "sign in with 'tidegate login'");
  return { url, token };
}

function undefinedWhereMissing(error: unknown): undefined {
  if (error instanceof UsageError || error instanceof CommandFailed) return undefined;
  throw error;
}

/** What `tidegate login` kept, by the URL of the server. */
export interface Logins {
  /** The server that was signed in to last. */
  current(): Promise<string | undefined>;
  /** Renewed where it has to be. */
  token(url: string): Promise<Secret | undefined>;
}

/** What was typed, else the environment's. Throws UsageError. */
export async function givenToken(
  options: Pick<ConnectionOptions, 'tokenFile'>,
  environment: Environment,
  directory: string,
): Promise<Secret | undefined> {
  if (options.tokenFile === undefined) return environment.token;
  const text = await readText(resolve(directory, options.tokenFile), 'the token file');
  const token = text.trim();
  if (token === '' || /\s/.test(token)) throw new UsageError(`${options.tokenFile} holds no token`, 'put the token alone into it');
  return new Secret(token);
}

/** An origin, without anything that a log should not hold. */
export function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new UsageError("The server's URL must be http:// or https://, as in http://127.0.0.1:7420");
  }
  if (url.username !== '' || url.password !== '') throw new UsageError("The server's URL must not hold credentials", 'use --token-file');
  return url.href.replace(/\/+$/, '');
}

/** What `tidegate up` left. Throws UsageError, CommandFailed. */
export async function readConnectionFile(options: Pick<ConnectionOptions, 'config'>, directory: string): Promise<Connection> {
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
