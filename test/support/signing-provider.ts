import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';

/** A provider that is nothing but keys and their description, so that a test can sign with any of them, change them, and break it. */
export interface SigningProvider {
  readonly issuer: string;
  /** How often its keys were asked for. */
  asked: number;
  /** Answers nothing but 503 while set. */
  down: boolean;
  /** Has new keys from now on. */
  rotate(): Promise<void>;
  readonly publicKey: JWK;
  sign(claims: JWTPayload, header?: { readonly alg?: string; readonly typ?: string; readonly kid?: string }): Promise<string>;
  stop(): Promise<void>;
}

export async function startSigningProvider(): Promise<SigningProvider> {
  let rotation = 0;
  let pair = await generateKeyPair('ES256', { extractable: true });
  let publicKey = await jwkOf(pair.publicKey, rotation);
  const server = createServer((request, response) => {
    if (request.url === '/keys') provider.asked += 1;
    if (provider.down) return void response.writeHead(503).end();
    const { issuer } = provider;
    const body = request.url === '/keys' ? { keys: [publicKey] } : { issuer, jwks_uri: `${issuer}/keys` };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await listen(server);
  const provider: SigningProvider = {
    issuer: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: 0,
    down: false,
    rotate: async () => {
      rotation += 1;
      pair = await generateKeyPair('ES256', { extractable: true });
      publicKey = await jwkOf(pair.publicKey, rotation);
    },
    get publicKey() {
      return publicKey;
    },
    sign: (claims, header = {}) =>
      new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: String(publicKey.kid), ...header }).sign(pair.privateKey),
    stop: () => close(server),
  };
  return provider;
}

async function jwkOf(key: Parameters<typeof exportJWK>[0], rotation: number): Promise<JWK> {
  return { ...(await exportJWK(key)), use: 'sig', alg: 'ES256', kid: `key-${rotation}` };
}

export function listen(server: Server): Promise<void> {
  return new Promise((listening) => server.listen(0, '127.0.0.1', listening));
}

export function close(server: Server): Promise<void> {
  const closed = new Promise<void>((done) => server.close(() => done()));
  server.closeAllConnections();
  return closed;
}
