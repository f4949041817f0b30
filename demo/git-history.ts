import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';

/** File name, with slashes, to its bytes. */
export type Tree = ReadonlyMap<string, Buffer>;

/** One commit: all the files that it has. */
export interface MadeCommit {
  readonly message: string;
  /** As in ISO 8601. */
  readonly at: string;
  readonly tree: Tree;
}

const AUTHOR = 'Sam Shopkeeper <sam@shop.example>';

/**
 * Makes a git repository in `path` whose branch `main` has these commits, one after the other, and returns their hashes. Author and dates
 * are fixed, so the same files always give the same commits; it can be run again on the same folder. Needs no git configuration. Throws
 * GitFailed.
 */
export async function makeHistory(path: string, commits: readonly MadeCommit[]): Promise<readonly string[]> {
  await mkdir(path, { recursive: true });
  await git(path, ['init', '--quiet', '--initial-branch=main', '--template=', '.']);
  // Import takes everything from its input: no identity, hook, filter or signature of the user has a say.
  await git(path, ['fast-import', '--quiet', '--force'], importOf(commits));
  await git(path, ['reset', '--quiet', '--hard', 'main']);
  return (await git(path, ['rev-list', '--reverse', 'main'])).trim().split('\n');
}

/** The commits in the format of https://git-scm.com/docs/git-fast-import#_input_format */
function importOf(commits: readonly MadeCommit[]): Buffer {
  const parts = commits.flatMap(({ message, at, tree }, index) => {
    const who = `${AUTHOR} ${Date.parse(at) / 1000} +0000`;
    return [
      Buffer.from(`commit refs/heads/main\nmark :${index + 1}\nauthor ${who}\ncommitter ${who}\n`),
      data(Buffer.from(`${message}\n`)),
      Buffer.from(index === 0 ? '' : `from :${index}\n`),
      Buffer.from('deleteall\n'),
      ...[...tree].flatMap(([name, bytes]) => [Buffer.from(`M 100644 inline ${name}\n`), data(bytes)]),
    ];
  });
  return Buffer.concat(parts);
}

function data(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`data ${bytes.length}\n`), bytes, Buffer.from('\n')]);
}

/** All files below a folder. */
export async function readTree(folder: string): Promise<Tree> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const named = files.map((file) => [relative(folder, file).replaceAll('\\', '/'), file] as const).sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(await Promise.all(named.map(async ([name, file]) => [name, await readFile(file)] as const)));
}

async function git(directory: string, words: readonly string[], input?: Buffer): Promise<string> {
  // The folder's own repository, also when the caller is itself run by git.
  const child = spawn('git', ['--git-dir', join(directory, '.git'), ...words], { cwd: directory });
  const ended = Promise.all([text(child.stdout), text(child.stderr), exitOf(child)]);
  const [fed, answered] = await Promise.allSettled([feed(child.stdin, input), ended]);
  if (answered.status === 'rejected') throw new GitFailed(words, 'it could not be run; is git installed?', { cause: answered.reason });
  const [output, complaint, code] = answered.value;
  if (code !== 0) throw new GitFailed(words, `it ended with ${code}: ${complaint.trim()}`);
  if (fed.status === 'rejected') throw new GitFailed(words, 'it did not read its input', { cause: fed.reason });
  return output;
}

/** Nothing to read is the end of the input at once; a command that has ended by then is no failure. */
async function feed(stdin: Writable, input: Buffer | undefined): Promise<void> {
  if (input === undefined) stdin.destroy();
  else await pipeline([input], stdin);
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  const [code] = (await once(child, 'close')) as [number | null];
  return code;
}

export class GitFailed extends Error {
  override readonly name = 'GitFailed';

  constructor(words: readonly string[], seen: string, options?: ErrorOptions) {
    super(`Expected 'git ${words.join(' ')}' to succeed, and ${seen}`, options);
  }
}
