import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { GitHubUnavailable } from '../../../activities/github/errors.ts';
import { SourceUnavailable } from '../../../activities/images/errors.ts';
import { resolveCommit } from './commits.ts';
import { type Look, type Looker, type SourceRepository, strange } from './look.ts';

export interface TarballOptions {
  readonly look: Looker;
  /** Where the API is: what leads elsewhere gets no token. */
  readonly apiUrl: string;
  /** Without any credential. */
  readonly fetch: () => Promise<typeof fetch>;
  /** Milliseconds after which a download is given up that owes us its next bytes. Whoever reads may take their time. */
  readonly idleMs: number;
  /** Bytes of a compressed archive. */
  readonly most: number;
}

const MOST_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];

/**
 * A commit's archive as GitHub makes it, uncompressed: everything below one folder. The API answers with an address at another host, which holds the right to this
 * one download for some minutes and gets nothing else of ours. Throws UnknownCommit and SourceUnavailable; the stream fails with the latter.
 */
export async function openTarball(
  options: TarballOptions,
  repository: SourceRepository,
  commit: string,
  signal: AbortSignal,
): Promise<Readable> {
  const location = await locationOf(options, repository, commit, signal);
  const download = await start(options, repository, location, signal);
  // The host of archives says the same of a commit that is gone and of a download that it no longer knows.
  if (download.status === 404) await resolveCommit(options.look, repository, commit, { signal }).finally(download.end);
  requireArchive(repository, download);
  // Also where nobody ever began to read it.
  return Readable.from(uncompressed(options, repository, download, signal), { objectMode: false }).once('close', download.end);
}

/** Where the archive is. A repository that was renamed is another address of the API first. */
async function locationOf({ look, apiUrl }: TarballOptions, repository: SourceRepository, ref: string, signal: AbortSignal): Promise<URL> {
  let question: Pick<Look, 'route' | 'parameters'> = { route: 'GET /repos/{owner}/{repo}/tarball/{ref}', parameters: { ref } };
  for (let hop = 0; hop <= MOST_REDIRECTS; hop += 1) {
    const { status, headers } = await look(repository, { ...question, isRedirected: true, signal });
    if (status === 404 || status === 422) await resolveCommit(look, repository, ref, { signal });
    const location = REDIRECTS.includes(status) ? addressIn(headers.location, apiUrl) : undefined;
    if (location === undefined) throw strange(repository, `to the question for an archive was ${status}, which leads nowhere`);
    if (!isBelow(location, apiUrl)) return location;
    question = { route: `GET ${location.href}` };
  }
  throw tooMany(repository);
}

function tooMany({ application, place }: SourceRepository): SourceUnavailable {
  return new SourceUnavailable(application, place, `its archive leads on more than ${MOST_REDIRECTS} times`);
}

/** Never from TLS to none. */
function addressIn(text: unknown, from: string): URL | undefined {
  if (typeof text !== 'string' || !URL.canParse(text, from)) return undefined;
  const [url, before] = [new URL(text, from), new URL(from)];
  return url.protocol === 'https:' || (url.protocol === 'http:' && before.protocol === 'http:') ? url : undefined;
}

/** Whether it is the API itself, at the same host, port and path: an Enterprise Server has its archives beside it. */
function isBelow(url: URL, apiUrl: string): boolean {
  const api = new URL(apiUrl);
  return url.origin === api.origin && url.pathname.startsWith(`${api.pathname.replace(/\/+$/, '')}/re`);
}

interface Download {
  readonly status: number;
  readonly type: string;
  readonly body: AsyncIterable<Uint8Array>;
  readonly patience: Patience;
  /** Gives up what of it is still to come. */
  readonly end: () => void;
}

/** Bounds each wait for the other side, and none of ours. */
interface Patience {
  readonly signal: AbortSignal;
  /** What is awaited, given up by the signal where it takes too long. */
  readonly during: <T>(awaited: () => Promise<T>) => Promise<T>;
  readonly end: () => void;
}

async function start(options: TarballOptions, repository: SourceRepository, from: URL, signal: AbortSignal): Promise<Download> {
  const ask = await options.fetch();
  const patience = watched(options.idleMs);
  let url = from;
  try {
    for (let hop = 0; hop <= MOST_REDIRECTS; hop += 1) {
      const request = { headers: { 'user-agent': 'tidegate' }, signal: AbortSignal.any([signal, patience.signal]) };
      const answer = await patience.during(() => ask(url, { redirect: 'manual', ...request }));
      if (!REDIRECTS.includes(answer.status))
        return {
          status: answer.status,
          type: answer.headers.get('content-type') ?? '',
          body: (answer.body ?? new Blob([]).stream()) as AsyncIterable<Uint8Array>,
          patience,
          end: patience.end,
        };
      await patience.during(async () => answer.body?.cancel());
      const next = addressIn(answer.headers.get('location'), url.href);
      if (next === undefined) throw strange(repository, 'led to no address, or from TLS to none');
      url = next;
    }
    throw tooMany(repository);
  } catch (error) {
    patience.end();
    throw failure(repository, error, signal, url);
  }
}

function watched(idleMs: number): Patience {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    during: async (awaited) => {
      const timer = setTimeout(() => controller.abort(new Error(`nothing came for ${idleMs / 1000} s`)), idleMs);
      try {
        return await awaited();
      } finally {
        clearTimeout(timer);
      }
    },
    // Whatever is still on its way is for nobody.
    end: () => controller.abort(new Error('it is no longer read')),
  };
}

function requireArchive(repository: SourceRepository, { status, type, end }: Download): void {
  if (status === 200 && !/html|json|text/.test(type)) return;
  end();
  const seen = `its answer to the question for an archive was ${status} (${type.slice(0, 60) || 'of no type'}), and no archive`;
  const cause = status === 429 || status >= 500 ? { cause: new GitHubUnavailable(seen) } : {};
  throw new SourceUnavailable(repository.application, repository.place, seen, cause);
}

async function* uncompressed(options: TarballOptions, repository: SourceRepository, download: Download, signal: AbortSignal) {
  const gunzip = createGunzip();
  try {
    pipeline(Readable.from(counted(download, options.most)), gunzip, () => undefined);
    for await (const chunk of gunzip) yield chunk as Buffer;
  } catch (error) {
    throw failure(repository, error, signal);
  } finally {
    download.end();
  }
}

async function* counted(download: Download, most: number) {
  let bytes = 0;
  for await (const chunk of awaited(download)) {
    bytes += chunk.length;
    if (bytes > most) throw new TooLarge(most);
    yield chunk;
  }
}

class TooLarge extends Error {
  constructor(most: number) {
    super(`it is larger than ${most} bytes`);
  }
}

/** The body, whose next piece is awaited only once somebody wants it. */
async function* awaited({ body, patience }: Download) {
  const pieces = body[Symbol.asyncIterator]();
  for (;;) {
    const next = await patience.during(() => pieces.next());
    if (next.done === true) return;
    yield next.value;
  }
}

/** Of an address nothing but its host is said: the rest is the right to the download. */
function failure(repository: SourceRepository, error: unknown, signal: AbortSignal, url?: URL): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof SourceUnavailable) return error;
  const said = error instanceof Error ? [error.message, error.cause instanceof Error ? error.cause.message : ''] : [String(error)];
  const seen = `its archive${url === undefined ? '' : ` at ${url.host}`} broke off: ${said.filter((one) => one !== '').join(': ')}`;
  const cause = error instanceof TooLarge ? error : new GitHubUnavailable(seen, { cause: error });
  return new SourceUnavailable(repository.application, repository.place, seen, { cause });
}
