import type { Understood } from '../../domain/github/event.ts';
import type { Settlement } from '../../domain/inbox/delivery.ts';
import { SOURCES } from '../../domain/inbox/github-sources.ts';
import type { DeliveryReader } from '../inbox/drain.ts';
import { eachByItself, ignored, settled } from '../inbox/effects.ts';
import { actOrWait, isYoung } from '../inbox/not-there-yet.ts';
import { readBody } from '../inbox/read-body.ts';
import { hearOfApp } from './app-changes.ts';
import { obeyButton } from './buttons.ts';
import { obeyComment } from './commands.ts';
import { holdBackJob } from './hold-back.ts';
import type { GitHubParts, Reading } from './parts.ts';
import { readAgain } from './read-again.ts';
import { releaseOccasion } from './release-occasion.ts';
import { Repositories } from './repositories.ts';
import { toldBefore, wordsOf } from './told-before.ts';
import { understand } from './understand.ts';

type Happened = Extract<Understood, { kind: 'event' }>;

/** Reads deliveries of GitHub, and has each take its effect once, by what GitHub says when it is asked. */
export function githubDeliveries(parts: GitHubParts): DeliveryReader {
  const repositories = new Repositories(parts);
  return (delivery) => {
    const understood = understand(delivery.event, readBody(delivery), parts.registry);
    if (understood.kind === 'nothing')
      return { lane: `delivery ${delivery.number}`, handle: async () => ({ state: 'ignored', detail: understood.why }) };
    const isByApp = delivery.source === SOURCES.app;
    if (understood.kind === 'app') return { lane: 'app', handle: (signal) => hearOfApp(parts, understood.change, isByApp, signal) };
    return {
      lane: laneOf(understood),
      handle: (signal) => actOrWait(delivery, () => act(parts, repositories, understood, { delivery, signal })),
    };
  };
}

interface Turn {
  readonly delivery: { readonly number: number; readonly id: string; readonly source: string; readonly receivedAt: string };
  readonly signal: AbortSignal;
}

async function act(parts: GitHubParts, repositories: Repositories, happened: Happened, { delivery, signal }: Turn): Promise<Settlement> {
  const { event, sender, subject } = happened;
  const isByApp = delivery.source === SOURCES.app;
  const same = await toldBefore(parts.inbox, subject, isByApp);
  if (same !== undefined && same !== delivery.number) return ignored(`delivery ${same} was of the same`);
  const found = await repositories.find(happened.repository, signal);
  if (typeof found === 'string') return ignored(found);
  const reading: Reading = { parts, repository: found.repository, signal, isByApp, isYoung: isYoung(delivery) };
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
