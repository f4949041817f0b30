import type { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import tls from 'node:tls';
import type { Dispatcher } from 'undici';
import request from 'undici/lib/api/api-request.js';
import Agent from 'undici/lib/dispatcher/agent.js';
import { askLending, type LendingOptions } from './lending.ts';
import type { Limits, RegistryAccess } from './settings.ts';

/** What is sent: bytes, or a stream that can be begun anew. */
export type Content =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'stream'; readonly size: number; readonly open: () => AsyncIterable<Buffer> };

export interface HttpRequest {
  readonly method: Dispatcher.HttpMethod;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly content?: Content;
  readonly signal: AbortSignal;
  /** Milliseconds until the answer begins, once all is sent. */
  readonly answerMs: number;
  /** Of a GET: whether the body's chunks may be lent, each good only until the next is asked for. */
  readonly lends?: boolean;
}

/** The body of an answer: read by whoever goes through it, or let go of. */
export interface AnswerBody extends AsyncIterable<Buffer> {
  [Symbol.asyncIterator](): AsyncIterator<Buffer>;
  /** Reads what is left when that is short, and cuts it off otherwise. */
  dump(options: { readonly limit: number; readonly signal: AbortSignal }): Promise<void>;
  destroy(): void;
}

/** An answer whose body is still to be read, or dropped. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Dispatcher.ResponseData['headers'];
  readonly body: AnswerBody;
  /** Where it came from: another address than was asked after a redirect. */
  readonly url: URL;
}

const KEEP_ALIVE_MS = 15_000;

const ALWAYS = { 'user-agent': 'tidegate', 'accept-encoding': 'identity' };

/** Bytes, more than undici's sockets buffer: a chunk of that size is with the kernel before the next is asked for. */
const WRITTEN = 96 * 1024;

/** Connections to one registry, and to where it sends us. They are kept alive, and hold no process. */
export class Transport {
  readonly #own: Way;
  readonly #elsewhere: Way;

  constructor(
    private readonly origin: URL,
    { ca, client }: RegistryAccess,
    limits: Limits,
  ) {
    const trust = ca === undefined ? {} : { ca: [...tls.rootCertificates, ca] };
    this.#elsewhere = wayWith(limits, trust);
    // Our certificate is for the registry, and for nobody that it names.
    this.#own = client === undefined ? this.#elsewhere : wayWith(limits, { ...trust, cert: client.certificate, key: client.key.reveal() });
  }

  /** One exchange, without redirects. Throws undici's and the socket's errors. */
  async send(asked: HttpRequest): Promise<HttpAnswer> {
    const { method, url, headers, content, signal, answerMs, lends = false } = asked;
    const way = url.origin === this.origin.origin ? this.#own : this.#elsewhere;
    const lent = lends ? await askLending({ ...asked, headers: { ...ALWAYS, ...headers } }, way.lending) : undefined;
    if (lent !== undefined) return lent;
    // undici gives a connection back one turn of the event loop after its answer's end; a new one would cost a handshake.
    if (url.protocol === 'https:') await turn();
    const { statusCode, ...answer } = await request.call(way.agent, {
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method,
      headers: { ...ALWAYS, ...headers, ...lengthOf(method, content) },
      body: bodyOf(content),
      signal,
      headersTimeout: answerMs,
      // undici would close a connection after each HEAD, in fear of servers that send a body.
      reset: false,
    });
    return { status: statusCode, headers: answer.headers, body: answer.body, url };
  }

  async close(): Promise<void> {
    await Promise.all([this.#own.agent.destroy(), this.#elsewhere.agent.destroy()]);
  }
}

/** Connections of one kind. */
interface Way {
  readonly agent: Dispatcher;
  readonly lending: LendingOptions;
}

/** Authorities take a while to read, so it is done once and not for each connection. */
function wayWith({ connectMs, idleMs }: Limits, options: tls.SecureContextOptions): Way {
  const secureContext = tls.createSecureContext(options);
  const connect = { timeout: connectMs, secureContext };
  return {
    agent: new Agent({ connect, bodyTimeout: idleMs, keepAliveTimeout: KEEP_ALIVE_MS }),
    lending: { secureContext, connectMs, idleMs },
  };
}

function bodyOf(content: Content | undefined): NonNullable<Dispatcher.DispatchOptions['body']> | null {
  if (content === undefined) return null;
  // undici takes any iterable, and its types name streams alone.
  return content.kind === 'bytes' ? content.bytes : (ownedBySocket(content.open()) as AsyncIterable<Buffer> & Readable);
}

/** What is lent until the next chunk is asked for may still wait in the socket then, if it is small: that is copied. */
async function* ownedBySocket(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  for await (const chunk of chunks) yield chunk.length < WRITTEN ? Buffer.from(chunk) : chunk;
}

function lengthOf(method: Dispatcher.HttpMethod, content: Content | undefined): Record<string, string> {
  if (content !== undefined) return { 'content-length': String(content.kind === 'bytes' ? content.bytes.length : content.size) };
  return method === 'POST' || method === 'PUT' || method === 'PATCH' ? { 'content-length': '0' } : {};
}
