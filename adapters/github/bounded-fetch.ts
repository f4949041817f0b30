import { readFile } from 'node:fs/promises';
import tls from 'node:tls';
import { GitHubUnavailable } from '../../activities/github/errors.ts';

/** Far more than any answer that is read here; archives are fetched by others. */
const LARGEST = 16 * 1024 * 1024;
const WITHOUT_BODY: readonly number[] = [101, 204, 205, 304];

/**
 * A fetch whose answers end: what is larger than 16 MB is given up, and the time is the caller's signal's to keep. With `ca`, a PEM file, it
 * trusts these authorities besides the well-known ones. Throws GitHubUnavailable while the file is none.
 */
export async function boundedFetch(ca?: string): Promise<typeof fetch> {
  const plain = ca === undefined ? fetch : await fetchTrusting(await readAuthorities(ca));
  return async (input, init) => whole(await plain(input, init));
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
