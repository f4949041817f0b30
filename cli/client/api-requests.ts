import { ServerUnreachable } from '../errors.ts';
import type { Connection } from './connection.ts';
import { readAnswer } from './read-answer.ts';
import { type Answer, send, type Wish } from './send.ts';

/** A server that has not answered its health check by then is not there. */
const REACH_MS = 4_000;
/** Longer than the server's own deadlines, which name what is slow. */
const ANSWER_MS = 45_000;

/** Requests to the server's API, with the token of whoever asks. Both throw ServerUnreachable, NotTidegate or ServerRefused. */
export class ApiRequests {
  readonly #connection: Connection;
  readonly #interrupted: AbortSignal;
  #reached: Promise<unknown> | undefined;

  constructor(connection: Connection, interrupted: AbortSignal) {
    this.#connection = connection;
    this.#interrupted = interrupted;
  }

  get url(): string {
    return this.#connection.url;
  }

  get<Result>(path: string): Promise<Result> {
    return this.#request<Result>('GET', path);
  }

  post<Result>(path: string, body: object): Promise<Result> {
    return this.#request<Result>('POST', path, body);
  }

  async #request<Result>(method: 'GET' | 'POST', path: string, body?: object): Promise<Result> {
    const gone = new AbortController();
    // The check runs beside the request: it costs no time, and a silent address is known for one long before a slow answer would be.
    this.#reach().catch((error: unknown) => gone.abort(error));
    const answer = await this.#send(`/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#connection.token.reveal()}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.any([this.#interrupted, gone.signal, AbortSignal.timeout(ANSWER_MS)]),
    });
    return readAnswer<Result>(answer, this.url);
  }

  #reach(): Promise<unknown> {
    this.#reached ??= this.#send('/healthz', { signal: AbortSignal.timeout(REACH_MS) });
    return this.#reached;
  }

  async #send(path: string, wish: Wish): Promise<Answer> {
    try {
      return await send(this.url + path, wish);
    } catch (error) {
      this.#reached = undefined;
      if (this.#interrupted.aborted) throw this.#interrupted.reason;
      throw error instanceof ServerUnreachable ? error : new ServerUnreachable(this.url, seenIn(error), { cause: error });
    }
  }
}

function seenIn(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'it does not answer in time';
  // A name can stand for several addresses.
  if (error instanceof AggregateError) return seenIn(error.errors[0]);
  return 'code' in error && error.code === 'ECONNREFUSED' ? 'the connection was refused' : error.message;
}
