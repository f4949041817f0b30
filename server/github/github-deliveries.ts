import type { Understood } from '../../domain/github/event.ts';
import type { Settlement } from '../../domain/inbox/delivery.ts';
import type { DeliveryReader } from '../inbox/drain.ts';
import { readBody } from '../inbox/read-body.ts';
import { OutsideUnavailable, RequestProblem } from '../problems.ts';
import { hearOfApp } from './app-changes.ts';
import { obeyButton } from './buttons.ts';
import { obeyComment } from './commands.ts';
import { holdBackJob } from './hold-back.ts';
import type { GitHubParts, Reading, TriggeredApplication } from './parts.ts';
import { NotThereYet } from './reachable.ts';
import { readAgain } from './read-again.ts';
import { type Effect, releaseOccasion } from './release-occasion.ts';
import { Repositories } from './repositories.ts';
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
  const same = subject === '' ? undefined : await parts.inbox.handled(subject);
  if (same !== undefined && same !== delivery.number) return ignored(`delivery ${same} was of the same`);
  const found = await repositories.find(happened.repository, signal);
  if (typeof found === 'string') return ignored(found);
  const isByApp = delivery.source === APP_SOURCE;
  const reading: Reading = { parts, repository: found.repository, signal, isByApp, isYoung: ageOf(delivery) < LAG_MS };
  if (event.kind === 'protection') return holdBackJob(reading, event, found.applications, subject);
  if (event.kind === 'comment') return obeyComment(reading, event, found.applications, delivery.id);
  if (event.kind === 'button') {
    return obeyButton(reading, event, sender, { applications: found.applications, delivery: delivery.id });
  }
  const occasion = await readAgain(reading, event, sender);
  if (typeof occasion === 'string') return ignored(occasion);
  return settled(await releaseAll(reading, found.applications, occasion, delivery.id), subject);
}

/** One application's fault keeps no other from its release: it is told of once all had their turn. Throws what does not answer. */
async function releaseAll(
  reading: Reading,
  applications: readonly TriggeredApplication[],
  occasion: Parameters<typeof releaseOccasion>[2],
  delivery: string,
): Promise<readonly Effect[]> {
  const tried: (Effect | Error)[] = [];
  // One after the other: two of them asking for the same at once would be told so.
  for (const application of applications) tried.push(await tryRelease(reading, application, occasion, delivery));
  const silent = tried.find((effect) => effect instanceof Error);
  if (silent !== undefined) throw silent;
  return tried.flatMap((effect) => (effect instanceof Error ? [] : [effect]));
}

async function tryRelease(...asked: Parameters<typeof releaseOccasion>): Promise<Effect | Error> {
  try {
    return await releaseOccasion(...asked);
  } catch (error) {
    if (error instanceof RequestProblem && !(error instanceof OutsideUnavailable))
      return { kind: 'fault', detail: `${error.message}; ${error.hint}` };
    return error instanceof Error ? error : new Error(String(error));
  }
}

function settled(effects: readonly Effect[], subject: string): Settlement {
  if (effects.some(({ kind }) => kind === 'fault'))
    return {
      state: 'parked',
      detail: effects
        .filter(({ kind }) => kind !== 'none')
        .map(({ detail }) => detail)
        .join('; '),
    };
  const made = effects.filter(({ kind }) => kind === 'release');
  const detail = [...new Set((made.length > 0 ? made : effects).map((effect) => effect.detail))].join('; ');
  if (made.length === 0) return ignored(detail);
  return { state: 'done', detail, ...(subject !== '' && { subject }) };
}

function ignored(detail: string): Settlement {
  return { state: 'ignored', detail };
}

/** What is about one branch or tag keeps its order. */
function laneOf({ event, repository }: Happened): string {
  return event.kind === 'push' ? `${repository.id} ${event.ref.kind} ${event.ref.name}` : `${repository.id} ${event.kind}`;
}
