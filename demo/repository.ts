import { join } from 'node:path';
import { withBaseImage } from './base-image.ts';
import { demoFolder } from './demo-folder.ts';
import { type MadeCommit, makeHistory, readTree, type Tree } from './git-history.ts';

export type ApplicationVersion = '1' | '2' | '3';

export interface ApplicationRepository {
  /** The working tree; its branch `main` is at version 3. */
  readonly path: string;
  readonly commits: Readonly<Record<ApplicationVersion, string>>;
}

const HISTORY: readonly { readonly version: ApplicationVersion; readonly message: string; readonly at: string }[] = [
  { version: '1', message: 'Open the shop', at: '2026-01-05T09:00:00Z' },
  { version: '2', message: 'Sell ten pieces and more a tenth cheaper', at: '2026-01-12T09:00:00Z' },
  { version: '3', message: 'Sell no more than the shelf holds', at: '2026-01-19T09:00:00Z' },
];

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
  const [one = '', two = '', three = ''] = await makeHistory(path, await historyWith(options.baseImage));
  return { path, commits: { '1': one, '2': two, '3': three } };
}

async function historyWith(baseImage: string): Promise<readonly MadeCommit[]> {
  const commits: MadeCommit[] = [];
  let tree: Tree = new Map();
  for (const { version, message, at } of HISTORY) {
    const added = [...(await readTree(sourcesOf(version)))].map(([name, bytes]) => [name, withBaseImage(bytes, baseImage)] as const);
    tree = new Map([...tree, ...added]);
    commits.push({ message, at, tree });
  }
  return commits;
}

function sourcesOf(version: ApplicationVersion): string {
  return join(demoFolder(), ...(version === '1' ? ['application'] : ['application-versions', version]));
}

export class BadBaseImage extends Error {
  override readonly name = 'BadBaseImage';

  constructor(reference: string) {
    super(`Expected an image reference such as debian:bookworm-slim to build the shop on, and saw ${JSON.stringify(reference)}`);
  }
}
