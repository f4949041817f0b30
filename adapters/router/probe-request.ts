import { type IncomingMessage, request } from 'node:http';
import { type RequestOptions, request as secureRequest } from 'node:https';
import type { ProbeAnswer } from '../../activities/hosts/ports.ts';
import { RouterFailed } from '../../activities/router/errors.ts';

const BODY_BYTES = 64 * 1024;

export interface ProbeRequest {
  /** The router's host, for messages. */
  readonly host: string;
  /** `address:port` at which users reach the router. */
  readonly reachAt: string;
  /** Instead of that of `reachAt`. */
  readonly port?: number;
  /** The port for TLS and the name that it is asked for; undefined is plain HTTP. */
  readonly tls?: { readonly port: number; readonly serverName: string };
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * GET over a connection of its own. What users would see as no answer is an answer here, as they say it in HTTP:
 * 504 for none in time, 502 for one cut short. Throws RouterFailed when nobody listens at the router's address.
 */
export async function sendProbe(probe: ProbeRequest): Promise<ProbeAnswer> {
  probe.signal.throwIfAborted();
  const deadline = AbortSignal.timeout(probe.timeoutMs);
  const { port } = new URL(`http://${probe.reachAt}`);
  try {
    return await exchange({
      host: hostOf(probe.reachAt),
      port: probe.tls?.port ?? probe.port ?? (port === '' ? 80 : Number(port)),
      path: probe.path,
      headers: { ...probe.headers, 'user-agent': 'tidegate', connection: 'close' },
      agent: false,
      // The authority may be the owners' own. Which name the certificate is for is checked by the router, which shows no other.
      ...(probe.tls !== undefined && { servername: probe.tls.serverName, rejectUnauthorized: false }),
      signal: AbortSignal.any([probe.signal, deadline]),
    });
  } catch (error) {
    if (probe.signal.aborted) throw probe.signal.reason;
    if (deadline.aborted) return noAnswer(504, `no answer within ${probe.timeoutMs} ms`);
    if (isCutShort(error)) return noAnswer(502, `the connection was refused by TLS or closed before the answer was complete`);
    const seen = error instanceof Error ? error.message : String(error);
    throw new RouterFailed(probe.host, `answer at ${probe.reachAt}`, seen, { cause: error });
  }
}

/** The host of `host:port`, without the brackets of IPv6. */
export function hostOf(address: string): string {
  return new URL(`http://${address}`).hostname.replace(/^\[|\]$/g, '');
}

function exchange(options: RequestOptions): Promise<ProbeAnswer> {
  return new Promise((resolve, reject) => {
    const ask = options.servername === undefined ? request : secureRequest;
    const sent = ask(options, (answer) => {
      readBody(answer).then((body) => resolve({ status: answer.statusCode ?? 0, headers: flat(answer.headers), body }), reject);
    });
    sent.on('error', reject);
    sent.end();
  });
}

async function readBody(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    // Leaving the loop closes the connection: more is not needed to know who answers.
    if (size >= BODY_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, BODY_BYTES).toString('utf8');
}

function flat(headers: IncomingMessage['headers']): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')] as const);
  return Object.fromEntries(entries);
}

function isCutShort(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return ['ECONNRESET', 'EPIPE', 'EPROTO'].includes(code) || code.startsWith('ERR_SSL_');
}

function noAnswer(status: number, body: string): ProbeAnswer {
  return { status, headers: {}, body };
}
