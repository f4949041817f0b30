import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** Opens the server on an address, loopback unless told otherwise; port 0 takes a free one. Throws PortTaken. */
export async function listen(server: FastifyInstance, at: { readonly host?: string; readonly port: number }): Promise<string> {
  const host = at.host ?? '127.0.0.1';
  try {
    await server.listen({ host, port: at.port });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') throw new PortTaken(host, at.port, { cause: error });
    throw error;
  }
  return urlOf(server.server.address());
}

function urlOf(address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string') throw new TypeError(`Expected a TCP address, and saw ${address}`);
  return `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
}

/** Another process listens where the server should. */
export class PortTaken extends Error {
  override readonly name = 'PortTaken';

  constructor(host: string, port: number, options?: ErrorOptions) {
    super(`Another process listens on ${host}:${port}. Stop it, or choose another port with --port (0 takes a free one)`, options);
  }
}
