import { setTimeout as pause } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';

/** A delivery as it is sent. */
export interface Post {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Whether the server is killed as it is sent. */
  readonly kills: boolean;
}

/** What became of the delivery at a place; status 0 where nobody answered. */
export interface Answer {
  readonly place: number;
  readonly status: number;
  readonly ms: number;
}

interface Load {
  readonly url: string;
  readonly perSecond: number;
  readonly posts: readonly Post[];
}

const WARMING = 50;
const { url, perSecond, posts } = workerData as Load;
// Nothing is measured of how this thread begins to speak: GitHub has sent before.
for (let turn = 0; turn < WARMING; turn += 1) await fetch(new URL('/healthz', url)).then((answer) => answer.arrayBuffer());
const sending: Promise<void>[] = [];
let begun = performance.now();
let back: { readonly place: number; readonly server: Promise<void> } | undefined;
// Each kill meets a second of deliveries that nobody hears; then the rest waits until the server is back, however long this machine takes for that.
for (const [place, post] of posts.entries()) {
  if (back !== undefined && place >= back.place) {
    await back.server;
    back = undefined;
    begun = performance.now() - (place * 1_000) / perSecond;
  }
  const due = begun + (place * 1_000) / perSecond - performance.now();
  if (due > 0) await pause(due);
  if (post.kills) back = { place: place + perSecond, server: kill() };
  sending.push(send(place, post));
}
await back?.server;
await Promise.all(sending);
// Connections that are kept alive would keep the thread.
process.exit();

/** Resolves when the server is back. */
function kill(): Promise<void> {
  return new Promise((resolve) => {
    parentPort?.once('message', () => resolve());
    parentPort?.postMessage('kill');
  });
}

async function send(place: number, { headers, body }: Post): Promise<void> {
  const begunAt = performance.now();
  const status = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(10_000) }).then(
    async (answer) => {
      await answer.arrayBuffer();
      return answer.status;
    },
    () => 0,
  );
  parentPort?.postMessage({ place, status, ms: performance.now() - begunAt } satisfies Answer);
}
