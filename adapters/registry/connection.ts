import { setMaxListeners } from 'node:events';
import { RegistryRefused } from '../../activities/registry/errors.ts';
import type { Secret } from '../../domain/secret.ts';
import { drop, readWhole } from './bodies.ts';
import { codesOf, isStaleConnection, judge, named, type Place } from './judgement.ts';
import { isRedirect, RedirectTrail } from './redirects.ts';
import type { Scope } from './scopes.ts';
import { LIMITS, type Limits, originOf, type RegistryAccess, type RegistryOptions } from './settings.ts';
import { SignIn } from './sign-in.ts';
import { type TokenQuestion, TokenRefused } from './tokens.ts';
import { type Content, type HttpAnswer, type HttpRequest, Transport } from './transport.ts';

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
}

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
    options: RegistryOptions,
  ) {
    this.limits = { ...LIMITS, ...options.limits };
    this.origin = originOf(registry, access);
    this.#transport = new Transport(this.origin, access, this.limits);
    this.#signIn = new SignIn({
      registry,
      origin: this.origin,
      tokenHosts: access.tokenHosts ?? [],
      credentials: options.credentials,
      ask: (question) => this.#askTokenServer(question),
    });
  }

  place(image: string): Place {
    return { registry: this.registry, image, by: 'tidegate' };
  }

  /** An answer of a status that is hoped for; its body is the caller's to read or drop. Throws the registry's errors. */
  async ask(question: Question): Promise<HttpAnswer> {
    // One signal often bounds many exchanges at once; that is no leak.
    setMaxListeners(0, question.signal);
    return this.naming(question, async () => {
      const answer = await this.#signedIn(question);
      if (question.hopes.includes(answer.status)) return answer;
      throw await this.refusal(question.image, answer);
    });
  }

  /** Reads an answer to its end, at most `limit` bytes. Throws the registry's errors. */
  readWhole(question: Pick<Question, 'image' | 'signal'>, answer: HttpAnswer, limit: number): Promise<Buffer> {
    return this.naming(question, () => readWhole(answer, limit, this.limits));
  }

  /** Does something of an exchange, and gives what breaks it off its name; a caller who gives up is told their own reason. */
  async naming<T>({ image, signal }: Pick<Question, 'image' | 'signal'>, exchange: () => Promise<T>): Promise<T> {
    try {
      return await exchange();
    } catch (error) {
      signal.throwIfAborted();
      throw named(this.place(image), error);
    }
  }

  /** What an answer that was not hoped for means; reads its body. */
  async refusal(image: string, answer: HttpAnswer): Promise<Error> {
    const text = (await readWhole(answer, LARGEST_REFUSAL, this.limits).catch(() => Buffer.alloc(0))).toString('utf8');
    return judge(this.place(image), {
      status: answer.status,
      codes: codesOf(text),
      retryAfter: textOf(answer.headers['retry-after']),
      text,
      who: this.#signIn.who,
    });
  }

  /** Whether a 404 is the registry's own word; it is read to its end. Throws AnswerMalformed when a stranger says it. */
  async isAbsent(image: string, answer: HttpAnswer): Promise<boolean> {
    if (answer.status !== 404) return false;
    const text = (await readWhole(answer, LARGEST_REFUSAL, this.limits).catch(() => Buffer.alloc(0))).toString('utf8');
    const codes = codesOf(text);
    if (codes.length > 0) return true;
    throw judge(this.place(image), { status: 404, codes, retryAfter: undefined, text: '', who: '' });
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  async #signedIn(question: Question): Promise<HttpAnswer> {
    const sent = await withSignal(this.#signIn.authorization(question.scopes), question.signal);
    const first = await this.#follow(question, sent);
    if (first.status !== 401 || first.url.origin !== this.origin.origin) return first;
    await drop(first);
    const challenge = textOf(first.headers['www-authenticate']) ?? '';
    const authorization = await withSignal(this.#signIn.afterChallenge(challenge, question.scopes, sent), question.signal);
    const second = authorization === undefined ? first : await this.#follow(question, authorization);
    if (second.status !== 401) return second;
    await drop(second);
    throw new RegistryRefused({ ...this.place(question.image), seen: `it answered 401 to a request ${this.#signIn.who}` });
  }

  async #follow(question: Question, authorization: Secret | undefined): Promise<HttpAnswer> {
    const start = new URL(question.at, this.origin);
    const trail = new RedirectTrail(start, this.place(question.image));
    for (let url = start; ; ) {
      const answer = await this.#once(question, url, authorization);
      if (!isRedirect(answer)) return answer;
      await drop(answer);
      url = trail.next(question.method, answer);
    }
  }

  /** Asks a second time when the connection was one that the registry had closed meanwhile. */
  async #once(question: Question, url: URL, authorization: Secret | undefined): Promise<HttpAnswer> {
    // What lets us in here is nobody else's business (distribution-spec, "Redirects").
    const own = authorization !== undefined && url.origin === this.origin.origin ? { authorization: authorization.reveal() } : {};
    const { method, headers = {}, content, signal, answerMs = this.limits.idleMs } = question;
    const request = { method, url, headers: { ...headers, ...own }, signal, answerMs, ...(content !== undefined && { content }) };
    signal.throwIfAborted();
    try {
      return await this.#transport.send(request);
    } catch (error) {
      if (!isStaleConnection(error) || content?.kind === 'stream') throw error;
      return await this.#transport.send(request);
    }
  }

  async #askTokenServer({ method, url, headers, body }: TokenQuestion): Promise<string> {
    const { idleMs: answerMs, wholeAnswerMs } = this.limits;
    // Several wait for it, so that none of them ends it.
    const signal = AbortSignal.timeout(wholeAnswerMs);
    const content = body && { kind: 'bytes' as const, bytes: body };
    const answer = await this.#transport.send({ method, url, headers, signal, answerMs, ...(content && { content }) });
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

/** Stops waiting when the caller gives up; the work itself goes on for others. */
function withSignal<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
