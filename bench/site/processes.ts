import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Boundary } from './boundary.ts';

const CLI = join(import.meta.dirname, '../../cli/main.js');
const WORKER = join(import.meta.dirname, 'watched-worker.js');

/** Resolves when the activity may go on; one whose worker is killed meanwhile never hears of it. */
export type AtBoundary = (boundary: Boundary) => Promise<void>;

/** Server and worker, each a process that can be killed. A worker stops at each boundary of an activity until it may go on. */
export class Processes {
  atBoundary: AtBoundary = async () => undefined;
  /** Rejects when something that is done at a boundary fails. */
  readonly failed: Promise<never>;
  #fail: (error: unknown) => void = () => undefined;
  #server: ChildProcess | undefined;
  #worker: ChildProcess | undefined;
  #said = '';

  constructor(
    private readonly installation: string,
    private readonly environment: Readonly<Record<string, string | undefined>>,
  ) {
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    // Whoever measures hears of it; when all is stopped, nobody need.
    this.failed.catch(() => undefined);
  }

  /** As whoever keeps it running does: one that ends because Temporal took too long to answer is started again. */
  async startServer(attempts = 5): Promise<void> {
    const server = this.#start(CLI, ['server', '--config', this.installation]);
    this.#server = server;
    try {
      await untilSaid(server, 'listens on');
    } catch (error) {
      if (attempts <= 1) throw error;
      await this.startServer(attempts - 1);
    }
  }

  async startWorker(): Promise<void> {
    const worker = this.#start(WORKER, [this.installation]);
    this.#worker = worker;
    worker.on('message', (boundary: Boundary) => {
      this.atBoundary(boundary).then(() => worker.connected && worker.send(boundary.id), this.#fail);
    });
    await untilSaid(worker, 'works for');
  }

  /** SIGKILL: nothing of the process gets to tidy up. */
  killServer(): Promise<void> {
    return kill(this.#server);
  }

  killWorker(): Promise<void> {
    return kill(this.#worker);
  }

  async stop(): Promise<void> {
    await Promise.all([this.killServer(), this.killWorker()]);
  }

  /** What they said last. */
  said(): string {
    return this.#said.slice(-3_000);
  }

  #start(program: string, args: readonly string[]): ChildProcess {
    const child = fork(program, [...args], { env: this.environment, stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: [] });
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        this.#said = `${this.#said}${chunk.toString()}`.slice(-20_000);
      });
    return child;
  }
}

async function untilSaid(child: ChildProcess, words: string): Promise<void> {
  let said = '';
  const ready = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        said = `${said}${chunk.toString()}`.slice(-4_000);
        if (said.includes(words)) resolve();
      });
  });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`A process ended with ${code} before it said that it ${words}: ${said}`);
  });
  await Promise.race([ready, ended]);
  ended.catch(() => undefined);
}

async function kill(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
