import type { Understood } from '../../domain/github/event.ts';
import type { Settlement } from '../../domain/inbox/delivery.ts';
import type { DeliveryReader } from '../inbox/drain.ts';
import { eachByItself, ignored, settled } from '../inbox/effects.ts';
import { readBody } from '../inbox/read-body.ts';
import { hearOfApp } from './app-changes.ts';
import { obeyButton } from './buttons.ts';
import { obeyComment } from './commands.ts';
import { holdBackJob } from './hold-back.ts';
import type { GitHubParts, Reading } from './parts.ts';
import { NotThereYet } from './reachable.ts';
import { readAgain } from './read-again.ts';
import { releaseOccasion } from './release-occasion.ts';
import { Repositories } from './repositories.ts';
import { toldBefore, wordsOf } from './told-before.ts';
import { understand } from './understand.ts';

/** What is signed with the secret that the App's own hook alone has comes from there. */
const APP_SOURCE = 'github-app';

type Happened = Extract<Understood, { kind: 'event' }>;

/** Reads deliveries of GitHub, and has each take its effect once, by what GitHub says when it is asked. */
export function githubDeliveries(parts: GitHubParts): DeliveryReader {
  const repositories = new Repositories(parts);
  return (delivery) => {
    const understood = understand(delivery.event, readBody(delivery));
    if (understood.kind === 'nothing')
      return { lane: `delivery ${delivery.number}`, handle: async () => ({ state: 'ignored', detail: understood.why }) };
    const isByApp = delivery.source === APP_SOURCE;
    if (understood.kind === 'app') return { lane: 'app', handle: (signal) => hearOfApp(parts, understood.change, isByApp, signal) };
    return { lane: laneOf(understood), handle: (signal) => actOrWait(parts, repositories, understood, { delivery, signal }) };
  };
}

interface Turn {
  readonly delivery: { readonly number: number; readonly id: string; readonly source: string; readonly receivedAt: string };
  readonly signal: AbortSignal;
}

/** Longer than GitHub's servers lag behind each other: what is not there by then is gone. */
const LAG_MS = 120_000;
const SOONEST_MS = 2_000;

/** What is not there while the delivery is young is looked for again after 2 s, 4 s, 8 s, … */
async function actOrWait(...[parts, repositories, happened, turn]: Parameters<typeof act>): Promise<Settlement> {
  try {
    return await act(parts, repositories, happened, turn);
  } catch (error) {
    if (!(error instanceof NotThereYet)) throw error;
    const ageMs = ageOf(turn.delivery);
    return ageMs < LAG_MS ? { state: 'later', detail: error.message, afterMs: Math.max(ageMs, SOONEST_MS) } : ignored(error.message);
  }
}

/** In milliseconds. */
function ageOf({ receivedAt }: Turn['delivery']): number {
  return Date.now() - Date.parse(receivedAt);
}

async function act(parts: GitHubParts, repositories: Repositories, happened: Happened, { delivery, signal }: Turn): Promise<Settlement> {
  const { event, sender, subject } = happened;
  const isByApp = delivery.source === APP_SOURCE;
  const same = await toldBefore(parts.inbox, subject, isByApp);
  if (same !== undefined && same !== delivery.number) return ignored(`delivery ${same} was of the same`);
  const found = await repositories.find(happened.repository, signal);
  if (typeof found === 'string') return ignored(found);
  const reading: Reading = { parts, repository: found.repository, signal, isByApp, isYoung: ageOf(delivery) < LAG_MS };
  if (event.kind === 'protection') return holdBackJob(reading, event, found.applications, subject);
  if (event.kind === 'comment') return obeyComment(reading, event, found.applications, delivery.id);
  if (event.kind === 'button') {
    return obeyButton(reading, event, sender, { applications: found.applications, delivery: delivery.id });
  }
  const occasion = await readAgain(reading, event, sender);
  if (typeof occasion === 'string') return ignored(occasion);
  const effects = await eachByItself(found.applications, (application) => releaseOccasion(reading, application, occasion, delivery.id));
  return settled(effects, wordsOf(subject, isByApp));
}

/** What is about one branch or tag keeps its order. */
function laneOf({ event, repository }: Happened): string {
  return event.kind === 'push' ? `${repository.id} ${event.ref.kind} ${event.ref.name}` : `${repository.id} ${event.kind}`;
}
