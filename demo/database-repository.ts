import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { withBaseImage } from './base-image.ts';
import { demoFolder } from './demo-folder.ts';
import { type MadeCommit, makeHistory, readTree, type Tree } from './git-history.ts';

export type DatabaseVersion = '1' | '2' | '3' | '4';

/** Folders of `demo`, laid over one another. */
const HISTORY: readonly { readonly version: DatabaseVersion; readonly folders: readonly string[]; readonly message: string }[] = [
  { version: '1', folders: ['database-application', 'database-versions/1'], message: 'Begin with a database' },
  { version: '2', folders: ['database-application'], message: 'Take orders and serve them' },
  { version: '3', folders: ['database-application', 'database-versions/3'], message: 'Take notes, and no order of one' },
  { version: '4', folders: ['database-application', 'database-versions/4'], message: 'Take notes' },
];

/**
 * Makes the git repository of the application with a database in `directory`. `baseImage` has Node 20 or later, and
 * is a reference that the build host has or can pull. Version 3 has a migration that fails. Throws GitFailed.
 */
export async function createDatabaseRepository(options: {
  readonly directory: string;
  readonly baseImage: string;
}): Promise<Readonly<Record<DatabaseVersion, string>>> {
  const driver = await readDriver();
  const commits: MadeCommit[] = [];
  for (const { folders, message } of HISTORY) {
    const trees = await Promise.all(folders.map((folder) => readTree(join(demoFolder(), folder))));
    const tree = new Map(
      [...driver, ...trees.flatMap((files) => [...files])].map(([name, bytes]) => [name, withBaseImage(bytes, options.baseImage)]),
    );
    commits.push({ message, at: `2026-02-0${commits.length + 1}T09:00:00Z`, tree });
  }
  const [one = '', two = '', three = '', four = ''] = await makeHistory(options.directory, commits);
  return { '1': one, '2': two, '3': three, '4': four };
}

/** The application's only dependency, as people keep it where builds may fetch nothing. */
async function readDriver(): Promise<Tree> {
  const entry = createRequire(import.meta.url).resolve('postgres');
  const folder = join(dirname(entry), '../..');
  const files = [...(await readTree(folder))].filter(([name]) => name === 'package.json' || name.startsWith('src/'));
  return new Map(files.map(([name, bytes]) => [`node_modules/postgres/${name}`, bytes]));
}
