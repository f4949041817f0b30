import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';

export type ApplicationVersion = '1' | '2' | '3';

export interface ApplicationRepository {
  /** The working tree; its branch `main` is at version 3. */
  readonly path: string;
  readonly commits: Readonly<Record<ApplicationVersion, string>>;
}

/** File name, with slashes, to its bytes. */
type Tree = ReadonlyMap<string, Buffer>;

const HISTORY: readonly { readonly version: ApplicationVersion; readonly message: string; readonly at: string }[] = [
  { version: '1', message: 'Open the shop', at: '2026-01-05T09:00:00Z' },
  { version: '2', message: 'Sell ten pieces and more a tenth cheaper', at: '2026-01-12T09:00:00Z' },
  { version: '3', message: 'Sell no more than the shelf holds', at: '2026-01-19T09:00:00Z' },
];
const AUTHOR = 'Sam Shopkeeper <sam@shop.example>';
/** What stands in pipeline.yaml for the image that the Dockerfile builds on: its build argument BASE. */
const PLACEHOLDER = '{{baseImage}}';

/**
 * Makes the git repository of the demo's application in `directory`: version 1 is `demo/application`, the later ones lay
 * `demo/application-versions/N` over their predecessor. `baseImage` is an image reference with Node 20 or later that the build host
 * has or can pull; it is written into pipeline.yaml. Author and dates are fixed, so the same files and base image always give the
 * same commits; it can be run again on the same directory. Needs no git configuration. Throws GitFailed or BadBaseImage.
 */
export async function createApplicationRepository(options: {
  readonly directory: string;
  readonly baseImage: string;
}): Promise<ApplicationRepository> {
  if (!/^[\w.:/@-]+$/.test(options.baseImage)) throw new BadBaseImage(options.baseImage);
  const path = options.directory;
  await mkdir(path, { recursive: true });
  await git(path, ['init', '--quiet', '--initial-branch=main', '--template=', '.']);
  // Import takes everything from its input: no identity, hook, filter or signature of the user has a say.
  await git(path, ['fast-import', '--quiet', '--force'], await historyOf(options.baseImage));
  await git(path, ['reset', '--quiet', '--hard', 'main']);
  const [one = '', two = '', three = ''] = (await git(path, ['rev-list', '--reverse', 'main'])).trim().split('\n');
  return { path, commits: { '1': one, '2': two, '3': three } };
}

/** The commits in the format of https://git-scm.com/docs/git-fast-import#_input_format */
async function historyOf(baseImage: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  let tree: Tree = new Map();
  for (const [index, { version, message, at }] of HISTORY.entries()) {
    tree = new Map([...tree, ...(await readTree(sourcesOf(version)))]);
    const who = `${AUTHOR} ${Date.parse(at) / 1000} +0000`;
    parts.push(
      Buffer.from(`commit refs/heads/main\nmark :${index + 1}\nauthor ${who}\ncommitter ${who}\n`),
      data(Buffer.from(`${message}\n`)),
    );
    parts.push(Buffer.from(index === 0 ? '' : `from :${index}\n`), Buffer.from('deleteall\n'));
    for (const [name, bytes] of tree) parts.push(Buffer.from(`M 100644 inline ${name}\n`), data(withBaseImage(bytes, baseImage)));
  }
  return Buffer.concat(parts);
}

function data(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`data ${bytes.length}\n`), bytes, Buffer.from('\n')]);
}

function withBaseImage(bytes: Buffer, baseImage: string): Buffer {
  return Buffer.from(bytes.toString('utf8').replaceAll(PLACEHOLDER, baseImage));
}

function sourcesOf(version: ApplicationVersion): string {
  return join(demoFolder(), ...(version === '1' ? ['application'] : ['application-versions', version]));
}

/** The application is plain files beside the sources; compiled, this module lies in another folder. */
function demoFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  for (let folder = here; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'demo', 'application', 'pipeline.yaml'))) return join(folder, 'demo');
  }
  throw new Error(`Expected demo/application above ${here}, and found none: run the demo from a whole checkout`);
}

async function readTree(folder: string): Promise<Tree> {
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

export class BadBaseImage extends Error {
  override readonly name = 'BadBaseImage';

  constructor(reference: string) {
    super(`Expected an image reference such as debian:bookworm-slim to build the shop on, and saw ${JSON.stringify(reference)}`);
  }
}
