import { createServer, request as forward, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** One exchange that went through. */
export interface Exchange {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly status: number;
  /** Bytes of the bodies, as they passed. */
  readonly sent: number;
  readonly received: number;
}

/** May hold an exchange up, change its `url`, or answer it itself (true). */
export type Meddle = (request: IncomingMessage, response: ServerResponse) => Promise<boolean> | boolean;

const UPLOAD = /\/blobs\/uploads\/([^?]+)/;

/** Stands before a registry and writes down what passes. */
export class CountingProxy {
  readonly exchanges: Exchange[] = [];
  meddle: Meddle = () => false;
  /** Changes what a registry answers, for what is asked with GET. */
  corrupt: (path: string, chunk: Buffer) => Buffer = (_path, chunk) => chunk;
  #passing = 0;
  #most = 0;

  private constructor(
    private readonly server: Server,
    readonly behind: string,
  ) {}

  static async start(behind: string): Promise<CountingProxy> {
    const server = createServer();
    const proxy = new CountingProxy(server, behind);
    server.on('request', (request, response) => void proxy.#pass(request, response));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return proxy;
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The most exchanges that were under way at one moment. */
  get most(): number {
    return this.#most;
  }

  forget(): void {
    this.exchanges.length = 0;
    this.#most = 0;
  }

  /** Bytes of blobs that were sent to the registry. */
  blobBytesSent(): number {
    return this.#sum(/\/blobs\/uploads\//, 'sent');
  }

  /** Bytes of blobs that the registry gave out. */
  blobBytesReceived(): number {
    return this.#sum(/\/blobs\/sha256/, 'received');
  }

  asked(method: string, path: RegExp): Exchange[] {
    return this.exchanges.filter((exchange) => exchange.method === method && path.test(exchange.path));
  }

  /** Uploads that were begun, and neither completed nor cancelled. */
  uploadsLeft(): number {
    const begun = this.asked('POST', /\/blobs\/uploads\//).filter(({ status }) => status === 202).length;
    // A registry that forgot an upload by itself says 404 when it is to be cancelled.
    const ended = [...this.asked('PUT', UPLOAD), ...this.asked('DELETE', UPLOAD)].filter(({ status }) => [201, 204, 404].includes(status));
    return begun - new Set(ended.map(({ path }) => UPLOAD.exec(path)?.[1])).size;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((done) => this.server.close(() => done()));
  }

  #sum(path: RegExp, direction: 'sent' | 'received'): number {
    return this.exchanges.filter((exchange) => path.test(exchange.path)).reduce((sum, exchange) => sum + exchange[direction], 0);
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#passing += 1;
    this.#most = Math.max(this.#most, this.#passing);
    const counts = { method: request.method ?? '', path: request.url ?? '', status: 0, sent: 0, received: 0 };
    this.exchanges.push(counts);
    try {
      if (await this.meddle(request, response)) return;
      const path = request.url ?? '';
      const [host, port] = this.behind.split(':');
      const onward = forward({ host, port, path, method: request.method, headers: request.headers, agent: false });
      const answered = new Promise<IncomingMessage>((resolve, reject) => onward.once('response', resolve).once('error', reject));
      answered.catch(() => undefined);
      await pipeline(
        request,
        counting((bytes) => (counts.sent += bytes)),
        onward,
      );
      const answer = await answered;
      counts.status = answer.statusCode ?? 0;
      response.writeHead(counts.status, answer.headers);
      const isGet = request.method === 'GET';
      await pipeline(
        answer,
        counting(
          (bytes) => (counts.received += bytes),
          (chunk) => (isGet ? this.corrupt(path, chunk) : chunk),
        ),
        response,
      );
    } catch {
      // Whoever asked is gone, or the registry is: the other side is told in the same way.
      request.destroy();
      response.destroy();
    } finally {
      this.#passing -= 1;
    }
  }
}

function counting(count: (bytes: number) => void, change: (chunk: Buffer) => Buffer = (chunk) => chunk): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      count(chunk.length);
      done(null, change(chunk));
    },
  });
}
