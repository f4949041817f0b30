import { randomUUID } from 'node:crypto';
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import type { Secret } from '../../domain/secret.ts';
import type { Answer } from './answers.ts';
import { LabApp, type LabAppOptions, type Permissions } from './app.ts';
import { ArchiveHost } from './archives.ts';
import { officialContract } from './contract.ts';
import { exchange, type Rules } from './exchange.ts';
import { Faults, type InjectedFailure, type Limit } from './faults.ts';
import { GitRepository } from './git-repository.ts';
import type { World } from './operations/call.ts';
import { checkRuns } from './operations/check-runs.ts';
import { awaitedBy, runOf } from './operations/runs.ts';
import type { LocalAccount, RecordedComment, RecordedDelivery } from './repository-records.ts';
import { Shapes } from './shapes.ts';
import { type CheckRun, type Recorded, type RecordedStatus, type RepositoryName, Store } from './store.ts';
import { commonPayload, protectionPayload, pushPayload, REPOSITORY_ID, sendToHooks } from './webhooks.ts';

export interface LocalGitHubOptions {
  /** Who asks with another token, or with none, gets 401. */
  readonly token: Secret;
  /** Where records are kept, so that they outlive a restart; without it they live in memory. */
  readonly directory?: string;
  /** A free one by default. */
  readonly port?: number;
  /** `owner/repo` of the repositories that exist; every one does by default. */
  readonly repositories?: readonly string[];
  /** A GitHub App that is registered, whose installation's tokens count beside the token. */
  readonly app?: LabAppOptions;
  /** What the token may do, as a fine-grained one; everything by default. */
  readonly permissions?: Permissions;
  /** The scopes of a classic token, which every answer tells; by default it is none. */
  readonly scopes?: readonly string[];
}

export interface RecordedRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body: unknown;
  /** What was answered; `cut` is a connection closed without an answer. */
  readonly status: number | 'cut' | 'endless' | 'truncated';
}

/** A GitHub of one's own, for the demo and the tests. */
export interface LocalGitHub {
  /** The address of its REST API, without a slash at the end. */
  readonly url: string;
  stop(): Promise<void>;
  /** What a commit was told, oldest first. */
  statuses(owner: string, repo: string, sha: string): readonly RecordedStatus[];
  /** What else it was told of a repository, oldest first: the records of a kind. */
  records<Kind extends Recorded['kind']>(kind: Kind, owner: string, repo: string): readonly Extract<Recorded, { kind: Kind }>[];
  /** The check runs of a commit as they are now, oldest first. */
  checkRuns(owner: string, repo: string, sha: string): readonly CheckRun[];
  /** A status that was there before, as if somebody had posted it. */
  seedStatus(owner: string, repo: string, status: Pick<RecordedStatus, 'sha' | 'context' | 'state'>): void;
  /** The App that is registered. Throws where there is none. */
  app(): LabApp;
  /** The code that GitHub's page would hand over once a person has agreed to make the App. */
  agreeToManifest(app: LabAppOptions): string;
  /** Every request since the start, oldest first. */
  requests(): readonly RecordedRequest[];
  /** Puts a commit on top of a branch, or moves a tag to it, as if somebody had pushed, and tells every hook. Resolves when each has answered or not. */
  push(name: RepositoryName, pushed: LocalPush): Promise<void>;
  /** Tells every hook of something else. */
  tell(name: RepositoryName, event: string, payload: Readonly<Record<string, unknown>>): Promise<void>;
  /** As somebody adds a webhook in the settings: of a repository, of an organisation (`organizationPlace`), or of the App (`APP_PLACE`). */
  addHook(name: RepositoryName, hook: { readonly url: string; readonly secret: string; readonly events: readonly string[] }): void;
  /** Keeps that a hook was sent something, by whoever sent it instead. `statusCode` 0 is no answer. */
  keepDelivery(name: RepositoryName, delivery: Pick<RecordedDelivery, 'guid' | 'event' | 'payload' | 'statusCode'>): void;
  /** As somebody writes below an issue; its hooks are told. Returns the comment's id. */
  comment(name: RepositoryName, issue: number, body: string, author: LocalAccount): Promise<number>;
  /** What was written below issues, oldest first. */
  comments(name: RepositoryName): readonly RecordedComment[];
  /** Shows a repository that git has in a folder as its own: commits, files, comparisons and archives of it are git's. */
  showGit(name: RepositoryName, directory: string): void;
  /** The host that archives are downloaded from: what goes wrong there next, and what it was asked. */
  readonly archives: Pick<ArchiveHost, 'failNext' | 'requests'>;
  /** As a job of GitHub Actions comes to an environment with a protection rule: the hooks are told. Returns the number of its deployment. */
  jobWaits(name: RepositoryName, job: LocalJob): Promise<number>;
  /** As somebody cancels a run: nothing of it waits any more. */
  cancelRun(name: RepositoryName, run: number): void;
  failNext(failure: InjectedFailure): void;
  /** While on, connections are closed without an answer. */
  outage(on: boolean): void;
  /** So many requests are still answered, then the primary rate limit is reached; undefined takes it away. */
  limit(limit: Limit | undefined): void;
  /** The next answers begin and never end. */
  endlessNext(times: number): void;
  /** The next answers break off in their middle. */
  truncateNext(times: number): void;
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
  const registered = options.app === undefined ? undefined : new LabApp(options.app);
  const { token, repositories, permissions } = options;
  const rules: Rules = { contract: officialContract(), token, repositories, permissions, app: registered };
  const manifests = new Map<string, LabApp>();
  const git = new Map<string, GitRepository>();
  const archives = await ArchiveHost.open(git);
  const app = serve({ store, faults, requests, rules, manifests, git, archives, scopes: options.scopes });
  const url = await app.listen({ host: '127.0.0.1', port: options.port ?? 0 });
  return {
    url,
    stop: async () => void (await Promise.all([app.close(), archives.close()])),
    showGit: ({ owner, repo }, directory) => void git.set(`${owner}/${repo}`.toLowerCase(), new GitRepository(directory)),
    archives,
    statuses: (owner, repo, sha) => store.of('status', { owner, repo }).filter((status) => status.sha === sha),
    records: (kind, owner, repo) => store.of(kind, { owner, repo }),
    checkRuns: (owner, repo, sha) => checkRuns(store.of('check-run', { owner, repo })).filter((run) => run.sha === sha),
    seedStatus: (owner, repo, status) => void store.add({ kind: 'status', owner, repo, ...status, description: null, targetUrl: null }),
    app: () => {
      if (registered === undefined) throw new Error('No App is registered at this local GitHub');
      return registered;
    },
    agreeToManifest: (made) => {
      const code = randomUUID();
      manifests.set(code, new LabApp(made));
      return code;
    },
    requests: () => [...requests],
    push: async (name, pushed) => {
      const before = recordPush(store, name, pushed);
      if (pushed.isTold !== false)
        await sendToHooks(store, name, 'push', pushPayload(name, { ref: pushed.ref, before, after: pushed.sha, by: pushed.by }));
    },
    tell: (name, event, payload) => sendToHooks(store, name, event, payload),
    addHook: (name, hook) => void store.add({ kind: 'hook', ...name, ...hook }),
    keepDelivery: (name, delivery) => {
      const hook = store.of('hook', name)[0]?.id ?? 0;
      store.add({ kind: 'delivery', ...name, hook, action: null, ...delivery });
    },
    comment: async (name, issue, body, author) => {
      const { id } = store.add({ kind: 'comment', ...name, issue, body, author });
      const user = { type: 'User', ...author };
      await sendToHooks(store, name, 'issue_comment', {
        action: 'created',
        issue: { number: issue },
        comment: { id, body, user },
        ...commonPayload(name, author),
      });
      return id;
    },
    comments: (name) => store.of('comment', name),
    jobWaits: async (name, { run, environment, sha, branch = 'main', event = 'push', headRepository = REPOSITORY_ID }) => {
      const waitsFor = [...new Set([...awaitedBy(store, name, run), environment])];
      store.add({ kind: 'run', ...name, run, sha, branch, event, headRepository, waitsFor });
      const { id: deployment } = store.add({
        kind: 'deployment',
        ...name,
        ref: sha,
        task: 'deploy',
        environment,
        description: null,
        payload: {},
      });
      await sendToHooks(
        store,
        name,
        'deployment_protection_rule',
        protectionPayload(name, { api: url, run, deployment, environment, sha, event }),
      );
      return deployment;
    },
    cancelRun: (name, run) => {
      const { id: _, createdAt: __, ...last } = runOf(store, name, run) ?? never(run);
      store.add({ ...last, waitsFor: [] });
    },
    failNext: (failure) => faults.failNext(failure),
    outage: (on) => faults.outage(on),
    slow: (milliseconds) => faults.slow(milliseconds),
    limit: (limit) => faults.limit(limit),
    endlessNext: (times) => faults.endlessNext(times),
    truncateNext: (times) => faults.truncateNext(times),
  };
}

export interface LocalJob {
  readonly run: number;
  readonly environment: string;
  readonly sha: string;
  /** `main` by default. */
  readonly branch?: string;
  /** `push` by default. */
  readonly event?: string;
  /** The id of another repository, where it runs for a fork. */
  readonly headRepository?: number;
}

function never(run: number): never {
  throw new Error(`The local GitHub has no run ${run}`);
}

/** A commit and where it was pushed to. */
export interface LocalPush {
  /** `heads/main` or `tags/v1`. */
  readonly ref: string;
  readonly sha: string;
  readonly by: LocalAccount;
  readonly files?: readonly string[];
  /** False is a push whose webhook is lost. */
  readonly isTold?: boolean;
}

/** Returns where the branch was before. */
function recordPush(store: Store, name: RepositoryName, { ref, sha, by, files = [] }: LocalPush): string {
  const before = store.of('ref', name).findLast((record) => record.ref === ref)?.sha ?? '';
  if (!store.of('commit', name).some((record) => record.sha === sha)) store.add({ kind: 'commit', ...name, sha, parent: before, files });
  store.add({ kind: 'ref', ...name, ref, sha, by, before });
  return before === '' ? '0'.repeat(40) : before;
}

interface Parts {
  readonly store: Store;
  readonly faults: Faults;
  readonly requests: RecordedRequest[];
  readonly rules: Rules;
  readonly manifests: Map<string, LabApp>;
  readonly git: ReadonlyMap<string, GitRepository>;
  readonly archives: ArchiveHost;
  readonly scopes: readonly string[] | undefined;
}

function serve({ store, faults, requests, rules, scopes, ...parts }: Parts) {
  const app = fastify({ forceCloseConnections: true });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, text, done) => done(null, bodyOf(String(text))));
  const answer = async (request: FastifyRequest, reply: FastifyReply, real: (world: World) => Answer) => {
    const injected = await faults.next(request.method);
    const shapes = new Shapes(`${request.protocol}://${request.host}`);
    const given = injected === 'none' ? real({ store, shapes, app: rules.app, ...parts }) : injected;
    requests.push({
      method: request.method,
      path: request.url,
      body: request.body,
      status: typeof given === 'string' ? given : given.status,
    });
    if (given === 'cut') return cut(request, reply);
    if (given === 'endless') return trickle(reply);
    if (given === 'truncated') return breakOff(reply);
    const headers = { ...faults.headers(), ...(scopes !== undefined && { 'x-oauth-scopes': scopes.join(', ') }) };
    return send(reply, { ...given, headers: { ...headers, ...given.headers } });
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

/** One byte after the other, for as long as somebody listens. */
function trickle(reply: FastifyReply): FastifyReply {
  reply.hijack();
  reply.raw.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
  const timer = setInterval(() => reply.raw.write(' '), 5);
  reply.raw.on('close', () => clearInterval(timer));
  return reply;
}

/** Half of what the headers promise, and then the end of the connection. */
function breakOff(reply: FastifyReply): FastifyReply {
  reply.hijack();
  reply.raw.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': '100' });
  reply.raw.write('{"id": 1, "sha": "aaaa', () => reply.raw.socket?.destroy());
  return reply;
}

function send(reply: FastifyReply, answer: Answer): FastifyReply {
  const headers: Readonly<Record<string, string>> = { 'x-github-media-type': 'github.v3; format=json', ...answer.headers };
  if (answer.body === undefined) return reply.code(answer.status).headers(headers).send();
  // A page, where a test says so: what proxies and outages answer.
  if (typeof answer.body === 'string' && headers['content-type'] !== undefined)
    return reply.code(answer.status).headers(headers).send(answer.body);
  return reply.code(answer.status).headers(headers).type('application/json; charset=utf-8').send(JSON.stringify(answer.body));
}
