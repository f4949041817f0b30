import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What passed a registry's door. */
export interface Traffic {
  readonly requests: number;
  /** Bodies to and from the registry, in bytes. */
  readonly bytes: number;
  /** Of these, contents of blobs. */
  readonly blobBytes: number;
}

/** A door before a registry that counts. It costs time, so what passes through it is never timed. */
export interface CountingProxy {
  /** `HOST:PORT` */
  readonly address: string;
  /** What has passed since the last reading. */
  read(): Traffic;
  close(): Promise<void>;
}

/** Opens a door before the registry at `HOST:PORT`. */
export async function openCountingProxy(registry: string): Promise<CountingProxy> {
  let seen = { requests: 0, bytes: 0, blobBytes: 0 };
  const server = createServer((incoming, outgoing) => {
    seen.requests += 1;
    pass(registry, incoming, outgoing, (bytes, ofBlob) => {
      seen.bytes += bytes;
      if (ofBlob) seen.blobBytes += bytes;
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    read: () => {
      const traffic = seen;
      seen = { requests: 0, bytes: 0, blobBytes: 0 };
      return traffic;
    },
    close: () => close(server),
  };
}

/** The registry is told the door's own address, so that the places which it names lead through the door again. */
function pass(
  registry: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  count: (bytes: number, ofBlob: boolean) => void,
): void {
  const [host, port] = registry.split(':');
  const { method, url: path = '', headers } = incoming;
  const isBlob = path.includes('/blobs/');
  const upstream = request({ host, port, method, path, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    // What explains a failure is no content.
    answer.on('data', (chunk: Buffer) => count(chunk.length, isBlob && (answer.statusCode ?? 502) < 300));
    answer.pipe(outgoing);
    answer.once('error', () => outgoing.destroy());
  });
  incoming.on('data', (chunk: Buffer) => count(chunk.length, isBlob));
  incoming.pipe(upstream);
  upstream.once('error', () => outgoing.destroy());
  incoming.once('error', () => upstream.destroy());
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((done) => server.close(() => done()));
}
