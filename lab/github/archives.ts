import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGzip } from 'node:zlib';
import type { GitRepository } from './git-repository.ts';
import type { RepositoryName } from './store.ts';

/** What goes wrong with the next archive: bytes are sent instead of the real ones. */
export type ArchiveFailure = 'loop' | 'silent' | 'endless' | 'cut' | 'page' | 'gone' | Buffer;

/** What the host of archives was asked, to see that nothing of ours reached it. */
export interface ArchiveRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** The other host, from which GitHub lets archives be downloaded: it knows nobody, and an address holds the right to it. */
export class ArchiveHost {
  readonly #git: ReadonlyMap<string, GitRepository>;
  readonly #server: Server;
  readonly #rights = new Set<string>();
  readonly #failures: ArchiveFailure[] = [];
  readonly #requests: ArchiveRequest[] = [];

  private constructor(git: ReadonlyMap<string, GitRepository>) {
    this.#git = git;
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  static async open(git: ReadonlyMap<string, GitRepository>): Promise<ArchiveHost> {
    const host = new ArchiveHost(git);
    await new Promise<void>((listening) => host.#server.listen(0, '127.0.0.1', listening));
    return host;
  }

  /** Where one archive may be had from. */
  addressOf({ owner, repo }: RepositoryName, ref: string): string {
    const right = randomBytes(16).toString('hex');
    this.#rights.add(right);
    return `${this.#url()}/${owner}/${repo}/legacy.tar.gz/${encodeURIComponent(ref)}?token=${right}`;
  }

  failNext(failure: ArchiveFailure): void {
    this.#failures.push(failure);
  }

  requests(): readonly ArchiveRequest[] {
    return [...this.#requests];
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((closed) => this.#server.close(() => closed()));
  }

  #url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url ?? '', this.#url());
    this.#requests.push({ path: pathname, headers: request.headers });
    const failure = this.#failures.shift();
    if (failure === undefined) this.#send(response, pathname, searchParams);
    else fail(failure, response, request.url ?? '', (again) => this.#failures.unshift(again));
  }

  #send(response: ServerResponse, pathname: string, searchParams: URLSearchParams): void {
    const archive = this.#rights.has(searchParams.get('token') ?? '') ? this.#archive(pathname) : undefined;
    if (archive === undefined) response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('404: Not Found');
    else response.writeHead(200, { 'content-type': 'application/x-gzip' }).end(archive);
  }

  #archive(pathname: string): Buffer | undefined {
    const [, owner = '', repo = '', , ref = ''] = pathname.split('/');
    const git = this.#git.get(`${owner}/${repo}`.toLowerCase());
    const commit = git?.resolve(decodeURIComponent(ref));
    return commit === undefined ? undefined : git?.tarball(commit, `${owner}-${repo}-${commit.slice(0, 7)}`);
  }
}

function fail(failure: ArchiveFailure, response: ServerResponse, url: string, again: (failure: ArchiveFailure) => void): void {
  const gzip = { 'content-type': 'application/x-gzip' };
  if (failure === 'loop') {
    again(failure);
    response.writeHead(302, { location: url }).end();
  } else if (failure === 'silent') response.writeHead(200, gzip).write(Buffer.from([0x1f, 0x8b]));
  else if (failure === 'endless') endless(response.writeHead(200, gzip));
  else if (failure === 'cut')
    response.writeHead(200, { ...gzip, 'content-length': 10_000 }).write(Buffer.from([0x1f, 0x8b]), () => response.destroy());
  else if (failure === 'page') response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Sign in</title>');
  else if (failure === 'gone') response.writeHead(404).end('404: Not Found');
  else response.writeHead(200, gzip).end(failure);
}

/** Nothing, compressed, for as long as somebody listens: a kilobyte of it is a megabyte. */
function endless(response: ServerResponse): void {
  const gzip = createGzip();
  gzip.pipe(response);
  const more = (): void => {
    while (!response.destroyed && gzip.write(Buffer.alloc(1024 * 1024)));
  };
  gzip.on('drain', more);
  response.on('close', () => gzip.destroy());
  more();
}
