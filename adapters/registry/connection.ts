import { setMaxListeners } from 'node:events';
import { RegistryRefused } from '../../activities/registry/errors.ts';
import type { Secret } from '../../domain/secret.ts';
import { drop, readWhole } from './bodies.ts';
import { isStaleConnection, named } from './failures.ts';
import { codesOf, judge, type Place } from './judgement.ts';
import { isRedirect, RedirectTrail } from './redirects.ts';
import type { Scope } from './scopes.ts';
import { LIMITS, type Limits, originOf, type RegistryAccess, type RegistryOptions } from './settings.ts';
import { SignIn } from './sign-in.ts';
import { type TokenQuestion, TokenRefused } from './tokens.ts';
import { type Content, type HttpAnswer, type HttpRequest, Transport } from './transport.ts';
import { waitFor } from './waiting.ts';

/** One question to a registry. */
export interface Question {
  readonly method: HttpRequest['method'];
  /** Below the registry's address, or where it sent us before. */
  readonly at: string | URL;
  readonly scopes: readonly Scope[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly content?: Content;
  /** What is asked for, as messages name it. */
  readonly image: string;
  /** The statuses that are an answer; every other is thrown. */
  readonly hopes: readonly number[];
  readonly signal: AbortSignal;
  /** Milliseconds until the answer begins; the idle limit. */
  readonly answerMs?: number;
  /** See HttpRequest. */
  readonly lends?: boolean;
}

/** Whose question it is. */
type Asked = Pick<Question, 'image' | 'signal'>;

/** Bytes: error bodies are short, and tokens not long. */
const LARGEST_REFUSAL = 64 * 1024;
const LARGEST_TOKEN = 256 * 1024;

/** One registry: signs in as challenged, follows redirects, and names what fails. */
export class RegistryConnection {
  readonly limits: Limits;
  readonly origin: URL;
  readonly #transport: Transport;
  readonly #signIn: SignIn;

  constructor(
    readonly registry: string,
    readonly access: RegistryAccess,
    { limits, credentials }: RegistryOptions,
  ) {
    this.limits = { ...LIMITS, ...limits };
    this.origin = originOf(registry, access);
    this.#transport = new Transport(this.origin, access, this.limits);
    const { tokenHosts = [] } = access;
    this.#signIn = new SignIn({
      registry,
      origin: this.origin,
      tokenHosts,
      credentials,
      ask: (question) => this.#askTokenServer(question),
    });
  }

  /** An answer of a status that is hoped for; its body is the caller's to read or drop. Throws the registry's errors. */
  async ask(question: Question): Promise<HttpAnswer> {
    // One signal often bounds many exchanges at once; that is no leak.
    setMaxListeners(0, question.signal);
    return this.naming(question, async () => {
      const answer = await this.#signedIn(question);
      if (question.hopes.includes(answer.status)) return answer;
      throw this.refusal(question.image, answer, await this.refusalText(answer));
    });
  }

  /** Reads an answer to its end, at most `limit` bytes. Throws the registry's errors. */
  readWhole(asked: Asked, answer: HttpAnswer, limit: number): Promise<Buffer> {
    return this.naming(asked, () => readWhole(answer, limit, this.limits));
  }

  /** Does something of an exchange and names what breaks it off; a caller who gives up is told their own reason. */
  async naming<T>({ image, signal }: Asked, exchange: () => Promise<T>): Promise<T> {
    try {
      return await exchange();
    } catch (error) {
      signal.throwIfAborted();
      throw named(this.place(image), error);
    }
  }

  /** The body of an answer that was not hoped for. What cannot be read says nothing: the status alone counts then. */
  async refusalText(answer: HttpAnswer): Promise<string> {
    const bytes = await readWhole(answer, LARGEST_REFUSAL, this.limits).catch(() => undefined);
    return bytes?.toString('utf8') ?? '';
  }

  /** What an answer that was not hoped for means, by its status and its body's `text`. */
  refusal(image: string, { status, headers }: HttpAnswer, text: string): Error {
    return judge(this.place(image), { status, retryAfter: textOf(headers['retry-after']), text, who: this.#signIn.who });
  }

  /** Whether a 404 is the registry's own word; its body is read. False for any other status. Throws AnswerMalformed when a stranger says it. */
  async isAbsent(image: string, answer: HttpAnswer): Promise<boolean> {
    if (answer.status !== 404) return false;
    // A registry's own 404 has an OCI error body; a proxy's or a stranger's has not, and says nothing about the image.
    const text = await this.refusalText(answer);
    if (codesOf(text).length > 0) return true;
    throw this.refusal(image, answer, text);
  }

  place(image: string): Place {
    return { registry: this.registry, image, by: 'tidegate' };
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  async #signedIn(question: Question): Promise<HttpAnswer> {
    const { scopes, signal } = question;
    const sent = await waitFor(this.#signIn.authorization(scopes), signal);
    const first = await this.#follow(question, sent);
    if (first.status !== 401 || first.url.origin !== this.origin.origin) return first;
    await drop(first);
    const challenge = textOf(first.headers['www-authenticate']) ?? '';
    const authorization = await waitFor(this.#signIn.afterChallenge(challenge, scopes, sent), signal);
    const second = authorization === undefined ? first : await this.#follow(question, authorization);
    if (second.status !== 401) return second;
    await drop(second);
    throw new RegistryRefused({ ...this.place(question.image), seen: `it answered 401 to a request ${this.#signIn.who}` });
  }

  async #follow(question: Question, authorization: Secret | undefined): Promise<HttpAnswer> {
    const start = new URL(question.at, this.origin);
    const trail = new RedirectTrail(start, this.place(question.image));
    for (let url = start; ; ) {
      const answer = await this.#send(question, url, authorization);
      if (!isRedirect(answer)) return answer;
      await drop(answer);
      url = trail.next(question.method, answer);
    }
  }

  async #send(question: Question, url: URL, authorization: Secret | undefined): Promise<HttpAnswer> {
    const { method, content, signal, answerMs = this.limits.idleMs, lends = false } = question;
    // What lets us in here is nobody else's business (distribution-spec, "Redirects").
    const own = authorization !== undefined && url.origin === this.origin.origin ? { authorization: authorization.reveal() } : {};
    const headers = { ...question.headers, ...own };
    signal.throwIfAborted();
    return this.#sendAtMostTwice({ method, url, headers, signal, answerMs, lends, ...(content !== undefined && { content }) });
  }

  /** Sends again what was sent into a connection that the other side had closed meanwhile. */
  async #sendAtMostTwice(request: HttpRequest): Promise<HttpAnswer> {
    try {
      return await this.#transport.send(request);
    } catch (error) {
      if (!isStaleConnection(error) || request.content?.kind === 'stream') throw error;
      return await this.#transport.send(request);
    }
  }

  async #askTokenServer({ method, url, headers, body }: TokenQuestion): Promise<string> {
    // Several may wait for it, so that none of them ends it; the limits do.
    const { signal } = new AbortController();
    const content = body && { kind: 'bytes' as const, bytes: body };
    const answer = await this.#sendAtMostTwice({ method, url, headers, signal, answerMs: this.limits.idleMs, ...(content && { content }) });
    if (answer.status === 200) return (await readWhole(answer, LARGEST_TOKEN, this.limits)).toString('utf8');
    await drop(answer);
    const seen = `it answered ${answer.status} to a request ${this.#signIn.who}`;
    throw new TokenRefused(url, seen, { status: answer.status, retryAfter: textOf(answer.headers['retry-after']) });
  }
}

/** A header that may have been sent more than once. */
export function textOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(', ') : header;
}
