import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { SourceUnavailable, UnknownCommit } from '../../activities/images/errors.ts';
import { type GitCredential, type GitEnvironment, type GitResult, runGit, startGitBatch } from './git.ts';
import { type GitObject, GitObjects } from './git-objects.ts';

export interface MirrorOptions {
  readonly application: string;
  readonly url: string;
  readonly credential?: GitCredential;
  /** Where mirrors are kept. */
  readonly directory: string;
  readonly environment: GitEnvironment;
  /** Milliseconds that one call of git may take. */
  readonly timeoutMs: number;
}

const COMMIT = /^[0-9a-f]{40}$/;

/** A branch, tag or short commit in the letters that git-check-ref-format(1) allows and people use; never an option. */
const REF = /^(?!-)(?!.*(?:\.\.|@\{|\/\/|\/$))[\w./@+-]{1,200}$/;

/** Where the mirror keeps what the repository calls HEAD: its own is a branch of another name, perhaps. */
const DEFAULT_BRANCH = 'refs/tidegate/HEAD';

const EVERYTHING = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];

/** The server and a worker of one machine share a mirror, and git's locks make one of two fetches fail. */
const LOCK_ATTEMPTS = 20;
const LOCK_PAUSE_MS = 150;

/** A bare copy of one repository, brought up to date when something is asked that it does not hold. */
export class GitMirror {
  /** The bare repository. */
  readonly path: string;
  readonly #objects: GitObjects;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: MirrorOptions) {
    const id = createHash('sha256').update(options.url).digest('hex').slice(0, 16);
    this.path = join(options.directory, `${options.application}-${id}.git`);
    this.#objects = new GitObjects(() => startGitBatch(this.path, options.environment), options.timeoutMs);
  }

  /** The commit that a branch, tag or commit names now; a full commit is asked of the repository once alone. Throws UnknownCommit or SourceUnavailable. */
  async resolve(ref: string, signal: AbortSignal): Promise<string> {
    if (!REF.test(ref)) throw this.#unknown(ref);
    await this.#oneByOne(() => this.#prepare(signal));
    if (COMMIT.test(ref) && (await this.#has(ref, signal))) return ref;
    await this.#oneByOne(() => this.#update(ref, signal));
    if (COMMIT.test(ref) && (await this.#has(ref, signal))) return ref;
    if (ref === 'HEAD') return this.#default(signal);
    for (const name of COMMIT.test(ref) ? [ref] : [`refs/heads/${ref}`, `refs/tags/${ref}`, ref]) {
      const commit = await this.#commitAt(name, signal);
      if (commit !== undefined) return commit;
    }
    throw this.#unknown(ref);
  }

  /** Whether a branch or tag leads to a commit now, as the repository is asked anew. Throws SourceUnavailable. */
  async leadsTo(commit: string, signal: AbortSignal): Promise<boolean> {
    if (!COMMIT.test(commit)) return false;
    await this.#oneByOne(() => this.#prepare(signal));
    await this.#oneByOne(() => this.#fetch(EVERYTHING, signal));
    if (!(await this.#has(commit, signal))) return false;
    const { code, stdout, stderr } = await this.git(
      ['for-each-ref', '--count=1', `--contains=${commit}`, 'refs/heads', 'refs/tags'],
      signal,
    );
    if (code !== 0) throw this.unavailable(lastWords({ code, stdout, stderr }));
    return stdout.length > 0;
  }

  /** The head of the branch that the repository itself takes where nobody names one. */
  async #default(signal: AbortSignal): Promise<string> {
    await this.#oneByOne(() => this.#fetch([`+HEAD:${DEFAULT_BRANCH}`], signal));
    const commit = await this.#commitAt(DEFAULT_BRANCH, signal);
    if (commit === undefined) throw this.#unknown('HEAD');
    return commit;
  }

  async #update(ref: string, signal: AbortSignal): Promise<void> {
    // Others that waited for the same have brought it meanwhile.
    if (COMMIT.test(ref) && (await this.#has(ref, signal))) return;
    await this.#fetch(EVERYTHING, signal);
    if (!COMMIT.test(ref) || (await this.#has(ref, signal))) return;
    // No branch or tag leads there: the head of a pull request, perhaps. Not every server gives those out, and a refusal means unknown.
    await this.git(['fetch', '--quiet', '--no-tags', '--', this.options.url, ref], signal);
  }

  async #has(commit: string, signal: AbortSignal): Promise<boolean> {
    return (await this.object(`${commit}^{commit}`, signal)) !== undefined;
  }

  /** The object of a name; undefined where the mirror has none. Throws SourceUnavailable when git cannot be run. */
  async object(name: string, signal: AbortSignal): Promise<GitObject | undefined> {
    try {
      return await this.#objects.read(name, signal);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw this.unavailable(error instanceof Error ? error.message : String(error));
    }
  }

  async #commitAt(name: string, signal: AbortSignal): Promise<string | undefined> {
    const { code, stdout } = await this.git(['rev-parse', '--quiet', '--verify', '--end-of-options', `${name}^{commit}`], signal);
    const commit = stdout.toString('utf8').trim();
    return code === 0 && COMMIT.test(commit) ? commit : undefined;
  }

  async #fetch(refspecs: readonly string[], signal: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const result = await this.git(['fetch', '--quiet', '--prune', '--no-tags', '--', this.options.url, ...refspecs], signal);
      if (result.code === 0) return;
      if (attempt === LOCK_ATTEMPTS || !isLocked(result)) throw this.unavailable(lastWords(result));
      await pause(LOCK_PAUSE_MS);
      signal.throwIfAborted();
    }
  }

  /** Made beside and moved into place, so that neither a cut start nor another process ever meets half a mirror. */
  async #prepare(signal: AbortSignal): Promise<void> {
    if (existsSync(this.path)) return;
    await mkdir(this.options.directory, { recursive: true });
    const beside = await mkdtemp(`${this.path}-`);
    const { environment } = this.options;
    const result = await runGit(beside, ['init', '--quiet', '--bare'], { signal, environment });
    if (result.code !== 0) throw this.unavailable(lastWords(result));
    await rename(beside, this.path).catch(async (error: unknown) => {
      await rm(beside, { recursive: true, force: true });
      if (!existsSync(this.path)) throw error;
    });
  }

  /** Runs git in the mirror, bounded in time. Throws SourceUnavailable when it cannot be run. */
  async git(args: readonly string[], signal: AbortSignal): Promise<GitResult> {
    const { environment, credential, timeoutMs } = this.options;
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      return await runGit(this.path, args, { signal: AbortSignal.any([signal, timeout]), environment, ...(credential && { credential }) });
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw this.unavailable(timeout.aborted ? `git took longer than ${timeoutMs / 1000} s` : `git cannot be run: ${String(error)}`);
    }
  }

  /** One after the other within this process, where nobody needs to try again. */
  #oneByOne<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work, work);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  /** The error that says so, with whatever git repeated of a credential taken out. */
  unavailable(seen: string): SourceUnavailable {
    return new SourceUnavailable(this.options.application, this.options.url, this.#withoutSecrets(seen));
  }

  #unknown(ref: string): UnknownCommit {
    return new UnknownCommit(this.options.application, this.options.url, ref);
  }

  #withoutSecrets(text: string): string {
    const { credential } = this.options;
    const secrets = [credential?.password.reveal(), credential?.username].filter((secret) => secret !== undefined && secret !== '');
    const masked = secrets.reduce<string>((rest, secret) => rest.replaceAll(secret ?? '', '[redacted]'), text);
    return masked.replace(/\/\/[^/@\s]+@/g, '//');
  }
}

function isLocked({ stderr }: GitResult): boolean {
  return /cannot lock ref|Unable to create .*\.lock|File exists/.test(stderr);
}

/** The last lines of what git said. */
function lastWords({ code, stderr }: GitResult): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-3).join('; ') || `git ended with ${code}`;
}
