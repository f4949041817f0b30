import { rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, relative } from 'node:path';
import { convertManifest, type MadeApp } from '../../adapters/github/manifest.ts';
import { type InstallationBeginning, readBeginning } from '../../config/installation-beginning.ts';
import { findInstallation } from '../client/connection.ts';
import { type Context, printJson, progressOutput } from '../context.ts';
import { CommandFailed, UsageError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { openCallback } from './callback.ts';

export interface SetupOptions {
  readonly organization?: string;
  readonly name?: string;
  /** GitHub's address for people. */
  readonly github?: string;
  readonly config?: string;
  readonly json?: boolean;
}

const GITHUB_API = 'https://api.github.com';
const KEY_FILE = 'github-app.pem';
const SECRET_FILE = 'github-webhook.secret';

/**
 * Makes a GitHub App: a page on this machine sends the browser to GitHub with what Tidegate needs, a person agrees there, and GitHub sends the browser back with a
 * code, for which the private key is handed over. Key and webhook secret are written for their owner alone, and never over others.
 */
export async function setup(context: Context, options: SetupOptions): Promise<ExitCode> {
  const installation = await readBeginning(await findInstallation(options.config, context.directory));
  const files = await reserve(installation.directory);
  const app = await made(context, options, installation).catch(async (error: unknown) => {
    await Promise.all([rm(files.key), rm(files.secret)]);
    throw error;
  });
  await write(files, app);
  const facts = factsOf(app, installation);
  if (options.json) printJson(context, facts);
  else tell(context, facts);
  return EXIT.done;
}

async function made(context: Context, options: SetupOptions, installation: InstallationBeginning): Promise<MadeApp> {
  const { api, ca, serverUrl } = installation;
  const name = options.name ?? `tidegate-${installation.name}`;
  const web = webAddress(options.github ?? api);
  const callback = await openCallback({ page: creationPage(web, options.organization), name, serverUrl });
  try {
    const progress = progressOutput(context, options);
    progress.line(`Open ${callback.url} in a browser on this machine, and agree to the App there`);
    progress.line(progress.style('quiet', `From another machine, forward that port first: ssh -L ${forwarding(callback.url)}`));
    const code = await callback.code(context.interrupted);
    return await convertManifest({ apiUrl: api, ...(ca !== undefined && { ca }) }, code, context.interrupted);
  } finally {
    await callback.close();
  }
}

/** The page answers to its own address alone, so that the port is the same at both ends. */
function forwarding(url: string): string {
  const { host, port } = new URL(url);
  return `${port}:${host} ${hostname()}`;
}

/** `https://HOST` of `https://HOST/api/v3`; the APIs of github.com and of ghe.com have hosts of their own. */
function webAddress(url: string): string {
  if (!URL.canParse(url)) throw new UsageError(`${url} is no URL`, 'give --github as https://HOST');
  const { protocol, host } = new URL(url);
  return `${protocol}//${host.replace(/^api\.(?=github\.com$|[^.]+\.ghe\.com$)/, '')}`;
}

function creationPage(web: string, organization: string | undefined): string {
  if (organization === undefined) return `${web}/settings/apps/new`;
  return `${web}/organizations/${encodeURIComponent(organization)}/settings/apps/new`;
}

interface Files {
  readonly key: string;
  readonly secret: string;
}

/** Before anything is made at GitHub: what cannot be written would be lost, as GitHub hands it over once. */
async function reserve(directory: string): Promise<Files> {
  const files = { key: join(directory, KEY_FILE), secret: join(directory, SECRET_FILE) };
  await reserveOne(files.key);
  await reserveOne(files.secret).catch(async (error: unknown) => {
    await rm(files.key);
    throw error;
  });
  return files;
}

async function reserveOne(path: string): Promise<void> {
  await writeFile(path, '', { mode: 0o600, flag: 'wx' }).catch((cause: NodeJS.ErrnoException) => {
    const seen = cause.code === 'EEXIST' ? 'is there already' : `cannot be written (${cause.code})`;
    throw new CommandFailed(`${path} ${seen}`, 'move what belongs to another App away first', { cause });
  });
}

async function write({ key, secret }: Files, app: MadeApp): Promise<void> {
  await writeFile(key, app.key.reveal());
  if (app.webhookSecret === undefined) await rm(secret);
  else await writeFile(secret, `${app.webhookSecret.reveal()}\n`);
}

function factsOf(app: MadeApp, { api, ca, directory }: InstallationBeginning) {
  const { id, slug, page, webhookSecret } = app;
  return {
    id,
    slug,
    page,
    install: `${page}/installations/new`,
    key: KEY_FILE,
    ...(webhookSecret !== undefined && { webhookSecret: SECRET_FILE }),
    ...(api !== GITHUB_API && { api }),
    ...(ca !== undefined && { ca: relative(directory, ca) }),
  };
}

function tell({ terminal: { out } }: Context, facts: ReturnType<typeof factsOf>): void {
  const api = facts.api === undefined ? [] : [`  api: ${facts.api}`];
  const ca = facts.ca === undefined ? [] : [`  ca: ${facts.ca}`];
  const hooks = facts.webhookSecret === undefined ? [] : [`    webhookSecret: '\${file:${facts.webhookSecret}}'`];
  out.line(`The App ${facts.slug} is made; its private key is in ${facts.key}, which only you may read.`);
  out.line('Write into tidegate.yaml, in the place of github:');
  for (const line of ['', 'github:', ...api, ...ca, '  app:', `    id: ${facts.id}`, `    key: '\${file:${facts.key}}'`, ...hooks, ''])
    out.line(line);
  out.line(`Install it in your repositories at ${facts.install}`);
  out.line("See with 'tidegate github check' that nothing is missing, and start Tidegate again: it reads tidegate.yaml when it starts.");
}
