import { spawnSync } from 'node:child_process';

export interface GitPerson {
  readonly name: string;
  readonly email: string;
  /** ISO 8601. */
  readonly date: string;
}

export interface GitCommit {
  readonly sha: string;
  readonly parents: readonly string[];
  readonly author: GitPerson;
  readonly committer: GitPerson;
  readonly message: string;
}

export interface GitObject {
  readonly type: 'blob' | 'tree' | 'commit';
  readonly sha: string;
  /** 120000 is a symbolic link. */
  readonly mode: string;
  readonly path: string;
}

const FORMAT = ['%H', '%P', '%an', '%ae', '%aI', '%cn', '%ce', '%cI', '%B'].join('%x00');
const LARGEST = 512 * 1024 * 1024;

/** A repository on this machine that the local GitHub shows as its own. Asked one question after the other, as tests are small. */
export class GitRepository {
  constructor(readonly directory: string) {}

  /** What `heads/NAME`, `tags/NAME`, a branch or a commit stands for. */
  resolve(ref: string): string | undefined {
    for (const name of [`refs/${ref}`, `refs/heads/${ref}`, ref]) {
      const sha = this.#try(['rev-parse', '--quiet', '--verify', '--end-of-options', `${name}^{commit}`])
        ?.toString()
        .trim();
      if (sha !== undefined && /^[0-9a-f]{40}$/.test(sha)) return sha;
    }
    return undefined;
  }

  commit(sha: string): GitCommit {
    return this.commits(['--no-walk', sha])[0] as GitCommit;
  }

  /** Of a range as rev-list(1) takes it, newest first. */
  commits(range: readonly string[]): readonly GitCommit[] {
    const text = this.#git(['log', '-z', `--format=${FORMAT}%x00%x01`, ...range, '--']).toString();
    const records = text.split('\0\x01').map((record) => record.replace(/^\0/, ''));
    return records.filter((record) => record !== '').map(commitOf);
  }

  /** Branches that lead to this very commit. */
  branchesAt(sha: string): readonly string[] {
    return this.#git(['for-each-ref', `--points-at=${sha}`, '--format=%(refname:lstrip=2)', 'refs/heads'])
      .toString()
      .split('\n')
      .filter((name) => name !== '');
  }

  mergeBase(one: string, other: string): string | undefined {
    return this.#try(['merge-base', one, other])?.toString().trim();
  }

  changed(from: string, to: string): readonly string[] {
    return this.#git(['diff', '--name-only', '-z', from, to])
      .toString()
      .split('\0')
      .filter((name) => name !== '');
  }

  /** What is at a path of a commit; of its top where the path is empty. */
  at(commit: string, path: string): GitObject | undefined {
    if (path === '') return { type: 'tree', sha: commit, mode: '040000', path };
    return this.#list(['ls-tree', '-z', commit, '--', path])[0];
  }

  /** What a folder holds. */
  inside(commit: string, path: string): readonly GitObject[] {
    return this.#list(['ls-tree', '-z', commit, ...(path === '' ? [] : ['--', `${path}/`])]);
  }

  blob(sha: string): Buffer {
    return this.#git(['cat-file', 'blob', sha]);
  }

  /** As GitHub makes it: everything below one folder, the commit in the global header. */
  tarball(commit: string, folder: string): Buffer {
    return this.#git(['archive', '--format=tar.gz', `--prefix=${folder}/`, commit]);
  }

  #list(args: readonly string[]): readonly GitObject[] {
    const lines = (this.#try(args)?.toString() ?? '').split('\0').filter((line) => line !== '');
    return lines.map((line) => {
      const [head = '', path = ''] = line.split('\t');
      const [mode = '', type, sha = ''] = head.split(' ');
      return { type: type as GitObject['type'], sha, mode, path };
    });
  }

  #git(args: readonly string[]): Buffer {
    const { status, stdout, stderr } = spawnSync('git', args, { cwd: this.directory, maxBuffer: LARGEST });
    if (status !== 0) throw new Error(`git ${args[0]} in ${this.directory}: ${stderr.toString()}`);
    return stdout;
  }

  #try(args: readonly string[]): Buffer | undefined {
    const { status, stdout } = spawnSync('git', args, { cwd: this.directory, maxBuffer: LARGEST });
    return status === 0 ? stdout : undefined;
  }
}

function commitOf(record: string): GitCommit {
  const [sha = '', parents = '', name = '', email = '', date = '', byName = '', byEmail = '', byDate = '', message = ''] =
    record.split('\0');
  return {
    sha,
    parents: parents === '' ? [] : parents.split(' '),
    author: { name, email, date: inUtc(date) },
    committer: { name: byName, email: byEmail, date: inUtc(byDate) },
    message: message.replace(/\n+$/, ''),
  };
}

function inUtc(date: string): string {
  return new Date(date).toISOString().replace(/\.\d+Z$/, 'Z');
}
