import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { PACE } from './dev-server-pace.ts';
import { endingCalls } from './ending-calls.ts';
import { endProcess, identifyProcess, isRunning, type ProcessIdentity, parseIdentity } from './process-identity.ts';

/** Temporal's own development server on a SQLite file: the embedded default. */
export interface DevServer {
  /** `127.0.0.1:PORT` */
  readonly address: string;
  /** `http://127.0.0.1:PORT`, unless headless. */
  readonly uiAddress?: string;
  readonly pid: number;
  /** Ends it in good order; what it knows stays in its file. */
  stop(): Promise<void>;
}

export interface DevServerOptions {
  /** Holds `temporal.db`, `temporal.log` and the record of who runs it. */
  readonly directory: string;
  /** The `temporal` program, as `resolveTemporal` found it. */
  readonly executable: string;
  /** A free one unless given. */
  readonly port?: number;
  readonly uiPort?: number;
  readonly headless?: boolean;
  /** Name to type: Keyword, Text, Int, Double, Bool, Datetime or KeywordList. */
  readonly searchAttributes: Readonly<Record<string, string>>;
}

interface Ports {
  readonly port: number;
  readonly uiPort?: number;
}

/**
 * Starts the server and returns when it answers and knows its search attributes. A server that an owner since killed left
 * on this directory is ended first. Throws DevServerBusy when the owner lives, DevServerFailed when it does not come up in 60 s.
 */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  await mkdir(options.directory, { recursive: true });
  await endLeftOverServer(options.directory);
  const ports = { port: options.port ?? (await freePort()), ...(options.headless ? {} : { uiPort: options.uiPort ?? (await freePort()) }) };
  const identity = await launch(options, ports);
  try {
    await untilReady(`127.0.0.1:${ports.port}`, identity, options);
  } catch (error) {
    await endProcess(identity);
    throw error;
  }
  return {
    address: `127.0.0.1:${ports.port}`,
    ...(ports.uiPort === undefined ? {} : { uiAddress: `http://127.0.0.1:${ports.uiPort}` }),
    pid: identity.pid,
    stop: () => stop(identity, options.directory),
  };
}

/** WAL and NORMAL lose nothing when the process is killed, and are three times quicker than the defaults. */
function commandLine(options: DevServerOptions, ports: Ports): string[] {
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(ports.port)],
    ...(ports.uiPort === undefined ? ['--headless'] : ['--ui-port', String(ports.uiPort)]),
    ...['--db-filename', join(options.directory, 'temporal.db')],
    ...['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL', '--log-level', 'warn'],
    ...PACE,
    ...Object.entries(options.searchAttributes).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
  ];
}

/** A session of its own keeps it alive through a Ctrl-C in the terminal, so that workers can finish with it first. */
async function launch(options: DevServerOptions, ports: Ports): Promise<ProcessIdentity> {
  const log = openSync(join(options.directory, 'temporal.log'), 'a');
  const child = spawn(options.executable, commandLine(options, ports), { detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  const identity = await identifyProcess(await processId(child, options.executable));
  child.unref();
  await writeFile(recordOf(options.directory), JSON.stringify({ server: identity, owner: await identifyProcess(process.pid) }));
  return identity;
}

function processId(child: ChildProcess, executable: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => reject(new DevServerFailed(`${executable} cannot be run: ${cause.message}`, { cause })));
    child.once('spawn', () => resolve(child.pid ?? 0));
  });
}

async function untilReady(address: string, identity: ProcessIdentity, options: DevServerOptions): Promise<void> {
  const end = performance.now() + 60_000;
  let seen: unknown;
  while (performance.now() < end) {
    if (!(await isRunning(identity))) throw new DevServerFailed(`it has ended; ${await lastLine(options.directory)}`);
    seen = await missing(address, Object.keys(options.searchAttributes)).catch((error: unknown) => error);
    if (seen === undefined) return;
    await pause(100);
  }
  throw new DevServerFailed(`it does not answer at ${address} within 60 s; ${await lastLine(options.directory)}`, { cause: seen });
}

/** Undefined when the namespace is there with all its search attributes; throws what the server or the network says. */
async function missing(address: string, attributes: readonly string[]): Promise<string | undefined> {
  const connection = await Connection.connect({ ...endingCalls, address, connectTimeout: '2s' });
  try {
    return await connection.withDeadline(Date.now() + 2_000, async () => {
      await connection.workflowService.describeNamespace({ namespace: 'default' });
      const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: 'default' });
      return attributes.find((attribute) => !(attribute in customAttributes));
    });
  } finally {
    await connection.close();
  }
}

async function stop(identity: ProcessIdentity, directory: string): Promise<void> {
  await endProcess(identity, 10_000);
  await rm(recordOf(directory), { force: true });
}

/** Ends a server that an owner since killed left on this directory: two on one file would harm each other. Throws DevServerBusy when the owner lives. */
export async function endLeftOverServer(directory: string): Promise<void> {
  if (!existsSync(recordOf(directory))) return;
  const { server, owner } = JSON.parse(await readFile(recordOf(directory), 'utf8'));
  const [left, starter] = [parseIdentity(JSON.stringify(server)), parseIdentity(JSON.stringify(owner))];
  if ((await isRunning(left)) && (await isRunning(starter))) throw new DevServerBusy(directory, starter.pid);
  await stop(left, directory);
}

function recordOf(directory: string): string {
  return join(directory, 'temporal.json');
}

async function lastLine(directory: string): Promise<string> {
  const file = join(directory, 'temporal.log');
  const line = (await readFile(file, 'utf8')).trim().split('\n').at(-1);
  return `${file} ends with: ${line || '(nothing)'}`;
}

function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const server = createServer().once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => found(address !== null && typeof address === 'object' ? address.port : 0));
    });
  });
}

export class DevServerFailed extends Error {
  override readonly name = 'DevServerFailed';

  constructor(seen: string, options?: ErrorOptions) {
    super(`Expected Temporal's development server to start: ${seen}`, options);
  }
}

export class DevServerBusy extends Error {
  override readonly name = 'DevServerBusy';

  constructor(directory: string, owner: number) {
    super(
      `Expected ${directory} to be free, and process ${owner} runs a Temporal server on it. Stop that one first, or use another data folder`,
    );
  }
}
