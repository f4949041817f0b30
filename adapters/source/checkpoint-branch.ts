import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type GitEnvironment, runGit } from './git.ts';

export interface CheckpointBranchOptions {
  /** A git URL, or a path. */
  readonly repository: string;
  readonly branch: string;
  /** Within the repository. */
  readonly file: string;
  /** A folder of our own, for what git keeps. */
  readonly directory: string;
  readonly environment: GitEnvironment;
}

const DEADLINE_MS = 60_000;
const AUTHOR = {
  GIT_AUTHOR_NAME: 'tidegate',
  GIT_AUTHOR_EMAIL: 'tidegate@localhost',
  GIT_COMMITTER_NAME: 'tidegate',
  GIT_COMMITTER_EMAIL: 'tidegate@localhost',
};

/** Keeps a ledger's newest checkpoint as a file on a branch, each as a commit of its own. The other files of the branch stay. */
export function createCheckpointBranch(options: CheckpointBranchOptions) {
  const { repository, branch, file } = options;
  const reference = `refs/heads/${branch}`;
  return {
    name: `${withoutCredential(repository)}#${branch}`,
    async publish(note: string, replaces: (there: string) => boolean = () => true): Promise<void> {
      const git = await opened(options);
      const parent = await fetched(git, repository, reference);
      const there = parent === undefined ? '' : await git(['show', `${parent}:${file}`], [0, 128]);
      if (there === note || (there !== '' && !replaces(there))) return;
      const commit = await committed(options, note, parent);
      // Whoever was quicker makes this fail: it is not forced.
      await git(['push', '--quiet', '--', repository, `${commit}:${reference}`]);
    },
    async read(): Promise<string | undefined> {
      const git = await opened(options);
      const head = await fetched(git, repository, reference);
      if (head === undefined) return undefined;
      const note = await git(['show', `${head}:${file}`], [0, 128]);
      return note === '' ? undefined : note;
    },
  };
}

/** A commit that has the note over those before. Its index and draft are its own, as other attempts may be under way. */
async function committed(options: CheckpointBranchOptions, note: string, parent: string | undefined): Promise<string> {
  const attempt = await mkdtemp(join(options.directory, 'attempt-'));
  try {
    const git = await opened(options, join(attempt, 'index'));
    const draft = join(attempt, 'note');
    await writeFile(draft, note);
    const blob = await git(['hash-object', '-w', draft]);
    await git(['read-tree', ...(parent === undefined ? ['--empty'] : [parent])]);
    await git(['update-index', '--add', '--cacheinfo', `100644,${blob.trim()},${options.file}`]);
    const tree = (await git(['write-tree'])).trim();
    const subject = `Checkpoint of ${note.split('\n')[1]} records`;
    return (await git(['commit-tree', tree, '-m', subject, ...(parent === undefined ? [] : ['-p', parent])])).trim();
  } finally {
    await rm(attempt, { recursive: true, force: true });
  }
}

type Git = (args: readonly string[], good?: readonly number[]) => Promise<string>;

async function opened({ directory, environment }: CheckpointBranchOptions, index?: string): Promise<Git> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const own = { GIT_DIR: join(directory, 'repository.git'), ...(index !== undefined && { GIT_INDEX_FILE: index }) };
  const variables = { ...environment, ...AUTHOR, ...own };
  const git: Git = async (args, good = [0]) => {
    const { code, stdout, stderr } = await runGit(directory, args, { signal: AbortSignal.timeout(DEADLINE_MS), environment: variables });
    if (code === null || !good.includes(code)) throw new Error(`git ${args[0]}: ${stderr.trim().split('\n').at(-1)}`);
    return stdout.toString();
  };
  if (index === undefined) await git(['init', '--quiet', '--bare']);
  return git;
}

/** The branch's commit; undefined where the repository has no such branch yet. */
async function fetched(git: Git, repository: string, reference: string): Promise<string | undefined> {
  const [head] = (await git(['ls-remote', '--', repository, reference])).split('\t');
  if (head === undefined || head === '') return undefined;
  await git(['fetch', '--quiet', '--no-tags', '--', repository, reference]);
  return head;
}

function withoutCredential(repository: string): string {
  return repository.replace(/^(\w+:\/\/)[^/@]*@/, '$1');
}
