import { posix } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import dockerignore from '@balena/dockerignore';
import { type Extract, extract, type Header, type Pack, pack } from 'tar-stream';
import { ArchiveFault } from '../../domain/archive/faults.ts';
import { ARCHIVE_LIMITS, type ArchiveEntry, type ArchiveLimits, SourceTree } from '../../domain/archive/source-tree.ts';
import { TarWalk } from '../../domain/archive/tar-walk.ts';
import { TopFolder } from '../../domain/archive/top-folder.ts';

export interface ContextOptions {
  /** The commit that the archive must say it is of. */
  readonly commit: string;
  /** Whether everything in the archive is below one folder that is none of the source's. */
  readonly isWrapped: boolean;
  /** The folder of the archive that is the context; '' is all of it. */
  readonly folder: string;
  /** The Dockerfile, from the context's top. */
  readonly dockerfile: string;
  /** The lines of the context's .dockerignore; undefined where it has none. */
  readonly ignore: string | undefined;
  readonly limits?: ArchiveLimits;
}

type PlainHeader = Pick<Header, 'name' | 'mode' | 'mtime' | 'size' | 'type'> & Partial<Pick<Header, 'linkname'>>;
type Content = Extract extends AsyncIterable<infer Entry> ? Entry : never;

/** A folder inside an archive, without `./` and slashes at its ends. Throws RangeError for one outside. */
export function insideArchive(folder: string): string {
  const normal = posix.normalize(`./${folder}`).replace(/\/$/, '');
  if (normal === '..' || normal.startsWith('../') || folder.startsWith('/')) throw new RangeError(`${folder} is outside`);
  return normal === '.' ? '' : normal;
}

/**
 * The build context out of a tar of the whole source: one folder of it, less what .dockerignore leaves out. Fails as the archive fails; with ArchiveFault
 * for one that holds what no source may, wherever in it, and with ArchiveCut for one that is not whole. Then nothing of it was whole for whoever reads.
 */
export function buildContext(archive: NodeJS.ReadableStream, options: ContextOptions): Readable {
  const [input, output] = [extract(), pack()];
  const limits = options.limits ?? ARCHIVE_LIMITS;
  const walk = walked(options.commit, limits);
  let unreadable: ArchiveFault | undefined;
  // What ends the walk, or what it refused, comes to the unpacker as well; what did not is its own word on the archive.
  input.once('error', (error: Error) => {
    if (walk.errored === null) unreadable = new ArchiveFault('', `is an archive that cannot be unpacked: ${error.message}`);
  });
  const read = pipeline(archive, walk, input as unknown as NodeJS.WritableStream);
  void Promise.allSettled([copy(input, output, options, new SourceTree(limits)), read]).then((ends) => {
    // Failing on either side ends both, so that no half of a context is built; the one that was merely ended says less.
    const failures = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as Error] : []));
    if (failures.length === 0) output.finalize();
    else output.destroy(unreadable ?? failures.find((error) => !isPrematureEnd(error)) ?? failures[0]);
  });
  return Readable.from(output as AsyncIterable<Buffer>, { objectMode: false });
}

function isPrematureEnd(error: Error): boolean {
  return 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}

/** Beside what names and headers take: four blocks for each entry. */
const BLOCKS_OF_ENTRY = 4 * 512;

/** Passes the tar on as it is looked at. */
function walked(commit: string, { bytes, entries }: ArchiveLimits): Transform {
  const walk = new TarWalk(bytes + entries * BLOCKS_OF_ENTRY);
  const look = (step: () => void, done: (error?: Error | null, chunk?: Buffer) => void, chunk?: Buffer) => {
    try {
      step();
      if (walk.commit !== undefined) requireCommit(walk.commit, commit);
      done(null, chunk);
    } catch (error) {
      done(error as Error);
    }
  };
  return new Transform({
    transform: (chunk: Buffer, _, done) => look(() => walk.feed(chunk), done, chunk),
    flush: (done) => look(() => requireWhole(walk, commit), done),
  });
}

function requireWhole(walk: TarWalk, commit: string): void {
  walk.end();
  requireCommit(walk.commit, commit);
}

function requireCommit(said: string | undefined, commit: string): void {
  if (said !== commit) throw new ArchiveFault('pax_global_header', `says ${said ?? 'nothing of a commit'} instead of ${commit}`);
}

async function copy(input: Extract, output: Pack, options: ContextOptions, tree: SourceTree): Promise<void> {
  const included = filterOf(options);
  const top = new TopFolder(options.isWrapped);
  const sent = new Set<string>();
  for await (const content of input) {
    const entry = top.without(entryOf(content.header));
    const path = entry === undefined ? '' : tree.take(entry);
    const name = nameInside(path, options.folder);
    if (entry === undefined || name === undefined || !included(name)) {
      content.resume();
      continue;
    }
    const linkname = entry.type === 'link' ? linkInside(entry, options.folder, sent) : entry.linkname;
    await write(
      output,
      { ...plain(content.header), name: entry.type === 'directory' ? `${name}/` : name, ...(linkname !== null && { linkname }) },
      content,
    );
    sent.add(name);
  }
  tree.close();
}

function entryOf({ name, type, linkname, size }: Header): ArchiveEntry {
  return { name, type: type ?? null, linkname: linkname ?? null, size: size ?? 0 };
}

/** A second name of a file that the engine does not get would be a second name of nothing. */
function linkInside({ name, linkname }: ArchiveEntry, folder: string, sent: ReadonlySet<string>): string {
  const target = nameInside(insideArchive(linkname ?? ''), folder);
  if (target !== undefined && sent.has(target)) return target;
  throw new ArchiveFault(name, `is a hard link to ${JSON.stringify(linkname)}, which is no part of the build's context`);
}

function write(output: Pack, header: PlainHeader, content: Content): Promise<void> {
  return new Promise((resolve, reject) => {
    content.pipe(output.entry(header), (error) => (error ? reject(error) : resolve()));
  });
}

function nameInside(name: string, folder: string): string | undefined {
  if (folder === '') return name === '' ? undefined : name;
  const inside = name.startsWith(`${folder}/`) ? name.slice(folder.length + 1) : '';
  return inside === '' ? undefined : inside;
}

/** Docker's rule: the Dockerfile and .dockerignore itself always reach the engine. */
function filterOf({ ignore, dockerfile }: ContextOptions): (name: string) => boolean {
  if (ignore === undefined) return () => true;
  const matcher = dockerignore.default().add(ignore);
  const always = [posix.normalize(dockerfile), '.dockerignore'];
  return (name) => {
    const path = name.replace(/\/$/, '');
    return always.includes(path) || !matcher.ignores(path);
  };
}

/** What makes a file: neither who owned it nor what the archive noted beside it. */
function plain({ mode, mtime, size, type }: Header): Omit<PlainHeader, 'name'> {
  return { mode, mtime, size, type };
}
