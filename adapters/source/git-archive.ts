import { pipeline, type Readable, Transform } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { CommitAuthors } from '../../activities/gates.ts';
import { SourceNotConfigured, UnknownPath } from '../../activities/images/errors.ts';
import type { SourceArchive, SourceFiles } from '../../activities/images.ts';
import { readAuthors } from './authors.ts';
import { endOf, type GitEnvironment, startGit } from './git.ts';
import { GitMirror } from './git-mirror.ts';
import { parseRepositoryAddress } from './repository-address.ts';

export interface GitSourcesOptions {
  /** Application to its repository: an absolute path, a URL, or `user@host:path`. */
  readonly repositories: Readonly<Record<string, string>>;
  /** Where mirrors are kept; safe to delete while nothing runs. */
  readonly directory: string;
  readonly environment: GitEnvironment;
  /** Milliseconds for one call of git; 120 s. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 120_000;

/**
 * The applications' sources out of their git repositories, through bare mirrors in a directory. Files are as git has them:
 * no submodules, no LFS contents. Throws MalformedRepository at once; its methods throw what SourceArchive throws.
 */
export function createGitSources(options: GitSourcesOptions): SourceArchive & CommitAuthors {
  const entries = Object.entries(options.repositories).map(([name, address]) => [name, sourceOf(name, address, options)] as const);
  const sources = new Map(entries);
  const of = (application: string): GitSource => {
    const source = sources.get(application);
    if (source === undefined) throw new SourceNotConfigured(application);
    return source;
  };
  return {
    resolve: async (application, ref, { signal }) => of(application).mirror.resolve(ref, signal),
    leadsTo: async (application, commit, _refs, { signal }) => of(application).mirror.leadsTo(commit, signal),
    archive: async (application, commit, { signal }) => of(application).archive(commit, signal),
    file: async (application, commit, path, { signal }) => of(application).file(commit, path, signal),
    authors: async (application, commit, since, { signal }) => readAuthors(of(application).mirror, commit, since, signal),
    exists: async (application, commit, path, { signal }) => of(application).exists(commit, path, signal),
  };
}

function sourceOf(application: string, address: string, options: GitSourcesOptions): GitSource {
  const { url, credential } = parseRepositoryAddress(address);
  const { directory, environment, timeoutMs = TIMEOUT_MS } = options;
  return new GitSource(
    new GitMirror({ application, url, directory, environment, timeoutMs, ...(credential && { credential }) }),
    url,
    environment,
  );
}

/** One application's mirror, read by commit. */
class GitSource {
  constructor(
    readonly mirror: GitMirror,
    private readonly url: string,
    private readonly environment: GitEnvironment,
  ) {}

  async archive(ref: string, signal: AbortSignal): Promise<SourceFiles> {
    const commit = await this.mirror.resolve(ref, signal);
    const child = startGit(this.mirror.path, ['archive', '--format=tar', commit], { signal, environment: this.environment });
    const ended = Promise.all([endOf(child), buffer(child.stderr)]).then(([code, stderr]) => {
      if (code !== 0) throw this.mirror.unavailable(stderr.toString('utf8').trim() || `git archive ended with ${code}`);
    });
    return { tar: checked(child.stdout, ended, signal), isWrapped: false };
  }

  async file(ref: string, path: string, signal: AbortSignal): Promise<string> {
    const commit = await this.mirror.resolve(ref, signal);
    const found = await this.mirror.object(`${commit}:${inside(path)}`, signal);
    if (found?.type !== 'blob') throw new UnknownPath(this.url, commit, path);
    return found.content.toString('utf8');
  }

  async exists(ref: string, path: string, signal: AbortSignal): Promise<boolean> {
    const commit = await this.mirror.resolve(ref, signal);
    return (await this.mirror.object(`${commit}:${inside(path)}`, signal)) !== undefined;
  }
}

/** A path as git's object names take it: from the top, without `./`. */
function inside(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

/** Passes a program's output on, and fails at its end when the program did: half a tar must not look like a whole one. */
function checked(output: Readable, ended: Promise<void>, signal: AbortSignal): Readable {
  const failed = (error: Error) => (signal.aborted && signal.reason instanceof Error ? signal.reason : error);
  const gate = new Transform({
    transform: (chunk, _, done) => done(null, chunk),
    flush: (done) => {
      ended.then(
        () => done(),
        (error: Error) => done(failed(error)),
      );
    },
  });
  // The program may fail while nobody reads: whoever reads the gate then hears of it.
  ended.catch((error: Error) => gate.destroy(failed(error)));
  return pipeline(output, gate, () => undefined);
}
