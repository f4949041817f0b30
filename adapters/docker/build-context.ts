import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import dockerignore from '@balena/dockerignore';
import { type Extract, extract, type Header, type Pack, pack } from 'tar-stream';

export interface ContextOptions {
  /** The folder of the archive that is the context; '' is all of it. */
  readonly folder: string;
  /** The Dockerfile, from the context's top. */
  readonly dockerfile: string;
  /** The lines of the context's .dockerignore; undefined where it has none. */
  readonly ignore: string | undefined;
}

type PlainHeader = Pick<Header, 'name' | 'mode' | 'mtime' | 'size' | 'type'> & Partial<Pick<Header, 'linkname'>>;
type Content = Extract extends AsyncIterable<infer Entry> ? Entry : never;

/** A folder inside an archive, without `./` and slashes at its ends. Throws RangeError for one outside. */
export function insideArchive(folder: string): string {
  const normal = posix.normalize(`./${folder}`).replace(/\/$/, '');
  if (normal === '..' || normal.startsWith('../') || folder.startsWith('/')) throw new RangeError(`${folder} is outside`);
  return normal === '.' ? '' : normal;
}

/** The build context out of a tar of the whole source: one folder of it, less what .dockerignore leaves out. Fails as the archive fails. */
export function buildContext(archive: NodeJS.ReadableStream, options: ContextOptions): Readable {
  const [input, output] = [extract(), pack()];
  // Failing on either side ends both, so that no half of a context is built.
  Promise.all([pipeline(archive, input as unknown as NodeJS.WritableStream), copy(input, output, options)]).catch((error: Error) =>
    output.destroy(error),
  );
  return Readable.from(output as AsyncIterable<Buffer>, { objectMode: false });
}

async function copy(input: Extract, output: Pack, options: ContextOptions): Promise<void> {
  const included = filterOf(options);
  for await (const entry of input) {
    const name = nameInside(entry.header.name, options.folder);
    if (name !== undefined && included(name)) await write(output, { ...plain(entry.header), name }, entry);
    else entry.resume();
  }
  output.finalize();
}

function write(output: Pack, header: PlainHeader, content: Content): Promise<void> {
  return new Promise((resolve, reject) => {
    content.pipe(output.entry(header), (error) => (error ? reject(error) : resolve()));
  });
}

function nameInside(name: string, folder: string): string | undefined {
  if (folder === '') return name;
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
function plain({ name, mode, mtime, size, type, linkname }: Header): PlainHeader {
  return { name, mode, mtime, size, type, ...(linkname !== undefined && { linkname }) };
}
