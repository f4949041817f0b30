import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AppManifest, appManifest } from '../../domain/github-manifest.ts';
import { CommandFailed, Interrupted } from '../errors.ts';

export interface Callback {
  /** Where a person begins. */
  readonly url: string;
  /** The code that GitHub hands to the browser. Throws CommandFailed after ten minutes, and Interrupted. */
  code(interrupted: AbortSignal): Promise<string>;
  close(): Promise<void>;
}

export interface CallbackOptions {
  /** GitHub's page that makes Apps. */
  readonly page: string;
  readonly name: string;
  readonly serverUrl: string | undefined;
}

const PATIENCE_MS = 600_000;

/** A page on the loopback address alone, whose form hands the manifest to GitHub, and the address that GitHub sends the browser back to. */
export async function openCallback({ page, name, serverUrl }: CallbackOptions): Promise<Callback> {
  const state = randomBytes(24).toString('hex');
  let heard: (code: string) => void = () => undefined;
  const received = new Promise<string>((resolve) => {
    heard = resolve;
  });
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const manifest = appManifest({ name, redirectUrl: `${url}/callback`, serverUrl });
  server.on('request', (request, response) => answer(request, response, { start: startPage(page, state, manifest), state, heard }));
  return { url, code: (interrupted) => waitFor(received, interrupted), close: () => closed(server) };
}

interface Parts {
  readonly start: string;
  readonly state: string;
  readonly heard: (code: string) => void;
}

function answer(request: IncomingMessage, response: ServerResponse, parts: Parts): void {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const code = codeOf(url, parts.state);
  const [status, body] = refusalOf(request) ?? pageAt(url.pathname, parts.start, code);
  say(response, status, body);
  if (status === 200 && code !== undefined) parts.heard(code);
}

/** A name of somebody's that leads to this machine is not this address: its pages could read what is said here. */
function refusalOf({ method, headers, socket }: IncomingMessage): readonly [number, string] | undefined {
  if (headers.host !== `127.0.0.1:${socket.localPort}`) return [421, 'This is answered at another address.'];
  return method === 'GET' ? undefined : [405, 'Only GET is answered here.'];
}

function pageAt(path: string, start: string, code: string | undefined): readonly [number, string] {
  if (path === '/') return [200, start];
  if (path !== '/callback') return [404, 'There is nothing here.'];
  if (code === undefined) return [400, 'This is not the answer to what was asked from here.'];
  return [200, 'The App is made. You can close this page and go back to the terminal.'];
}

/** What GitHub sent the browser back with, where it is an answer to our question. */
function codeOf({ pathname, searchParams }: URL, state: string): string | undefined {
  const code = searchParams.get('code') ?? '';
  const isAnswer = pathname === '/callback' && code !== '' && isSame(searchParams.get('state') ?? '', state);
  return isAnswer ? code : undefined;
}

/** Another page on this machine could send a browser here with a code of its own. */
function isSame(given: string, state: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(state)];
  return one.length === other.length && timingSafeEqual(one, other);
}

function startPage(page: string, state: string, manifest: AppManifest): string {
  const action = escaped(`${page}?state=${state}`);
  return `<form action="${action}" method="post"><input type="hidden" name="manifest" value="${escaped(JSON.stringify(manifest))}">
<p>GitHub is asked to make the App <strong>${escaped(manifest.name)}</strong> with these rights:</p>
<ul>${Object.entries(manifest.default_permissions)
    .map(([right, access]) => `<li>${escaped(right)}: ${access}</li>`)
    .join('')}</ul><button>Go on to GitHub</button></form>`;
}

function say(response: ServerResponse, status: number, body: string): void {
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    connection: 'close',
  };
  response.writeHead(status, headers).end(`<!doctype html><title>Tidegate</title>${body}`);
}

async function waitFor(code: Promise<string>, interrupted: AbortSignal): Promise<string> {
  const ended = AbortSignal.any([interrupted, AbortSignal.timeout(PATIENCE_MS)]);
  const over = new Promise<never>((_resolve, reject) => {
    const end = () => reject(interrupted.aborted ? new Interrupted('Interrupted; no App came back from GitHub') : TOO_LATE);
    if (ended.aborted) end();
    else ended.addEventListener('abort', end, { once: true });
  });
  return await Promise.race([code, over]);
}

const TOO_LATE = new CommandFailed('Nobody agreed to the App within ten minutes', 'begin again');

async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
