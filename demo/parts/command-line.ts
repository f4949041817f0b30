import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type DemoFolder, tokenFile } from '../folder.ts';
import type { Person } from '../installation-file.ts';
import { CommandUnexpected } from '../telling/errors.ts';
import { type Teller, tailOf } from '../telling/teller.ts';
import { compiled } from './background.ts';

export interface CommandResult {
  readonly exitCode: number;
  readonly output: string;
  readonly milliseconds: number;
}

/** Longer than any stage of the demo takes. */
const COMMAND_MS = 180_000;

/** The `tidegate` command, as the people of the demo type it. */
export class CommandLine {
  constructor(
    private readonly folder: DemoFolder,
    private readonly teller: Teller,
    private readonly variables: Readonly<Record<string, string>>,
    private readonly signal: AbortSignal,
  ) {}

  /** Types a command and shows what it prints as it comes. Throws CommandUnexpected when it ends with another code than `exitCode`. */
  async type(person: Person, words: readonly string[], exitCode = 0): Promise<CommandResult> {
    const command = ['tidegate', ...words.map(quoted)].join(' ');
    this.teller.command(person, command);
    const start = performance.now();
    const child = this.#spawn(person, words);
    const lines: string[] = [];
    const show = async (stream: Readable) => {
      for await (const line of createInterface({ input: stream })) {
        lines.push(line);
        this.teller.output(line);
      }
    };
    const [seen] = await Promise.all([ended(child), show(child.stdout), show(child.stderr)]);
    const output = lines.join('\n');
    this.#expect({ command, output, exitCode }, seen);
    return { exitCode, output, milliseconds: Math.round(performance.now() - start) };
  }

  /** Asks for a JSON document without telling of it. */
  async ask(person: Person, words: readonly string[]): Promise<unknown> {
    const child = this.#spawn(person, [...words, '--json']);
    const [seen, out, err] = await Promise.all([ended(child), text(child.stdout), text(child.stderr)]);
    // `status` of a release that ended badly says so by its exit code, and prints the document all the same.
    if (out === '') this.#expect({ command: `tidegate ${words.join(' ')} --json`, output: err, exitCode: 0 }, seen);
    return JSON.parse(out);
  }

  #spawn(person: Person, words: readonly string[]) {
    this.signal.throwIfAborted();
    const found = ['--config', this.folder.configuration, '--token-file', tokenFile(this.folder, person)];
    const child = spawn(process.execPath, [compiled('cli/main.js'), ...words, ...found], {
      cwd: this.folder.root,
      env: this.variables,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: COMMAND_MS,
    });
    const interrupt = () => child.kill('SIGINT');
    this.signal.addEventListener('abort', interrupt, { once: true });
    child.once('close', () => this.signal.removeEventListener('abort', interrupt));
    return child;
  }

  #expect({ command, output, exitCode }: { command: string; output: string; exitCode: number }, seen: Ending): void {
    this.signal.throwIfAborted();
    if (seen.code === exitCode) return;
    const how = seen.code === null ? `was ended by ${seen.signal} (it may take ${COMMAND_MS / 1000} s)` : `ended with ${seen.code}`;
    throw new CommandUnexpected(command, tailOf(output), `exit code ${exitCode}`, how);
  }
}

interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

function ended(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}

/** As a shell wants it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
