import { Agent, type IncomingMessage, request } from 'node:http';

export interface LoadOptions {
  readonly url: string;
  /** With `host`, the name under which the application is published. */
  readonly headers: Readonly<Record<string, string>>;
  /** How many clients ask at the same time, each for one answer after the other. */
  readonly connections: number;
  /** Whether a client keeps its connection, as browsers do, or makes a new one for each request. */
  readonly keepAlive: boolean;
  /** Of all clients together; without it each asks again as soon as it has its answer. */
  readonly ratePerSecond?: number;
  /** POST sends a small body; GET otherwise. */
  readonly method?: 'GET' | 'POST';
}

export interface LoadReport {
  readonly sent: number;
  /** No answer within ten seconds, a reset, an answer cut short, or a status of 500 or more. */
  readonly lost: number;
  readonly byStatus: Readonly<Record<string, number>>;
  /** Answers by what their `x-tidegate-deployment` header says; `none` where it is absent. */
  readonly byIdentity: Readonly<Record<string, number>>;
  /** Each different way in which a request was lost, once. */
  readonly errors: string[];
}

export interface Load {
  /** Requests sent so far. */
  readonly sent: number;
  /** Answers so far by identity. */
  readonly byIdentity: Readonly<Record<string, number>>;
  /** Lets the requests in progress come to their end; stopping twice gives the same report. */
  stop(): Promise<LoadReport>;
}

const TIMEOUT_MS = 10_000;

/** Asks a service again and again, as a bounded number of clients would, and counts what it answers. */
export function startLoad(options: LoadOptions): Load {
  return new RunningLoad(options);
}

class RunningLoad implements Load {
  sent = 0;
  readonly byIdentity: Record<string, number> = {};
  #lost = 0;
  readonly #end = new AbortController();
  readonly #byStatus: Record<string, number> = {};
  readonly #errors = new Set<string>();
  readonly #agent: Agent;
  readonly #clients: Promise<unknown>;

  constructor(private readonly options: LoadOptions) {
    this.#agent = new Agent({ keepAlive: options.keepAlive, maxSockets: options.connections });
    this.#clients = Promise.all(Array.from({ length: options.connections }, () => this.#client()));
  }

  async stop(): Promise<LoadReport> {
    this.#end.abort();
    await this.#clients;
    this.#agent.destroy();
    return { sent: this.sent, lost: this.#lost, byStatus: this.#byStatus, byIdentity: this.byIdentity, errors: [...this.#errors] };
  }

  async #client(): Promise<void> {
    const { ratePerSecond, connections } = this.options;
    const pauseMs = ratePerSecond === undefined ? 0 : (1000 * connections) / ratePerSecond;
    for (let next = Date.now() + Math.random() * pauseMs; !this.#end.signal.aborted; next += pauseMs) {
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - Date.now())));
      await this.#ask();
    }
  }

  async #ask(): Promise<void> {
    this.sent += 1;
    try {
      const { status, identity } = await exchange(this.options, this.#agent);
      count(this.#byStatus, String(status));
      count(this.byIdentity, identity);
      if (status >= 500) this.#lose(`status ${status}`);
    } catch (error) {
      this.#lose(error instanceof Error ? error.message : String(error));
    }
  }

  #lose(reason: string): void {
    this.#lost += 1;
    this.#errors.add(reason);
  }
}

function exchange({ url, headers, method = 'GET' }: LoadOptions, agent: Agent): Promise<{ status: number; identity: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, headers: { ...headers }, method, signal: AbortSignal.timeout(TIMEOUT_MS) }, (answer) => {
      read(answer).then(resolve, reject);
    });
    sent.on('error', reject);
    sent.end(method === 'POST' ? 'a small body' : undefined);
  });
}

async function read(answer: IncomingMessage): Promise<{ status: number; identity: string }> {
  // An answer counts when all of it has come.
  for await (const _ of answer);
  const identity = answer.headers['x-tidegate-deployment'];
  return { status: answer.statusCode ?? 0, identity: typeof identity === 'string' ? identity : 'none' };
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}
