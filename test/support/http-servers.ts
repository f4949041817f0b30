import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';

export type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

/** A request that a server was sent. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
}

/** A server on loopback that remembers what it was sent. */
export interface HttpServer {
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  readonly seen: readonly Seen[];
  /** How many connections were made to it. */
  readonly connections: () => number;
  /** How many of them stand. */
  readonly open: () => Promise<number>;
  readonly end: () => void;
}

/** Servers that end with a test. */
export class HttpServers {
  readonly #servers: Server[] = [];

  async serve(handler: Handler, tls?: ServerOptions): Promise<HttpServer> {
    const seen: Seen[] = [];
    let connections = 0;
    const listener: Handler = (request, response) => {
      seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers });
      // A client that breaks off while it sends is what some tests are about; a handler that fails shows as an answer that never comes.
      Promise.resolve(handler(request, response)).catch(() => response.destroy());
    };
    const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
    server.on('connection', () => {
      connections += 1;
    });
    this.#servers.push(server);
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    return {
      address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
      seen,
      connections: () => connections,
      open: () => new Promise((found) => server.getConnections((_, count) => found(count))),
      end: () => end(server),
    };
  }

  /** Ends all servers that were started since the last time. */
  end(): void {
    for (const server of this.#servers.splice(0)) end(server);
  }
}

function end(server: Server): void {
  server.close();
  server.closeAllConnections();
}
