import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import type { Answer } from './answers.ts';
import type { LabApp } from './app.ts';
import type { ArchiveHost } from './archives.ts';
import { breakAnswer } from './broken-answers.ts';
import type { Operation } from './contract.ts';
import { exchange, type Rules } from './exchange.ts';
import type { Faults } from './faults.ts';
import type { GitRepository } from './git-repository.ts';
import type { RecordedRequest } from './local-github.ts';
import type { World } from './operations/call.ts';
import { Shapes } from './shapes.ts';
import type { Store } from './store.ts';

/** What an endpoint answers from. */
export interface Parts {
  readonly store: Store;
  readonly faults: Faults;
  readonly requests: RecordedRequest[];
  readonly rules: Rules;
  readonly manifests: Map<string, LabApp>;
  readonly git: ReadonlyMap<string, GitRepository>;
  readonly archives: ArchiveHost;
  readonly scopes: readonly string[] | undefined;
}

/** Answers every operation of the contract, as the faults let it, and keeps what it was asked. Does not listen yet. */
export function serve({ store, faults, requests, rules, scopes, ...parts }: Parts) {
  const app = fastify({ forceCloseConnections: true });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, text, done) => done(null, bodyOf(String(text))));
  const answer = async (request: FastifyRequest, reply: FastifyReply, real: (world: World) => Answer) => {
    const injected = await faults.next(request.method);
    const shapes = new Shapes(`${request.protocol}://${request.host}`);
    const given = injected === 'none' ? real({ store, shapes, app: rules.app, ...parts }) : injected;
    const { method, url: path, body } = request;
    requests.push({ method, path, body, status: typeof given === 'string' ? given : given.status });
    if (typeof given === 'string') return breakAnswer(given, request, reply);
    const headers = { ...faults.headers(), ...(scopes !== undefined && { 'x-oauth-scopes': scopes.join(', ') }) };
    return send(reply, { ...given, headers: { ...headers, ...given.headers } });
  };
  const playing = (operation: Operation | undefined) => (request: FastifyRequest, reply: FastifyReply) =>
    answer(request, reply, (world) => exchange(operation, { request, body: request.body }, rules, world));
  for (const operation of rules.contract.operations()) {
    const url = operation.path.replaceAll(/\{(\w+)\}/g, ':$1');
    app.route({ method: operation.method.toUpperCase(), url, handler: playing(operation) });
  }
  app.setNotFoundHandler(playing(undefined));
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

function send(reply: FastifyReply, answer: Answer): FastifyReply {
  const headers: Readonly<Record<string, string>> = { 'x-github-media-type': 'github.v3; format=json', ...answer.headers };
  if (answer.body === undefined) return reply.code(answer.status).headers(headers).send();
  // A page, where a test says so: what proxies and outages answer.
  if (typeof answer.body === 'string' && headers['content-type'] !== undefined)
    return reply.code(answer.status).headers(headers).send(answer.body);
  return reply.code(answer.status).headers(headers).type('application/json; charset=utf-8').send(JSON.stringify(answer.body));
}
