import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { transformFile } from '@swc/core';
import { CHECKOUT, madeOnce } from './made-once.ts';

const ROOMS = ['domain', 'activities', 'adapters', 'config', 'temporal', 'workflows', 'worker', 'server', 'cli'];
/** A command that hangs is a failed test, not a hanging one. */
const LONGEST_RUN_MS = 60_000;

export interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly milliseconds: number;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly environment?: Record<string, string>;
}

/** A command that runs: its process, and how it ends. */
export interface Running {
  readonly process: ChildProcess;
  /** What it has printed so far. */
  printed(): string;
  readonly ended: Promise<Ended>;
}

/** `tidegate` as users have it, compiled into a folder of its own. */
export class CompiledCli {
  readonly folder: string;
  readonly #running = new Set<ChildProcess>();

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** `more` are rooms that are not part of the product. */
  static async compile(more: readonly string[] = []): Promise<CompiledCli> {
    const folder = await mkdtemp(join(tmpdir(), 'tidegate-cli-'));
    await cp(await compiled([...ROOMS, ...more]), folder, { recursive: true });
    await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module', version: '0.1.0-test' }));
    await symlink(join(CHECKOUT, 'node_modules'), join(folder, 'node_modules'));
    return new CompiledCli(folder);
  }

  /** Runs a command to its end. */
  run(words: readonly string[], options: RunOptions = {}): Promise<Ended> {
    return this.start(words, options).ended;
  }

  /** Starts a command in an environment with nothing in it but what the test gives. */
  start(words: readonly string[], options: RunOptions = {}): Running {
    const child = spawn(process.execPath, [join(this.folder, 'cli/main.js'), ...words], {
      cwd: options.cwd ?? this.folder,
      env: { PATH: process.env.PATH, HOME: this.folder, ...options.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LONGEST_RUN_MS,
      killSignal: 'SIGKILL',
    });
    this.#running.add(child);
    let stdout = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString('utf8');
    });
    return { process: child, printed: () => stdout, ended: this.#end(child) };
  }

  async #end(child: ReturnType<typeof spawn>): Promise<Ended> {
    const began = performance.now();
    if (child.stdout === null || child.stderr === null) throw new TypeError('The command has no pipes');
    const exit = new Promise<readonly [number | null, NodeJS.Signals | null]>((done) => child.once('close', (...how) => done(how)));
    const [stdout, stderr, [exitCode, signal]] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
    this.#running.delete(child);
    return { exitCode, signal, stdout, stderr, milliseconds: performance.now() - began };
  }

  /** Ends what still runs and removes the folder. */
  async remove(): Promise<void> {
    for (const child of this.#running) child.kill('SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
  }
}

function compiled(rooms: readonly string[]): Promise<string> {
  return madeOnce(`compiled-${rooms.join('-')}`, rooms, async (folder) => {
    await Promise.all(rooms.map((room) => compileRoom(room, folder)));
  });
}

async function compileRoom(room: string, folder: string): Promise<void> {
  const files = await readdir(join(CHECKOUT, room), { recursive: true });
  await Promise.all(files.filter((file) => file.endsWith('.ts')).map((file) => compileFile(join(room, file), folder)));
}

async function compileFile(file: string, folder: string): Promise<void> {
  const { code } = await transformFile(join(CHECKOUT, file), {
    swcrc: false,
    jsc: {
      parser: { syntax: 'typescript' },
      target: 'es2022',
      experimental: { keepImportAttributes: true },
      // @ts-expect-error the option is there and its type is not
      rewriteRelativeImportExtensions: true,
    },
    module: { type: 'es6' },
  });
  const target = join(folder, file.replace(/\.ts$/, '.js'));
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, code);
}
