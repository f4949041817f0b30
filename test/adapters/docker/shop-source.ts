import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { SourceArchive } from '../../../activities/images.ts';
import { createGitSources } from '../../../adapters/source/git-archive.ts';

/** The git repository of the application `shop`, and what reads it. */
export interface ShopSource {
  readonly folder: string;
  readonly source: SourceArchive;
  git(...args: readonly string[]): Promise<string>;
  /** Commits these files beside those that are there, and returns the commit. */
  commit(files: Readonly<Record<string, string>>, settings?: { readonly mode: number }): Promise<string>;
}

export async function makeShopSource(directory: string): Promise<ShopSource> {
  const folder = join(directory, 'shop');
  const identity = ['-c', 'user.name=Shop', '-c', 'user.email=shop@example.com'];
  const git = async (...args: readonly string[]) =>
    (await promisify(execFile)('git', [...identity, ...args], { cwd: folder })).stdout.trim();
  const commit: ShopSource['commit'] = async (files, settings = { mode: 0o644 }) => {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), content, settings);
    }
    await git('add', '.');
    await git('commit', '--quiet', '--allow-empty', '--message', 'change');
    return git('rev-parse', 'HEAD');
  };
  await mkdir(folder);
  await git('init', '--quiet');
  const source = createGitSources({ repositories: { shop: folder }, directory: join(directory, 'mirrors'), environment: process.env });
  return { folder, source, git, commit };
}
