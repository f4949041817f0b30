import { validateHeaderValue } from 'node:http';
import net from 'node:net';
import tls from 'node:tls';
import { BodyTooSlow } from './bodies.ts';
import { headLength, lengthOf, readHead } from './http-head.ts';
import { LentChunks } from './lent-chunks.ts';
import { isRedirect } from './redirects.ts';
import type { AnswerBody, HttpAnswer, HttpRequest } from './transport.ts';

/** How a large answer is reached, and what ends waiting for it. */
export interface LendingOptions {
  readonly secureContext: tls.SecureContext;
  readonly connectMs: number;
  readonly idleMs: number;
}

/** Bytes. */
const LARGEST_HEAD = 64 * 1024;

/**
 * A GET over a connection of its own, whose body comes in few large chunks that are **lent**: each is good until the next is asked for.
 * It takes half the processor time of what undici hands over. Resolves to undefined when the answer is anything but a redirect or
 * content of a known length (RFC 9112, section 6.2): whoever asks then asks again in the ordinary way. Throws the socket's errors, BodyTooSlow and the
 * signal's reason.
 */
export async function askLending(request: HttpRequest, options: LendingOptions): Promise<HttpAnswer | undefined> {
  const reading = new LendingSocket(request, options);
  try {
    const head = readHead(await reading.head());
    // Whatever a redirect says besides where to go is not read.
    const length = head && (isRedirect(head) ? 0 : lengthOf(head));
    if (head !== undefined && length !== undefined) return { ...head, body: reading.body(length), url: request.url };
  } catch (error) {
    reading.destroy();
    throw error;
  }
  reading.destroy();
  return undefined;
}

/** One connection: asks, and hands over what comes. */
class LendingSocket {
  readonly #chunks = new LentChunks();
  readonly #socket: net.Socket;
  readonly #signal: AbortSignal;
  #first = Buffer.alloc(0);
  #isPaused = false;
  #timer: NodeJS.Timeout | undefined;
  #ended: { readonly error?: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(
    request: HttpRequest,
    private readonly options: LendingOptions,
  ) {
    const question = requestHead(request);
    this.#signal = request.signal;
    this.#socket = connect(request.url, options, { buffer: () => this.#chunks.room(), callback: (bytes) => this.#came(bytes) });
    this.#within(options.connectMs, 'it took no connection in time');
    this.#socket.once(request.url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
      this.#within(request.answerMs, 'it accepted the request and did not answer in time');
      this.#socket.write(question);
    });
    this.#socket
      .once('error', (error) => this.#end({ error }))
      .once('end', () => this.#end({}))
      .once('close', () => this.#end({}));
    this.#signal.addEventListener('abort', this.#giveUp, { once: true });
  }

  /** All up to the empty line, at most 64 KiB; less when the connection ended before. */
  async head(): Promise<string> {
    for (let bytes = Buffer.alloc(0); ; ) {
      const chunk = await this.#next(LARGEST_HEAD);
      bytes = chunk === undefined ? bytes : Buffer.concat([bytes, chunk]);
      const length = headLength(bytes);
      if (chunk !== undefined && length === undefined && bytes.length < LARGEST_HEAD) continue;
      this.#first = bytes.subarray(length ?? bytes.length);
      return bytes.toString('latin1', 0, length ?? 0);
    }
  }

  /** `length` bytes, or fewer when the connection ends before. */
  body(length: number): AnswerBody {
    clearTimeout(this.#timer);
    this.#socket.setTimeout(this.options.idleMs, () => {
      // Nobody is late while we take nothing.
      if (!this.#isPaused) this.#socket.destroy(new BodyTooSlow('its answer stopped in the middle'));
    });
    const chunks = this.#body(length);
    const destroy = () => this.destroy();
    return { [Symbol.asyncIterator]: () => chunks, destroy, dump: async () => destroy() };
  }

  destroy(): void {
    clearTimeout(this.#timer);
    this.#signal.removeEventListener('abort', this.#giveUp);
    this.#socket.destroy();
  }

  async *#body(length: number): AsyncGenerator<Buffer> {
    try {
      for (let left = length; left > 0; ) {
        const chunk = this.#first.length > 0 ? this.#begin(left) : await this.#next(left);
        if (chunk === undefined) return;
        left -= chunk.length;
        yield chunk;
      }
    } finally {
      this.destroy();
    }
  }

  /** What came together with the head. */
  #begin(most: number): Buffer {
    const chunk = this.#first.subarray(0, most);
    this.#first = this.#first.subarray(this.#first.length);
    return chunk;
  }

  async #next(most: number): Promise<Buffer | undefined> {
    for (;;) {
      this.#signal.throwIfAborted();
      const chunk = this.#chunks.take(most);
      if (this.#isPaused && this.#chunks.hasRoom) this.#resume();
      if (chunk !== undefined) return chunk;
      if (this.#ended?.error !== undefined) throw this.#ended.error;
      if (this.#ended !== undefined) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #came(bytes: number): boolean {
    const goesOn = this.#chunks.filled(bytes);
    // TLS hands over what it had decrypted already although it was told to stop; only `#resume` starts it again.
    if (!goesOn) this.#isPaused = true;
    this.#wake?.();
    return goesOn;
  }

  #resume(): void {
    this.#isPaused = false;
    this.#socket.resume();
  }

  #within(ms: number, seen: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#socket.destroy(new BodyTooSlow(seen)), ms);
  }

  #end(how: { readonly error?: unknown }): void {
    this.#ended ??= how;
    this.#wake?.();
  }

  readonly #giveUp = (): void => {
    this.#socket.destroy();
    this.#wake?.();
  };
}

function connect(url: URL, { secureContext }: LendingOptions, onread: net.OnReadOpts): net.Socket {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (url.protocol === 'http:') return net.connect({ host, port: Number(url.port || 80), onread });
  const name = net.isIP(host) === 0 ? { servername: host } : {};
  const secure: tls.ConnectionOptions = { host, port: Number(url.port || 443), secureContext, ALPNProtocols: ['http/1.1'], ...name };
  // Node's documentation of `tls.connect` takes all options of `net.connect`; its types leave this one out.
  return tls.connect(Object.assign(secure, { onread }));
}

function requestHead({ url, headers }: HttpRequest): string {
  const all = { host: url.host, ...headers, connection: 'close' };
  const lines = Object.entries(all).map(([name, value]) => {
    validateHeaderValue(name, value);
    return `${name}: ${value}\r\n`;
  });
  return `GET ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join('')}\r\n`;
}
