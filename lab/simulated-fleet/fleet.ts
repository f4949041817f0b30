import { mkdir, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { EngineAnswer } from './answer.ts';
import { SimulatedEngine } from './simulated-engine.ts';

/** Engines that are simulated, each behind a socket of its own. */
export interface SimulatedFleet {
  /** `unix:///…` of each. */
  readonly endpoints: readonly string[];
  /** Requests that all of them have answered. */
  requests(): number;
  /** What they were asked and could not answer. */
  unknown(): readonly string[];
  stop(): Promise<void>;
}

/** Starts so many engines with sockets in a folder of their own. */
export async function startFleet(directory: string, engines: number): Promise<SimulatedFleet> {
  await mkdir(directory, { recursive: true });
  let requests = 0;
  const unknown = new Set<string>();
  const start = async (place: number): Promise<readonly [string, Server]> => {
    const engine = new SimulatedEngine();
    const path = join(directory, `${place}.sock`);
    const server = createServer((request, response) => {
      requests += 1;
      // Whoever goes away meanwhile wants no answer.
      converse(engine, request, response, unknown).catch(() => response.destroy());
    });
    await new Promise<void>((listening, failed) => server.once('error', failed).listen(path, listening));
    return [`unix://${path}`, server];
  };
  const started: (readonly [string, Server])[] = [];
  for (let place = 0; place < engines; place += 1) started.push(await start(place));
  return {
    endpoints: started.map(([endpoint]) => endpoint),
    requests: () => requests,
    unknown: () => [...unknown],
    stop: async () => {
      for (const [, server] of started) {
        server.closeAllConnections();
        server.close();
      }
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function converse(engine: SimulatedEngine, request: IncomingMessage, response: ServerResponse, unknown: Set<string>): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const url = new URL(request.url ?? '/', 'http://engine');
  const answer = engine.answer({ method: request.method ?? 'GET', url, body: Buffer.concat(chunks) });
  if (answer.status === 501) unknown.add(`${request.method} ${url.pathname}`);
  send(response, answer);
}

function send(response: ServerResponse, { status, body, lines }: EngineAnswer): void {
  const text = lines === undefined ? JSON.stringify(body) : lines.map((line) => `${JSON.stringify(line)}\r\n`).join('');
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(status === 204 || status === 304 ? undefined : text);
}
