import { types } from 'node:util';
import { RegistryRefused, RegistryUnavailable } from '../../activities/hosts/errors.ts';
import type { RegistryCredential, RegistryCredentials } from '../../activities/images.ts';
import { parseChallenges } from './challenge.ts';
import { type Answer, BodyTooLarge, readWhole } from './fetch.ts';
import { DOCKER_HUB, type Repository } from './reference.ts';
import { basic, requestToken, type Token, TokenRefused } from './tokens.ts';

export interface RegistryOptions {
  readonly credentials: RegistryCredentials;
  /** Addresses (`127.0.0.1:5000`) of registries without TLS; every other is asked over HTTPS alone. */
  readonly plainHttp: readonly string[];
  /** Hosts outside a registry's own domain that hand out its tokens. */
  readonly trustedTokenHosts?: readonly string[];
  /** Milliseconds for one exchange; 30 s. */
  readonly timeoutMs?: number;
}

/** One question to a registry. */
export interface RegistryQuestion {
  readonly repository: Repository;
  /** Below `/v2/NAME/`. */
  readonly path: string;
  readonly accept: string;
  /** What is asked for, as messages name it. */
  readonly image: string;
  readonly signal: AbortSignal;
}

const TIMEOUT_MS = 30_000;
const MOST_REDIRECTS = 5;

/** Speaks the OCI distribution protocol to any registry: signs in as challenged, follows redirects, and names what fails. */
export class RegistryClient {
  readonly #tokens = new Map<string, Token>();

  constructor(private readonly options: RegistryOptions) {}

  /** A GET with status 200 or 404. Throws RegistryRefused (401, 403, other 4xx) or RegistryUnavailable (429, 5xx, silence). */
  async get(question: RegistryQuestion): Promise<Answer> {
    const timeoutMs = this.options.timeoutMs ?? TIMEOUT_MS;
    const timeout = AbortSignal.timeout(timeoutMs);
    const bounded = { ...question, signal: AbortSignal.any([question.signal, timeout]) };
    try {
      return judged(question, await this.#signedIn(bounded));
    } catch (error) {
      if (question.signal.aborted) throw question.signal.reason;
      throw named(question, timeout.aborted ? new Error(`no answer within ${timeoutMs / 1000} s`) : error);
    }
  }

  async #signedIn(question: RegistryQuestion): Promise<Answer> {
    const url = this.#url(question);
    const first = await this.#follow(url, question, this.#kept(question));
    if (first.status !== 401) return first;
    const credential = await this.options.credentials(question.repository.registry);
    const authorization = await this.#authorization(question, first.headers.get('www-authenticate') ?? '', credential);
    const second = authorization === undefined ? first : await this.#follow(url, question, authorization);
    if (second.status === 401) throw new RegistryRefused({ ...exchange(question), seen: `401 ${asWhom(credential)}` });
    return second;
  }

  async #follow(start: URL, question: RegistryQuestion, authorization: string | undefined): Promise<Answer> {
    let url = start;
    for (let hop = 0; hop <= MOST_REDIRECTS; hop += 1) {
      // What lets us in here is nobody else's business (distribution-spec, "Redirects").
      const headers = { accept: question.accept, ...(authorization !== undefined && url.origin === start.origin && { authorization }) };
      const answer = await readWhole(url, { headers, signal: question.signal });
      const location = answer.headers.get('location');
      if (![301, 302, 303, 307, 308].includes(answer.status) || location === null) return answer;
      url = this.#redirected(url, location, question);
    }
    throw new RegistryRefused({ ...exchange(question), seen: `more than ${MOST_REDIRECTS} redirects` });
  }

  #redirected(from: URL, location: string, question: RegistryQuestion): URL {
    const to = new URL(location, from);
    if (to.protocol === 'https:' || (to.protocol === 'http:' && from.protocol === 'http:')) return to;
    throw new RegistryRefused({ ...exchange(question), seen: `a redirect from TLS to ${to.protocol}//${to.host}` });
  }

  async #authorization(
    question: RegistryQuestion,
    header: string,
    credential: RegistryCredential | undefined,
  ): Promise<string | undefined> {
    const challenges = parseChallenges(header);
    const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
    if (bearer === undefined) {
      const canSignIn = challenges.some(({ scheme }) => scheme === 'basic') && credential !== undefined && 'username' in credential;
      return canSignIn ? basic(credential) : undefined;
    }
    const { registry } = question.repository;
    const { plainHttp, trustedTokenHosts: trustedHosts = [] } = this.options;
    const scope = scopeOf(question.repository);
    const token = await requestToken(readWhole, {
      registry,
      challenge: bearer,
      scope,
      credential,
      trustedHosts,
      plainHttp,
      signal: question.signal,
    });
    this.#tokens.set(`${registry} ${scope}`, token);
    return `Bearer ${token.value.reveal()}`;
  }

  #kept({ repository }: RegistryQuestion): string | undefined {
    const token = this.#tokens.get(`${repository.registry} ${scopeOf(repository)}`);
    return token !== undefined && performance.now() < token.expiresAt ? `Bearer ${token.value.reveal()}` : undefined;
  }

  #url({ repository, path }: RegistryQuestion): URL {
    const { registry } = repository;
    const host = registry === DOCKER_HUB ? 'registry-1.docker.io' : registry;
    return new URL(`${this.options.plainHttp.includes(registry) ? 'http' : 'https'}://${host}/v2/${repository.path}/${path}`);
  }
}

function scopeOf(repository: Repository): string {
  return `repository:${repository.path}:pull`;
}

function exchange({ repository, image }: RegistryQuestion) {
  return { registry: repository.registry, image, by: 'tidegate' };
}

function asWhom(credential: RegistryCredential | undefined): string {
  if (credential === undefined) return 'to a request without credentials';
  return 'username' in credential ? `to ${credential.username}` : 'to the identity token that is kept for it';
}

function judged(question: RegistryQuestion, answer: Answer): Answer {
  const { status } = answer;
  if (status === 200) return answer;
  if (status === 404 && isFromRegistry(answer)) return answer;
  const seen = `it answered ${status}${errorsOf(answer)}`;
  if (status === 429 || status >= 500) throw new RegistryUnavailable({ ...exchange(question), seen });
  throw new RegistryRefused({ ...exchange(question), seen: status === 404 ? 'what answers there is no registry' : seen });
}

/** A registry's own 404 has an OCI error body; a proxy's or a stranger's has not, and says nothing about the image. */
function isFromRegistry(answer: Answer): boolean {
  return errorsOf(answer) !== '';
}

function errorsOf({ body }: Answer): string {
  const codes = body
    .subarray(0, 10_000)
    .toString('utf8')
    .matchAll(/"code"\s*:\s*"([A-Z_]{3,40})"/g);
  const found = [...codes].map(([, code]) => code);
  return found.length === 0 ? '' : ` (${found.join(', ')})`;
}

function named(question: RegistryQuestion, error: unknown): unknown {
  if (error instanceof RegistryRefused || error instanceof RegistryUnavailable) return error;
  const isTemporary =
    !(error instanceof TokenRefused || error instanceof BodyTooLarge) || (error instanceof TokenRefused && error.status >= 429);
  const Reason = isTemporary ? RegistryUnavailable : RegistryRefused;
  return new Reason({ ...exchange(question), seen: wordsOf(error) }, { cause: error });
}

/** `fetch` says only "fetch failed"; its cause says why. */
function wordsOf(error: unknown): string {
  if (!types.isNativeError(error)) return String(error);
  if (error.cause !== undefined && error.message === 'fetch failed') return wordsOf(error.cause);
  return error.message || ('code' in error ? String(error.code) : error.name);
}
