import type { IncomingMessage, RequestOptions, request as sendHttp } from 'node:http';
import { text } from 'node:stream/consumers';

export interface Wish {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

/**
 * Asks a server once and reads its whole answer. A redirect is an answer like any other: what the request holds is for this server alone.
 * Node's own `fetch` takes a tenth of a second to load, longer than a command here takes for everything else.
 * Throws the signal's reason, and what `node:http` throws.
 */
export async function send(url: string, { method = 'GET', headers, body, signal }: Wish): Promise<Answer> {
  try {
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    const answer = await answerTo(url, { method, headers: { ...headers, ...length }, signal }, body);
    return { status: answer.statusCode ?? 0, headers: answer.headers, text: await text(answer) };
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
}

async function answerTo(url: string, options: RequestOptions, body: string | undefined): Promise<IncomingMessage> {
  const request = await requestFor(url);
  return new Promise((resolve, reject) => {
    request(url, options, resolve).on('error', reject).end(body);
  });
}

/** TLS is loaded where it is used. */
async function requestFor(url: string): Promise<typeof sendHttp> {
  return (url.startsWith('https:') ? await import('node:https') : await import('node:http')).request;
}
