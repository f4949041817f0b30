import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CommandFailed } from '../errors.ts';

/** What `tidegate login` keeps of a server. */
export type Login =
  | { readonly kind: 'token'; readonly token: string }
  | {
      readonly kind: 'oidc';
      readonly issuer: string;
      readonly client: string;
      readonly idToken: string;
      /** Absent where the provider gives none: then they sign in again. */
      readonly refreshToken?: string;
      /** Milliseconds since the epoch. */
      readonly expiresAt: number;
    };

export type OidcLogin = Extract<Login, { kind: 'oidc' }>;

/** An ID token that ends while a request is on its way is as good as none. */
const SPARE_MS = 20_000;

export function isStale({ expiresAt }: OidcLogin): boolean {
  return Date.now() > expiresAt - SPARE_MS;
}

interface Credentials {
  /** The server that was signed in to last: it is meant where nothing else names one. */
  readonly current?: string;
  /** By URL. */
  readonly servers: Readonly<Record<string, Login>>;
}

/** Renewing a sign-in takes a request to the provider. */
const LOCK = { stale: 20_000, retries: { retries: 100, minTimeout: 50, maxTimeout: 300 } };

const NOBODY: Credentials = { servers: {} };

/** The sign-ins of this user, in a file that nobody else may read. Everything throws CommandFailed where it cannot be used. */
export class CredentialsFile {
  readonly path: string;

  constructor(folder: string) {
    this.path = join(folder, 'credentials.json');
  }

  async read(): Promise<Credentials> {
    const text = await readFile(this.path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
      throw new CommandFailed(`Cannot read ${this.path}: ${error.code ?? error.message}`, 'see whose file it is', { cause: error });
    });
    return text === undefined ? NOBODY : parse(text, this.path);
  }

  /** The server becomes the current one. */
  async keep(url: string, login: Login): Promise<void> {
    await this.#alone(async () => this.#write({ current: url, servers: { ...(await this.read()).servers, [url]: login } }));
  }

  /** What is kept of a server; where `renew` gives another, that, and it is kept. Of several commands at a time one renews, and the others take what it was given. */
  async renewed(url: string, renew: (login: Login) => Promise<Login>): Promise<Login | undefined> {
    return this.#alone(async () => {
      const { servers, ...others } = await this.read();
      const login = Object.hasOwn(servers, url) ? servers[url] : undefined;
      const fresh = login && (await renew(login));
      if (fresh !== undefined && fresh !== login) await this.#write({ ...others, servers: { ...servers, [url]: fresh } });
      return fresh;
    });
  }

  /** Whether there was one. */
  async forget(url: string): Promise<boolean> {
    if (!Object.hasOwn((await this.read()).servers, url)) return false;
    return this.#alone(async () => {
      const { current, servers } = await this.read();
      const { [url]: login, ...others } = servers;
      await this.#write({ ...(current !== undefined && current !== url && { current }), servers: others });
      return login !== undefined;
    });
  }

  /** Alone among all commands of this user: what they read stays true until they have written. */
  async #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const { lock } = await import('proper-lockfile');
    const cannot = (error: unknown): never => {
      throw new CommandFailed(
        `Cannot write ${this.path}: ${seenIn(error)}`,
        'see whose folder it is, and whether another tidegate still runs',
        {
          cause: error,
        },
      );
    };
    await mkdir(dirname(this.path), { recursive: true, mode: 0o700 }).catch(cannot);
    const release = await lock(this.path, { ...LOCK, realpath: false }).catch(cannot);
    try {
      return await work();
    } finally {
      await release();
    }
  }

  /** Never is the file half written, nor for a moment readable by others. */
  async #write(content: Credentials): Promise<void> {
    const draft = `${this.path}.${randomUUID()}`;
    try {
      await writeFile(draft, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
      await rename(draft, this.path);
    } catch (error) {
      throw new CommandFailed(`Cannot write ${this.path}: ${seenIn(error)}`, '', { cause: error });
    } finally {
      await rm(draft, { force: true });
    }
  }
}

function seenIn(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function parse(text: string, path: string): Credentials {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && 'servers' in value && typeof value.servers === 'object') return value as Credentials;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new CommandFailed(`${path} is damaged`, "remove it, and sign in again with 'tidegate login'");
}
