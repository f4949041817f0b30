import type { ChildProcessByStdio } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
/** An object as git has it. */
export interface GitObject {
  readonly type: string;
  readonly content: Buffer;
}

type BatchProcess = ChildProcessByStdio<Writable, Readable, null>;

interface Asked {
  readonly settle: (object: GitObject | undefined) => void;
  readonly fail: (error: Error) => void;
}

const IDLE_MS = 10_000;

/**
 * Reads objects of one repository by one program that stays for the next question (git-cat-file(1), `--batch`): to start a program for each takes far
 * longer than to answer, and holds up whoever starts it. It ends when nothing was asked for ten seconds, and keeps no process from ending.
 */
export class GitObjects {
  readonly #start: () => BatchProcess;
  readonly #timeoutMs: number;
  #child: BatchProcess | undefined;
  #asked: Asked[] = [];
  #unread: Buffer[] = [];
  /** So many bytes are needed to go on. */
  #wanted = 1;
  #idle: NodeJS.Timeout | undefined;

  constructor(start: () => BatchProcess, timeoutMs: number) {
    this.#start = start;
    this.#timeoutMs = timeoutMs;
  }

  /** The object of a name; undefined where there is none. Rejects when git cannot be run or takes longer than it may, and on abort. */
  async read(name: string, signal: AbortSignal): Promise<GitObject | undefined> {
    signal.throwIfAborted();
    // A name ends with its line.
    if (/[\n\0]/.test(name)) return undefined;
    const answer = this.#ask(name);
    // Whoever leaves off waiting leaves the answer to come all the same: the others' come after it.
    answer.catch(() => undefined);
    return untilAborted(answer, signal);
  }

  #ask(name: string): Promise<GitObject | undefined> {
    const child = this.#running();
    clearTimeout(this.#idle);
    hold(child, true);
    const late = new Error(`git took longer than ${this.#timeoutMs / 1000} s`);
    const timer = setTimeout(() => this.#end(child, late), this.#timeoutMs);
    const answer = new Promise<GitObject | undefined>((settle, fail) => this.#asked.push({ settle, fail }));
    child.stdin.write(`${name}\n`);
    return answer.finally(() => {
      clearTimeout(timer);
      this.#rest(child);
    });
  }

  #running(): BatchProcess {
    if (this.#child !== undefined) return this.#child;
    const child = this.#start();
    this.#child = child;
    child.stdout.on('data', (chunk: Buffer) => this.#take(child, chunk));
    // That nobody reads is told by its end.
    child.stdin.on('error', () => undefined);
    child.once('error', (error) => this.#end(child, error));
    child.once('close', (code) => this.#end(child, new Error(`git cat-file ended with ${code}`)));
    return child;
  }

  #take(child: BatchProcess, chunk: Buffer): void {
    if (this.#child !== child) return;
    this.#unread.push(chunk);
    for (let found = this.#next(); found !== undefined; found = this.#next()) this.#asked.shift()?.settle(found.object);
  }

  /** `NAME TYPE SIZE`, a line break, so many bytes, a line break; or `NAME missing`. */
  #next(): { readonly object: GitObject | undefined } | undefined {
    if (this.#unread.reduce((sum, { length }) => sum + length, 0) < this.#wanted) return undefined;
    const all = Buffer.concat(this.#unread);
    const line = all.indexOf('\n');
    const [, type, size] = / (\w+) (\d+)$/.exec(all.toString('latin1', 0, Math.max(line, 0))) ?? [];
    const end = line + 1 + (type === undefined ? 0 : Number(size) + 1);
    this.#unread = [all];
    this.#wanted = line < 0 ? all.length + 1 : end;
    if (all.length < this.#wanted) return undefined;
    this.#unread = [all.subarray(end)];
    this.#wanted = 1;
    return { object: type === undefined ? undefined : { type, content: Buffer.from(all.subarray(line + 1, end - 1)) } };
  }

  #rest(child: BatchProcess): void {
    if (this.#asked.length > 0 || this.#child !== child) return;
    hold(child, false);
    // Several answers may have come at once, and each of them leaves nothing asked.
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#end(child, new Error('git was not needed')), IDLE_MS).unref();
  }

  #end(child: BatchProcess, error: Error): void {
    child.kill('SIGKILL');
    if (this.#child !== child) return;
    clearTimeout(this.#idle);
    this.#child = undefined;
    this.#unread = [];
    this.#wanted = 1;
    for (const { fail } of this.#asked.splice(0)) fail(error);
  }
}

/** While something is asked the process that asks waits for it; otherwise it may end. */
function hold(child: BatchProcess, isHeld: boolean): void {
  const parts: readonly { ref?(): void; unref?(): void }[] = [child, child.stdin as Socket, child.stdout as Socket];
  for (const part of parts)
    if (isHeld) part.ref?.();
    else part.unref?.();
}

function untilAborted<Answer>(answer: Promise<Answer>, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}
