import { randomUUID } from 'node:crypto';
import { Duplex } from 'node:stream';
import { Server, ServerCredentials, type ServiceDefinition, status, type UntypedHandleCall } from '@grpc/grpc-js';
import type Docker from 'dockerode';
import type { Secret } from '../../../domain/secret.ts';
import { callEngine, type Engine } from '../engine-calls.ts';
import { fieldsOf, messageOf, textIn } from './fields.ts';

/** What a build by BuildKit asks us for while it goes on. */
export interface BuildSession {
  /** For the build's `session`. */
  readonly id: string;
  /** Ids that steps asked for and that are not given, in their order. */
  readonly unknown: readonly string[];
  close(): void;
}

/** What it is given there. */
export interface SessionGifts {
  readonly secrets: ReadonlyMap<string, Secret>;
  /** Credentials by registry, as the engine knows them. */
  readonly registries: Docker.RegistryConfig;
}

const GET_SECRET = '/moby.buildkit.secrets.v1.Secrets/GetSecret';
const CREDENTIALS = '/moby.filesync.v1.Auth/Credentials';
const HEALTH = '/grpc.health.v1.Health/Check';
const NAME = 'tidegate';
/** HealthCheckResponse: `status` (1) is SERVING (1). */
const SERVING = Buffer.from([0x08, 0x01]);

/**
 * Opens a session with the engine's BuildKit, on which it asks for secrets when a step mounts them, and for credentials when it fetches an image: they go from memory to memory, and into nothing that
 * is kept (https://github.com/moby/buildkit, session/secrets/secrets.proto). Throws EngineAnswer where the engine knows no sessions, and EngineUnreachable.
 */
export async function openSecretSession(engine: Engine, gifts: SessionGifts, signal: AbortSignal): Promise<BuildSession> {
  const id = randomUUID();
  const socket = await callEngine(engine, 'open a session for a build', { signal }, (abortSignal) => dial(engine.docker, id, abortSignal));
  const unknown: string[] = [];
  const server = serverOf(gifts, (missing) => void (unknown.includes(missing) || unknown.push(missing)));
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  // Without the marks of TLS, by which HTTP/2 would be refused where the engine is reached through TLS: the upgrade has settled it already.
  const connection = Duplex.from({ readable: socket, writable: socket });
  // The build fails then, and says more.
  for (const end of [socket, connection]) end.on('error', () => {});
  injector.injectConnection(connection);
  const close = (): void => {
    injector.destroy();
    server.forceShutdown();
    connection.destroy();
    socket.destroy();
  };
  return { id, unknown, close };
}

function dial(docker: Docker, id: string, abortSignal: AbortSignal): Promise<Duplex> {
  const headers = {
    Upgrade: 'h2c',
    'X-Docker-Expose-Session-Uuid': id,
    'X-Docker-Expose-Session-Name': NAME,
    'X-Docker-Expose-Session-Grpc-Method': [GET_SECRET, CREDENTIALS, HEALTH],
  };
  // An answer without an upgrade is no session, whatever its status.
  const options = { path: '/session', method: 'POST', hijack: true, headers, abortSignal, statusCodes: {} };
  return new Promise((resolve, reject) => {
    docker.modem.dial(options, (error, socket) => (error ? reject(error) : resolve(socket as Duplex)));
  });
}

function serverOf({ secrets, registries }: SessionGifts, onUnknown: (id: string) => void): Server {
  const server = new Server();
  addCall(server, HEALTH, () => SERVING);
  addCall(server, GET_SECRET, (request) => {
    const id = textIn(fieldsOf(request), 1);
    const secret = secrets.get(id);
    if (secret !== undefined) return messageOf(1, Buffer.from(secret.reveal(), 'utf8'));
    onUnknown(id);
    return undefined;
  });
  addCall(server, CREDENTIALS, (request) => credentialFor(textIn(fieldsOf(request), 1), registries));
  return server;
}

/** CredentialsResponse (https://github.com/moby/buildkit, session/auth/auth.proto): user name and secret, or no user name and an identity token; empty is nobody. */
function credentialFor(host: string, registries: Docker.RegistryConfig): Buffer {
  const address = host === 'registry-1.docker.io' ? 'https://index.docker.io/v1/' : host;
  const {
    username = '',
    password = '',
    identitytoken = '',
  }: Partial<Docker.AuthConfigObject & { identitytoken: string }> = Object.hasOwn(registries, address) ? (registries[address] ?? {}) : {};
  const [user, secret] = identitytoken === '' ? [username, password] : ['', identitytoken];
  return Buffer.concat([messageOf(1, Buffer.from(user)), messageOf(2, Buffer.from(secret))]);
}

/** One method that takes bytes and gives bytes; undefined is NOT_FOUND. */
function addCall(server: Server, path: string, answer: (request: Buffer) => Buffer | undefined): void {
  const same = (bytes: Buffer): Buffer => bytes;
  const shape = { requestStream: false, responseStream: false, requestSerialize: same, requestDeserialize: same } as const;
  const definition: ServiceDefinition = { call: { path, ...shape, responseSerialize: same, responseDeserialize: same } };
  const handle: UntypedHandleCall = (
    { request }: { readonly request: Buffer },
    done: (error: { readonly code: status; readonly details: string } | null, value?: Buffer) => void,
  ) => {
    const found = answer(request);
    if (found === undefined) done({ code: status.NOT_FOUND, details: 'no such secret' });
    else done(null, found);
  };
  server.addService(definition, { call: handle });
}
