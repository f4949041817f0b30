import { Octokit } from 'octokit';
import type { Secret } from '../../domain/secret.ts';
import { appAuthorization } from './app-authorization.ts';
import type { Authorization } from './authorization.ts';
import { boundedFetch } from './bounded-fetch.ts';
import {
  type Attempt,
  failureOf,
  isExpired,
  isLimit,
  leftAlone,
  type Permission,
  strangeAnswer,
  strangeBody,
  unusableToken,
} from './failure.ts';

export interface GitHubRepository {
  readonly owner: string;
  readonly repo: string;
}

/** Where a GitHub is, and who we are there. */
export interface GitHubSettings {
  /** `https://api.github.com`, or `https://HOST/api/v3` of a GitHub Enterprise Server. */
  readonly apiUrl: string;
  readonly credentials: GitHubCredentials;
  /** A PEM file of authorities to trust besides the well-known ones. */
  readonly ca?: string;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** How long a request may take, with its answer; 10 s by default. */
  readonly deadlineMs?: number;
}

export type GitHubCredentials =
  | { readonly kind: 'token'; readonly token: Secret }
  /** `installation` is looked up by the repository where it is not given. */
  | { readonly kind: 'app'; readonly id: number; readonly key: Secret; readonly installation?: number };

/** What is asked, for its failure to name. */
export interface GitHubQuestion {
  readonly repository: GitHubRepository;
  /** After "Expected GitHub at HOST to": `take the status tidegate/build of acme/shop at a84d88e7554f`. */
  readonly what: string;
  readonly permission: Permission;
  /** The only status that is a yes. */
  readonly expects: number;
  /** What a person can do when GitHub finds the request wrong. */
  readonly whenInvalid?: string;
  /** As the App itself, where there is one, and not as its installation. */
  readonly asApp?: true;
  /** The App's rights have changed, so that what it was given before is forgotten first. */
  readonly isAnew?: true;
}

/** What every request carries. */
export interface Common {
  readonly headers: { readonly authorization: string };
  readonly request: { readonly signal: AbortSignal };
}

export interface GitHubAnswer<Data> {
  readonly status: number;
  readonly data: Data;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
}

export interface GitHubClient {
  /**
   * One request, sent once; a second time where an installation's token was refused and a new one may do. Throws GitHubRefused, where only a person can help, or
   * GitHubUnavailable, with the wait that GitHub asked for; an aborted signal rejects with its reason.
   */
  ask<Data>(question: GitHubQuestion, signal: AbortSignal, send: Send<Data>): Promise<GitHubAnswer<Data>>;
}

type Send<Data> = (octokit: Octokit, common: Common) => Promise<GitHubAnswer<Data>>;

const DEADLINE_MS = 10_000;

/** A client of one GitHub. Nothing is asked before the first request. Throws GitHubUnavailable while `ca` cannot be used. */
export async function createGitHubClient(settings: GitHubSettings): Promise<GitHubClient> {
  const octokit = createOctokit(settings.apiUrl, await boundedFetch(settings.ca));
  const { credentials, deadlineMs = DEADLINE_MS } = settings;
  const authorization =
    credentials.kind === 'app' ? appAuthorization(octokit, credentials, deadlineMs) : tokenAuthorization(credentials.token);
  return new Client(octokit, authorization, settings);
}

/**
 * Without octokit's own retries and pacing, so that waiting has one owner, Temporal: a wait inside the client would be spent from the
 * activity's time, would hold a worker's slot, would be forgotten when the worker dies, and knows nothing of other workers.
 */
function createOctokit(apiUrl: string, fetch: typeof globalThis.fetch): Octokit {
  return new Octokit({
    baseUrl: apiUrl.replace(/\/+$/, ''),
    userAgent: 'tidegate',
    request: { fetch },
    retry: { enabled: false },
    throttle: { enabled: false },
  });
}

function tokenAuthorization(token: Secret): Authorization {
  return { kind: 'token', header: async () => ({ scheme: 'Bearer', secret: token }), forget: () => false };
}

class Client implements GitHubClient {
  readonly #octokit: Octokit;
  readonly #authorization: Authorization;
  readonly #settings: GitHubSettings;
  /**
   * By owner, whose installation has a rate limit of its own: until when GitHub wants to be left alone, in milliseconds since the epoch. Whoever asks on meanwhile,
   * of whatever, is kept out for longer: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
   */
  readonly #quietUntil = new Map<string, number>();

  constructor(octokit: Octokit, authorization: Authorization, settings: GitHubSettings) {
    this.#octokit = octokit;
    this.#authorization = authorization;
    this.#settings = settings;
  }

  async ask<Data>(question: GitHubQuestion, signal: AbortSignal, send: Send<Data>): Promise<GitHubAnswer<Data>> {
    const attempt = this.#attempt(question);
    if (question.isAnew === true) this.#authorization.forget(question.repository);
    const waitMs = (this.#quietUntil.get(question.repository.owner) ?? 0) - attempt.now;
    if (waitMs > 0) throw leftAlone(waitMs, attempt);
    const answer = await this.#send(question, attempt, signal, send).catch((error: unknown) => {
      // Cancellation is not GitHub's failure.
      signal.throwIfAborted();
      const failure = failureOf(error, attempt);
      if (isLimit(error) && 'retryAfterMs' in failure)
        this.#quietUntil.set(question.repository.owner, attempt.now + (failure.retryAfterMs ?? 0));
      throw failure;
    });
    // A redirect turned into a read also answers without an error.
    if (answer.status !== question.expects) throw strangeAnswer(answer.status, question.expects, attempt);
    if (typeof answer.data !== 'object' && answer.status !== 204) throw strangeBody(attempt);
    return answer;
  }

  async #send<Data>(question: GitHubQuestion, attempt: Attempt, signal: AbortSignal, send: Send<Data>): Promise<GitHubAnswer<Data>> {
    try {
      return await this.#once(question, attempt, signal, send);
    } catch (error) {
      // GitHub takes a token back when its App is installed anew or its permissions change, before the time that it named.
      if (!isExpired(error) || !this.#authorization.forget(question.repository)) throw error;
      return this.#once(question, attempt, signal, send);
    }
  }

  async #once<Data>(question: GitHubQuestion, attempt: Attempt, signal: AbortSignal, send: Send<Data>): Promise<GitHubAnswer<Data>> {
    const request = { signal: AbortSignal.any([signal, attempt.deadline]) };
    const { scheme, secret } = await this.#authorization.header(question);
    attempt.secrets.push(secret);
    if (!/^[\x21-\x7e]+$/.test(secret.reveal())) throw unusableToken(attempt);
    // Revealed for this request alone, so that no client keeps it.
    return send(this.#octokit, { headers: { authorization: `${scheme} ${secret.reveal()}` }, request });
  }

  #attempt({ repository, what, permission, whenInvalid }: GitHubQuestion): Attempt {
    const { apiUrl, ca, deadlineMs = DEADLINE_MS, clock } = this.#settings;
    const { host, pathname } = new URL(apiUrl);
    return {
      host,
      repository: `${repository.owner}/${repository.repo}`,
      what,
      permission,
      ...(whenInvalid !== undefined && { whenInvalid }),
      isApp: this.#authorization.kind === 'app',
      mayLackPath: !host.startsWith('api.') && !/\/api\/v3\/*$/.test(pathname),
      hasAuthority: ca !== undefined,
      deadlineMs,
      deadline: AbortSignal.timeout(deadlineMs),
      secrets: [],
      now: clock(),
    };
  }
}
