import type { CommitAuthors } from '../../../activities/gates.ts';
import { SourceNotConfigured, UnknownPath } from '../../../activities/images/errors.ts';
import type { SourceArchive } from '../../../activities/images.ts';
import { trustingFetch } from '../bounded-fetch.ts';
import type { GitHubClient } from '../client.ts';
import { readAuthors } from './authors.ts';
import { COMMIT, leadsTo, resolveCommit, unknown } from './commits.ts';
import { createLooker, type Looker, membersOf, type SourceRepository, strange } from './look.ts';
import { openTarball } from './tarball.ts';

export interface GitHubSourcesOptions {
  readonly client: GitHubClient;
  readonly apiUrl: string;
  /** A PEM file of authorities to trust besides the well-known ones, also where archives are. */
  readonly ca?: string;
  /** Application to its repository, `owner/name`. */
  readonly repositories: Readonly<Record<string, string>>;
  /** Milliseconds without a byte of an archive; 30 s. */
  readonly idleMs?: number;
}

const IDLE_MS = 30_000;
/** As much as a source may have uncompressed. */
const MOST_BYTES = 4 * 1024 ** 3;
const CONTENTS = 'GET /repos/{owner}/{repo}/contents/{path}';
const RAW = 'application/vnd.github.raw+json';

/**
 * The applications' sources through GitHub's API, without git and without a copy: commits, files, archives and authors. Files are as git has them: of submodules an
 * empty folder, of LFS the pointer, unless the repository's settings put its objects into archives. Its methods throw what SourceArchive throws.
 */
export function createGitHubSources(options: GitHubSourcesOptions): SourceArchive & CommitAuthors {
  const { apiUrl, ca, client, idleMs = IDLE_MS } = options;
  const look = createLooker(client);
  const of = repositoriesOf(options);
  const tarballs = { look, apiUrl, fetch: () => trustingFetch(ca), idleMs, most: MOST_BYTES };
  return {
    resolve: async (application, ref, { signal }) => resolveCommit(look, of(application), ref, { signal }),
    leadsTo: async (application, commit, refs, { signal }) => leadsTo(look, of(application), { commit, refs, signal }),
    archive: async (application, ref, { signal }) => {
      const commit = await wholeCommit(look, of(application), ref, signal);
      return { tar: await openTarball(tarballs, of(application), commit, signal), isWrapped: true };
    },
    file: async (application, ref, path, { signal }) => readFile(look, of(application), { ref, path, signal }),
    exists: async (application, ref, path, { signal }) => (await readContents(look, of(application), { ref, path, signal })) !== undefined,
    authors: async (application, commit, since, { signal }) => readAuthors(look, of(application), { commit, since, signal }),
  };
}

function repositoriesOf({ repositories, apiUrl }: GitHubSourcesOptions): (application: string) => SourceRepository {
  const known = new Map(Object.entries(repositories));
  return (application) => {
    const name = known.get(application);
    if (name === undefined) throw new SourceNotConfigured(application);
    const [owner = '', repo = ''] = name.split('/');
    return { application, owner, repo, place: `${name} at ${new URL(apiUrl).host}` };
  };
}

interface Wanted {
  readonly ref: string;
  readonly path: string;
  readonly signal: AbortSignal;
}

async function wholeCommit(look: Looker, repository: SourceRepository, ref: string, signal: AbortSignal): Promise<string> {
  return COMMIT.test(ref) ? ref : resolveCommit(look, repository, ref, { signal });
}

async function readFile(look: Looker, repository: SourceRepository, wanted: Wanted): Promise<string> {
  const seen = await readContents(look, repository, wanted, RAW);
  // Folders and submodules have no other form than JSON.
  if (seen === undefined || /^application\/json/.test(seen.type)) throw new UnknownPath(repository.place, wanted.ref, wanted.path);
  if (!/^application\/vnd\.github\.(v3\.)?raw/.test(seen.type))
    throw strange(repository, `to ${wanted.path} was ${seen.type.slice(0, 60)}, and no file`);
  return typeof seen.data === 'string' ? seen.data : Buffer.from(seen.data as ArrayBuffer).toString('utf8');
}

/** Undefined where the commit is there and has no such path. Throws UnknownCommit and SourceUnavailable. */
async function readContents(look: Looker, repository: SourceRepository, { ref: name, path, signal }: Wanted, accept?: string) {
  const ref = await wholeCommit(look, repository, name, signal);
  const inner = path.split('/').filter((part) => part !== '' && part !== '.');
  if (inner.includes('..')) return undefined;
  const parameters = { path: inner.join('/'), ref };
  const { status, data, headers } = await look(repository, {
    route: CONTENTS,
    parameters,
    signal,
    ...(accept !== undefined && { accept }),
  });
  if (status === 200 && accept === undefined) membersOf(repository, data);
  if (status === 200) return { data, type: String(headers['content-type'] ?? '') };
  // GitHub says 404 of a path, of a commit and of a repository alike.
  if ((await resolveCommit(look, repository, ref, { signal })) !== ref) throw unknown(repository, ref);
  return undefined;
}
