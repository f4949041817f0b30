import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import type { Secret } from '../../domain/secret.ts';
import type { Answer } from './answers.ts';
import { GitHubContract } from './contract.ts';
import { exchange, type Rules } from './exchange.ts';
import { Faults, type InjectedFailure } from './faults.ts';
import type { World } from './operations.ts';
import { Shapes } from './shapes.ts';
import { type RecordedStatus, Store } from './store.ts';

export interface LocalGitHubOptions {
  /** Who asks with another token, or with none, gets 401. */
  readonly token: Secret;
  /** Where records are kept, so that they outlive a restart; without it they live in memory. */
  readonly directory?: string;
  /** A free one by default. */
  readonly port?: number;
  /** `owner/repo` of the repositories that exist; every one does by default. */
  readonly repositories?: readonly string[];
}

export interface RecordedRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body: unknown;
  /** What was answered; `cut` is a connection closed without an answer. */
  readonly status: number | 'cut';
}

/** A GitHub of one's own, for the demo and the tests. */
export interface LocalGitHub {
  /** The address of its REST API, without a slash at the end. */
  readonly url: string;
  stop(): Promise<void>;
  /** What a commit was told, oldest first. */
  statuses(owner: string, repo: string, sha: string): readonly RecordedStatus[];
  /** Every request since the start, oldest first. */
  requests(): readonly RecordedRequest[];
  failNext(failure: InjectedFailure): void;
  /** While on, connections are closed without an answer. */
  outage(on: boolean): void;
  /** Makes every answer take this much longer, in milliseconds. */
  slow(milliseconds: number): void;
}

/**
 * Starts a GitHub REST API on a loopback port that keeps what it is told and answers with it. Each request and each
 * answer is checked against GitHub's official OpenAPI description: what the description refuses gets 422 in GitHub's shape.
 * Prints nothing. Throws when the port is taken or the directory cannot be written.
 */
export async function startLocalGitHub(options: LocalGitHubOptions): Promise<LocalGitHub> {
  const store = new Store(options.directory);
  const faults = new Faults();
  const requests: RecordedRequest[] = [];
  const rules: Rules = { contract: new GitHubContract(), token: options.token, repositories: options.repositories };
  const app = serve({ store, faults, requests, rules });
  const url = await app.listen({ host: '127.0.0.1', port: options.port ?? 0 });
  return {
    url,
    stop: () => app.close(),
    statuses: (owner, repo, sha) => store.of('status', { owner, repo }).filter((status) => status.sha === sha),
    requests: () => [...requests],
    failNext: (failure) => faults.failNext(failure),
    outage: (on) => faults.outage(on),
    slow: (milliseconds) => faults.slow(milliseconds),
  };
}

interface Parts {
  readonly store: Store;
  readonly faults: Faults;
  readonly requests: RecordedRequest[];
  readonly rules: Rules;
}

function serve({ store, faults, requests, rules }: Parts) {
  const app = fastify({ forceCloseConnections: true });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, text, done) => done(null, bodyOf(String(text))));
  const answer = async (request: FastifyRequest, reply: FastifyReply, real: (world: World) => Answer) => {
    const injected = await faults.next();
    const given = injected === 'none' ? real({ store, shapes: new Shapes(`${request.protocol}://${request.host}`) }) : injected;
    requests.push({ method: request.method, path: request.url, body: request.body, status: given === 'cut' ? given : given.status });
    return given === 'cut' ? cut(request, reply) : send(reply, given);
  };
  for (const operation of rules.contract.operations()) {
    const url = operation.path.replaceAll(/\{(\w+)\}/g, ':$1');
    app.route({
      method: operation.method.toUpperCase(),
      url,
      handler: (request, reply) => answer(request, reply, (world) => exchange(operation, { request, body: request.body }, rules, world)),
    });
  }
  app.setNotFoundHandler((request, reply) =>
    answer(request, reply, (world) => exchange(undefined, { request, body: request.body }, rules, world)),
  );
  return app;
}

function bodyOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // Text instead of a value tells the exchange to refuse it, as GitHub does.
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

function cut(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.hijack();
  request.raw.socket.destroy();
  return reply;
}

function send(reply: FastifyReply, answer: Answer): FastifyReply {
  const headers = { 'x-github-media-type': 'github.v3; format=json', ...answer.headers };
  return reply.code(answer.status).headers(headers).type('application/json; charset=utf-8').send(JSON.stringify(answer.body));
}
