import { readFile } from 'node:fs/promises';
import tls from 'node:tls';
import { GitHubUnavailable } from '../../activities/github/errors.ts';

/** Far more than any answer that is read here; archives are not. */
const LARGEST = 16 * 1024 * 1024;
const WITHOUT_BODY: readonly number[] = [101, 204, 205, 304];

/** A fetch that trusts the authorities of a PEM file besides the well-known ones, where there is one. Throws GitHubUnavailable while it is none. */
export async function trustingFetch(ca?: string): Promise<typeof fetch> {
  return ca === undefined ? fetch : fetchTrusting(await readAuthorities(ca));
}

/**
 * A fetch whose answers end: what is larger than 16 MB is given up, and the time is the caller's signal's to keep. With `ca`, a PEM file, it
 * trusts these authorities besides the well-known ones. Throws GitHubUnavailable while the file is none.
 */
export async function boundedFetch(ca?: string): Promise<typeof fetch> {
  const plain = await trustingFetch(ca);
  return async (input, init) => whole(await followed(plain, input, init));
}

/** GitHub answers so for what was renamed or transferred, once. */
const MOST_REDIRECTS = 3;
const REDIRECTS: readonly number[] = [301, 302, 307, 308];

/**
 * Repeats a request where GitHub says that it belongs elsewhere, as it was: fetch would make a read of what writes. To no other host, which is not
 * to see who we are. https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects
 */
async function followed(plain: typeof fetch, input: Parameters<typeof fetch>[0], init: RequestInit | undefined): Promise<Response> {
  if (init?.redirect === 'manual' || typeof input === 'object') return plain(input, init);
  let url = input;
  for (let hops = 0; ; hops += 1) {
    const answer = await plain(url, { ...init, redirect: 'manual' });
    const next = REDIRECTS.includes(answer.status) ? placeOf(answer, url) : undefined;
    if (next === undefined || hops === MOST_REDIRECTS) return answer;
    await answer.body?.cancel();
    url = next;
  }
}

function placeOf({ headers }: Response, from: string): string | undefined {
  const location = headers.get('location');
  if (location === null || !URL.canParse(location, from)) return undefined;
  const to = new URL(location, from);
  return to.origin === new URL(from).origin ? to.href : undefined;
}

async function fetchTrusting(authorities: string): Promise<typeof fetch> {
  // Loaded where it is needed alone: it takes longer than the rest of the adapter.
  const { Agent, fetch: undiciFetch } = await import('undici');
  const dispatcher = new Agent({ connect: { ca: [...tls.rootCertificates, authorities] } });
  const trusting = (input: unknown, init: object | undefined) => undiciFetch(input as string, { ...init, dispatcher });
  return trusting as unknown as typeof fetch;
}

async function readAuthorities(path: string): Promise<string> {
  try {
    const pem = await readFile(path, 'utf8');
    if (!pem.includes('-----BEGIN CERTIFICATE-----')) throw new Error('it holds no certificate');
    tls.createSecureContext({ ca: pem });
    return pem;
  } catch (cause) {
    const seen = cause instanceof Error ? cause.message : String(cause);
    throw new GitHubUnavailable(`Expected ${path} to be a PEM file of authorities for GitHub: ${seen}`, { cause });
  }
}

async function whole(answer: Response): Promise<Response> {
  const body = await readAtMost(answer);
  const { status, statusText, url } = answer;
  const copy = new Response(WITHOUT_BODY.includes(status) ? null : body, { status, statusText, headers: [...answer.headers] });
  Object.defineProperty(copy, 'url', { value: url });
  return copy;
}

async function readAtMost(answer: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of answer.body ?? []) {
    length += chunk.length;
    if (length > LARGEST) throw new AnswerEndless();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Larger than anything that GitHub answers. */
export class AnswerEndless extends Error {
  override readonly name = 'AnswerEndless';

  constructor() {
    super(`its answer was larger than ${LARGEST / 1024 / 1024} MB`);
  }
}
