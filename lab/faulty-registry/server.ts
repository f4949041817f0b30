import { createServer as createPlainServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';
import { type Abilities, ALL_ABILITIES } from './abilities.ts';
import type { Access } from './access.ts';
import { MemoryBlobs } from './blob-store.ts';
import { Clock } from './clock.ts';
import { type Counter, converse } from './conversation.ts';
import { DiskBlobs } from './disk-blobs.ts';
import { Faults } from './faults.ts';
import { Journal, type Moved, type RecordedRequest } from './record.ts';
import { Registry } from './registry.ts';
import { Repositories } from './repositories.ts';
import { ordinaryRules, type TokenRules, TokenService } from './token-service.ts';
import { Uploads } from './uploads.ts';

export interface FaultyRegistryOptions {
  readonly abilities?: Partial<Abilities>;
  /** Everybody is let in without it. */
  readonly access?: WantedAccess;
  /** Where blobs are kept; in memory without it. */
  readonly directory?: string;
  readonly tls?: { readonly key: string; readonly cert: string };
  /** 127.0.0.1 without it. */
  readonly host?: string;
  readonly port?: number;
}

type WantedAccess =
  | { readonly kind: 'basic'; readonly users: Readonly<Record<string, string>> }
  /** `realm` instead of the registry's own `/token`. */
  | ({ readonly kind: 'token'; readonly realm?: string } & Partial<TokenRules>);

/** A registry of our own that does what the specification says until it is told to do something else. */
export interface FaultyRegistry {
  /** `HOST:PORT`. */
  readonly address: string;
  /** With scheme, without a slash at the end. */
  readonly url: string;
  readonly faults: Faults;
  readonly repositories: Repositories;
  readonly uploads: Uploads;
  /** The time by which tokens expire. */
  readonly clock: Clock;
  /** Undefined where nobody needs a token. */
  readonly tokens: TokenService | undefined;
  requests(): readonly RecordedRequest[];
  /** Bytes of blobs that came and went since the start, or since `forget`. */
  moved(): Moved;
  forget(): void;
  /** Connections that are open now. */
  connections(): number;
  close(): Promise<void>;
}

/** Starts one on a free port. Prints nothing. */
export async function startFaultyRegistry(options: FaultyRegistryOptions = {}): Promise<FaultyRegistry> {
  const { host = '127.0.0.1', port = 0, tls } = options;
  let url = '';
  const parts = assemble(options, () => `${url}/token`);
  const listener: RequestListener = (request, response) => void converse(parts, request, response);
  const server = tls === undefined ? createPlainServer(listener) : createTlsServer(tls, listener);
  const sockets = socketsOf(server);
  await new Promise<void>((listening, failed) => server.once('error', failed).listen(port, host, listening));
  const address = `${host}:${(server.address() as AddressInfo).port}`;
  url = `${tls === undefined ? 'http' : 'https'}://${address}`;
  const { journal, ...shown } = parts;
  return {
    ...shown,
    address,
    url,
    requests: () => journal.requests(),
    moved: () => journal.moved(),
    forget: () => journal.forget(),
    connections: () => sockets.size,
    close: () => close(server, sockets),
  };
}

function assemble(options: FaultyRegistryOptions, ownRealm: () => string) {
  const abilities = { ...ALL_ABILITIES, ...options.abilities };
  const repositories = new Repositories(options.directory === undefined ? new MemoryBlobs() : new DiskBlobs(options.directory));
  const uploads = new Uploads(repositories, abilities);
  const clock = new Clock();
  const tokens = options.access?.kind === 'token' ? new TokenService(ordinaryRules(options.access), clock) : undefined;
  const counter: Counter = {
    registry: new Registry(repositories, uploads, abilities),
    access: accessOf(options.access, tokens, ownRealm),
    tokens,
    faults: new Faults(),
    journal: new Journal(),
  };
  return { ...counter, repositories, uploads, clock };
}

function accessOf(wanted: WantedAccess | undefined, service: TokenService | undefined, ownRealm: () => string): Access {
  if (wanted?.kind === 'basic') return wanted;
  if (wanted === undefined || service === undefined) return { kind: 'everybody' };
  return { kind: 'token', service, realm: () => wanted.realm ?? ownRealm() };
}

function socketsOf(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
}

async function close(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  const closed = new Promise<void>((done) => server.close(() => done()));
  for (const socket of sockets) socket.destroy();
  await closed;
}
