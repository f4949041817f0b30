import { Agent, type IncomingMessage, request } from 'node:http';
import type { Answer } from './answers.ts';

// A process of its own, so that whoever deploys takes no time from whoever asks: `steady-load.js JSON`, until it is told to stop.
interface Wish {
  readonly urls: readonly string[];
  readonly host: string;
  readonly ratePerSecond: number;
  readonly keepAlive: boolean;
  /** How the identity is answered, besides the body. */
  readonly header: string;
}

const TIMEOUT_MS = 10_000;
/** Connections to one host at a time, as a proxy or a crowd of browsers has them. */
const CONNECTIONS = 64;

const wish = JSON.parse(process.argv[2] ?? '{}') as Wish;
const agent = new Agent({ keepAlive: wish.keepAlive, maxSockets: CONNECTIONS, scheduling: 'fifo' });
const answers: Answer[] = [];
const errors = new Set<string>();
const open = new Set<Promise<void>>();
let next = now();
let sent = 0;
const timer = setInterval(sendDue, 1);

process.on('message', () => {
  clearInterval(timer);
  void Promise.allSettled(open).then(() => process.send?.({ answers, errors: [...errors] }, () => process.exit(0)));
});
process.on('disconnect', () => process.exit(0));

function now(): number {
  return performance.timeOrigin + performance.now();
}

/** A late timer sends all that is due, and none is left out. */
function sendDue(): void {
  for (; next <= now(); next += 1_000 / wish.ratePerSecond) {
    const asked = ask(sent % wish.urls.length, next);
    sent += 1;
    open.add(asked);
    void asked.finally(() => open.delete(asked));
  }
}

async function ask(host: number, dueAt: number): Promise<void> {
  const sentAt = now();
  try {
    const { status, identity, body } = await exchange(wish.urls[host] ?? '');
    const isWell = status === 200 && body === identity && identity !== '';
    if (!isWell) errors.add(status === 200 ? `answered ${body.slice(0, 80)} as ${identity}` : `status ${status}`);
    const outcome = isWell ? 'well' : status >= 500 ? 'lost' : 'wrong';
    answers.push({ sentAt, latencyMs: now() - dueAt, host, identity, outcome });
  } catch (error) {
    errors.add(error instanceof Error ? error.message : String(error));
    answers.push({ sentAt, latencyMs: now() - dueAt, host, identity: '', outcome: 'lost' });
  }
}

function exchange(url: string): Promise<{ readonly status: number; readonly identity: string; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const sending = request(url, { agent, headers: { host: wish.host }, signal: AbortSignal.timeout(TIMEOUT_MS) }, (answer) => {
      read(answer).then(resolve, reject);
    });
    sending.on('error', reject);
    sending.end();
  });
}

async function read(answer: IncomingMessage): Promise<{ readonly status: number; readonly identity: string; readonly body: string }> {
  let body = '';
  for await (const chunk of answer) body += String(chunk);
  const identity = answer.headers[wish.header];
  return { status: answer.statusCode ?? 0, identity: typeof identity === 'string' ? identity : '', body };
}
