import type { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import tls from 'node:tls';
import type { Dispatcher } from 'undici';
import request from 'undici/lib/api/api-request.js';
import Agent from 'undici/lib/dispatcher/agent.js';
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
}

/** An answer whose body is still to be read, or dropped. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Dispatcher.ResponseData['headers'];
  readonly body: Dispatcher.ResponseData['body'];
  /** Where it came from: another address than was asked after a redirect. */
  readonly url: URL;
}

const KEEP_ALIVE_MS = 15_000;

/** Connections to one registry, and to where it sends us. They are kept alive, and hold no process. */
export class Transport {
  readonly #own: Dispatcher;
  readonly #elsewhere: Dispatcher;

  constructor(
    private readonly origin: URL,
    { ca, client }: RegistryAccess,
    limits: Limits,
  ) {
    const trust = ca === undefined ? {} : { ca: [...tls.rootCertificates, ca] };
    this.#elsewhere = agent(limits, trust);
    // Our certificate is for the registry, and for nobody that it names.
    this.#own = client === undefined ? this.#elsewhere : agent(limits, { ...trust, cert: client.certificate, key: client.key.reveal() });
  }

  /** One exchange, without redirects. Throws undici's and the socket's errors. */
  async send({ method, url, headers, content, signal, answerMs }: HttpRequest): Promise<HttpAnswer> {
    // undici gives a connection back one turn of the event loop after its answer's end; a new one would cost a handshake.
    if (url.protocol === 'https:') await turn();
    const { statusCode, ...answer } = await request.call(url.origin === this.origin.origin ? this.#own : this.#elsewhere, {
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method,
      headers: { 'user-agent': 'tidegate', 'accept-encoding': 'identity', ...headers, ...lengthOf(method, content) },
      body: bodyOf(content),
      signal,
      headersTimeout: answerMs,
      // undici would close a connection after each HEAD, in fear of servers that send a body.
      reset: false,
    });
    return { status: statusCode, headers: answer.headers, body: answer.body, url };
  }

  async close(): Promise<void> {
    await Promise.all([this.#own.destroy(), this.#elsewhere.destroy()]);
  }
}

/** Authorities take a while to read, so it is done once and not for each connection. */
function agent(limits: Limits, options: tls.SecureContextOptions): Dispatcher {
  const secureContext = tls.createSecureContext(options);
  return new Agent({
    connect: { timeout: limits.connectMs, secureContext },
    bodyTimeout: limits.idleMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
  });
}

function bodyOf(content: Content | undefined): NonNullable<Dispatcher.DispatchOptions['body']> | null {
  if (content === undefined) return null;
  // undici takes any iterable, and its types name streams alone.
  return content.kind === 'bytes' ? content.bytes : (content.open() as AsyncIterable<Buffer> & Readable);
}

function lengthOf(method: Dispatcher.HttpMethod, content: Content | undefined): Record<string, string> {
  if (content !== undefined) return { 'content-length': String(content.kind === 'bytes' ? content.bytes.length : content.size) };
  return method === 'POST' || method === 'PUT' || method === 'PATCH' ? { 'content-length': '0' } : {};
}
