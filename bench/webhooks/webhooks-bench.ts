import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { pushPayload, signDelivery } from '../../lab/github/webhooks.ts';
import { until } from '../../lab/until.ts';
import { unlessInterrupted } from '../interruption.ts';
import { machine } from '../machine.ts';
import { type Report, row } from '../report.ts';
import type { Variables } from '../running-up.ts';
import type { Answer, Post } from './sending-thread.ts';
import { REPOSITORY, startWebhookLab, WEBHOOK_SECRET, type WebhookLab } from './webhook-lab.ts';

export interface WebhooksBenchOptions {
  readonly quick: boolean;
  /** So many deliveries instead of the usual number. */
  readonly only: string | undefined;
  readonly environment: Variables;
  readonly onProgress: (line: string) => void;
  readonly interrupted: AbortSignal;
}

const PER_SECOND = 200;
const QUICK_PER_SECOND = 20;
/** Of all deliveries: told twice, and signed by somebody else. */
const DOUBLED = 0.1;
const FORGED = 0.05;
const DRAINED_MS = 1_800_000;
const TOLD_MS = 15_000;

interface Sent {
  readonly kind: 'push' | 'again' | 'forged';
  readonly index: number;
  readonly guid: string;
}

interface Answered extends Sent, Pick<Answer, 'status' | 'ms'> {}

/** Deliveries at 200 a second, some of them twice and some forged, to a server that is killed twice: how long an acknowledgement takes, and whether each commit is one release. */
export async function benchWebhooks({ quick, only, environment, onProgress, interrupted }: WebhooksBenchOptions): Promise<Report> {
  const deliveries = numberOf(only) ?? (quick ? 60 : 2_000);
  const perSecond = quick ? QUICK_PER_SECOND : PER_SECOND;
  const plan = planOf(deliveries);
  const pushes = plan.filter(({ kind }) => kind === 'push').length;
  onProgress(`Making ${pushes} commits and starting Temporal, a GitHub and the server`);
  const lab = await startWebhookLab(pushes, environment);
  try {
    onProgress(`Sending ${deliveries} deliveries at ${perSecond} a second, and killing the server twice`);
    const { answered, kills } = await unlessInterrupted(interrupted, load(lab, plan, perSecond));
    const codes = answered.map(({ status }) => status);
    onProgress(
      `Answers: ${[...new Set(codes)].map((code) => `${codes.filter((one) => one === code).length} of ${code}`).join(', ')}; waiting until all of it has been taken on`,
    );
    const drained = await unlessInterrupted(interrupted, untilDrained(lab, pushes, onProgress));
    return report(answered, { kills, ...drained, commits: lab.commits, released: await lab.released(), states: await lab.deliveries() });
  } finally {
    await lab.stop();
  }
}

function numberOf(only: string | undefined): number | undefined {
  if (only === undefined) return undefined;
  const number = Number(only);
  if (!Number.isSafeInteger(number) || number < 60) throw new Error(`--only ${only} is no number of deliveries, of 60 at least`);
  return number;
}

function planOf(deliveries: number): readonly Sent[] {
  const again = Math.round(deliveries * DOUBLED);
  const forged = Math.round(deliveries * FORGED);
  const pushes = Array.from({ length: deliveries - again - forged }, (_, index) => ({ kind: 'push' as const, index, guid: randomUUID() }));
  const every = (share: number, place: number) => place % Math.floor(pushes.length / share) === 0;
  let [agains, forgeds] = [0, 0];
  return pushes.flatMap((push, place): Sent[] => {
    const more: Sent[] = [];
    // Half of what comes twice has another id, as two hooks of one repository send it.
    if (agains < again && every(again, place)) more.push({ ...push, kind: 'again', guid: agains++ % 2 === 0 ? push.guid : randomUUID() });
    if (forgeds < forged && every(forged, place)) {
      forgeds += 1;
      more.push({ ...push, kind: 'forged', guid: randomUUID() });
    }
    return [push, ...more];
  });
}

/** Whoever sends is a thread of its own, so that what it measures is not what this one is busy with: it plays GitHub, whom the server asks all the while. */
function load(lab: WebhookLab, plan: readonly Sent[], perSecond: number): Promise<{ answered: readonly Answered[]; kills: number }> {
  const killAt = [Math.floor(plan.length / 3), Math.floor((plan.length * 2) / 3)];
  const posts = plan.map((sent): Post => ({ ...sent, ...postOf(lab, sent), kills: killAt.includes(plan.indexOf(sent)) }));
  const worker = new Worker(new URL('./sending-thread.js', import.meta.url), { workerData: { url: lab.url, perSecond, posts } });
  const answered: Answered[] = [];
  return new Promise((resolve, reject) => {
    worker.on('message', (told: 'kill' | Answer) => {
      if (told === 'kill') void lab.killServer().then(() => worker.postMessage('back'), reject);
      else answered.push(heard(lab, plan, told));
    });
    worker.once('error', reject);
    worker.once('exit', () => resolve({ answered, kills: killAt.length }));
  });
}

function payloadOf(lab: WebhookLab, { index }: Sent) {
  const after = lab.commits[index] ?? '';
  return pushPayload(REPOSITORY, { ref: `heads/change-${index}`, before: '0'.repeat(40), after, by: { id: 7, login: 'rita' } });
}

function postOf(lab: WebhookLab, sent: Sent) {
  const secret = sent.kind === 'forged' ? 'the-secret-of-somebody-else' : WEBHOOK_SECRET;
  return signDelivery('push', payloadOf(lab, sent), secret, sent.guid);
}

/** GitHub keeps what it sent; a forger's is not among it. */
function heard(lab: WebhookLab, plan: readonly Sent[], { place, status, ms }: Answer): Answered {
  const sent = plan[place] as Sent;
  if (sent.kind !== 'forged')
    lab.github.keepDelivery(REPOSITORY, { guid: sent.guid, event: 'push', payload: payloadOf(lab, sent), statusCode: status });
  return { ...sent, status, ms };
}

async function untilDrained(lab: WebhookLab, pushes: number, onProgress: (line: string) => void): Promise<{ readonly drainedMs: number }> {
  const begun = performance.now();
  let told = begun;
  await until('every commit to be a release', DRAINED_MS, async () => {
    // Looking takes the server's time too.
    await pause(1_000);
    const states = await lab.deliveries();
    const { size } = new Set(await lab.released());
    if (performance.now() - told > TOLD_MS) onProgress(`${size} of ${pushes} commits are releases; deliveries: ${JSON.stringify(states)}`);
    if (performance.now() - told > TOLD_MS) told = performance.now();
    return (states.waiting ?? 0) === 0 && size >= pushes;
  });
  return { drainedMs: performance.now() - begun };
}

interface Outcome {
  readonly kills: number;
  readonly drainedMs: number;
  readonly commits: readonly string[];
  readonly released: readonly string[];
  readonly states: Readonly<Record<string, number>>;
}

/** Throws where a commit is not one release, or a forged delivery was believed. */
function report(answered: readonly Answered[], { kills, drainedMs, commits, released, states }: Outcome): Report {
  const taken = answered.filter(({ status }) => status === 202).map(({ ms }) => ms);
  const believed = answered.filter(({ kind, status }) => kind === 'forged' && status === 202).length;
  const twice = released.length - new Set(released).size;
  const missing = commits.filter((commit) => !released.includes(commit)).length;
  if (believed + twice + missing > 0)
    throw new Error(`${missing} commits are no release, ${twice} are more than one, ${believed} forged deliveries were believed`);
  const refused = answered.filter(({ kind, status }) => kind === 'forged' && status === 401).length;
  return {
    name: 'webhooks',
    rows: [50, 99, 100].map((share) => row(`acknowledged: ${share === 100 ? 'longest' : `p${share}`}`, 'ms', percentile(taken, share), {})),
    facts: {
      deliveries: answered.length,
      acknowledged: taken.length,
      'while nobody listened': answered.filter(({ status }) => status === 0 || status >= 500).length,
      'forged, refused': refused,
      'kills of the server': kills,
      'commits, each one release': commits.length,
      'taken on afterwards, s': Math.round(drainedMs / 1_000),
      'deliveries by state': states,
      ...machine(),
    },
  };
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Number((sorted[Math.max(0, Math.ceil((sorted.length * share) / 100) - 1)] ?? 0).toFixed(1));
}
