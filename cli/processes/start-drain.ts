import type { GitHubReads } from '../../adapters/github/reads.ts';
import type { InboxStore } from '../../adapters/ledger/inbox/inbox-store.ts';
import type { SecretResolver } from '../../adapters/secrets/resolve.ts';
import { environmentPolicy } from '../../config/environment-policy.ts';
import type { Installation } from '../../config/installation.ts';
import { asksWhoStarted, rulesOf } from '../../domain/gates/stage-rules.ts';
import { githubDeliveries } from '../../server/github/github-deliveries.ts';
import type { GitHubParts, TriggeredApplication } from '../../server/github/parts.ts';
import { Reconciler } from '../../server/github/reconciler.ts';
import { type DeliveryReader, Drain } from '../../server/inbox/drain.ts';
import { type ImageSource, imageDeliveries } from '../../server/inbox/image-deliveries.ts';
import type { ServerParts } from '../../server/ports.ts';
import { connectGitHubReads } from '../../worker/connect-github.ts';

/** An inbox that tells whoever drains it that something came. */
export interface WakingInbox extends InboxStore {
  onReceived(wake: () => void): void;
}

export function wakingInbox(kept: InboxStore): WakingInbox {
  let wake = (): void => undefined;
  const awake = async <Result>(work: Promise<Result>): Promise<Result> => {
    const result = await work;
    wake();
    return result;
  };
  return {
    receive: (delivery) => awake(kept.receive(delivery)),
    replay: (number, detail) => awake(kept.replay(number, detail)),
    claim: (room, leaseMs) => kept.claim(room, leaseMs),
    renew: (leaseMs) => kept.renew(leaseMs),
    putBack: (number, lane) => kept.putBack(number, lane),
    leave: () => kept.leave(),
    settle: (number, settlement) => kept.settle(number, settlement),
    handled: (subject) => kept.handled(subject),
    head: (place) => kept.head(place),
    setHead: (place, head) => kept.setHead(place, head),
    list: (page) => kept.list(page),
    find: (number) => kept.find(number),
    isKnown: (source, id) => kept.isKnown(source, id),
    prune: () => kept.prune(),
    close: () => kept.close(),
    onReceived: (next) => {
      wake = next;
    },
  };
}

/** Has everything that comes in taken on, beginning with what was left when a server ended. Throws SecretMissing. */
export async function drainInbox(start: {
  readonly installation: Installation;
  readonly secrets: SecretResolver;
  readonly inbox: WakingInbox;
  readonly parts: ServerParts;
}): Promise<Pick<Drain, 'stop'>> {
  const { inbox, parts, installation } = start;
  const github = await connectGitHubReads(installation, start.secrets);
  const readGitHub = github === undefined ? nobodyReads : githubDeliveries(githubParts(start, github));
  const readImage = imageDeliveries({ server: parts, sources: imageSources(installation), applications: installation.applications });
  const read: DeliveryReader = (delivery) => (['github', 'github-app'].includes(delivery.source) ? readGitHub : readImage)(delivery);
  const drain = new Drain({ inbox, read, log: parts.log });
  inbox.onReceived(() => drain.wake());
  drain.start();
  const reconciler = github === undefined ? undefined : reconcile(start, github);
  return {
    stop: async () => {
      await Promise.all([reconciler?.stop(), drain.stop()]);
    },
  };
}

function githubParts({ installation, parts, inbox }: Parameters<typeof drainInbox>[0], github: GitHubReads): GitHubParts {
  const { people, groups, roles, environments } = installation;
  const us = installation.github?.credentials;
  const accounts = people.flatMap(({ name, github: id }) => (id === undefined ? [] : [[id, name] as const]));
  return {
    server: parts,
    github,
    inbox,
    applications: triggered(installation),
    people: new Map(accounts),
    directory: { groups, roles },
    asksWhoStarted: environments
      .filter(({ name }) => asksWhoStarted(rulesOf(environmentPolicy(installation, name), {})))
      .map(({ name }) => name),
    ...(us?.kind === 'app' && { app: us.id }),
  };
}

/** Without an address of its own the server cannot tell its webhook from others. */
function reconcile({ installation, inbox, parts }: Parameters<typeof drainInbox>[0], github: GitHubReads): Reconciler | undefined {
  const { server, github: settings } = installation;
  if (server.url === undefined || settings?.webhooks === undefined) return undefined;
  const repositories = [...new Set(triggered(installation).map(({ repository }) => repository))];
  const url = `${server.url.replace(/\/+$/, '')}/webhooks/github`;
  const reconciler = new Reconciler({ github, inbox, repositories, url, log: parts.log, now: Date.now });
  reconciler.start();
  return reconciler;
}

/** Left from when the installation had GitHub. */
const nobodyReads: DeliveryReader = () => {
  throw new Error('tidegate.yaml says nothing of GitHub any more');
};

function imageSources({ webhooks, registries }: Installation): readonly ImageSource[] {
  return webhooks.map(({ name, kind, registry }) => {
    const address = registries.find((one) => one.name === registry)?.address;
    return { name, kind, ...(address !== undefined && { registry: address }) };
  });
}

function triggered({ applications }: Installation): readonly TriggeredApplication[] {
  return applications.flatMap(({ name, github, triggers }) => (github === undefined ? [] : [{ name, ...github, triggers }]));
}
