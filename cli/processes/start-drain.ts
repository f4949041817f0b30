import type { GitHubReads } from '../../adapters/github/reads.ts';
import type { InboxStore } from '../../adapters/ledger/inbox/inbox-store.ts';
import type { SecretResolver } from '../../adapters/secrets/resolve.ts';
import { environmentPolicy } from '../../config/environment-policy.ts';
import type { Installation } from '../../config/installation.ts';
import { asksWhoStarted, rulesOf } from '../../domain/gates/stage-rules.ts';
import { containerRegistryOf } from '../../domain/github/container-registry.ts';
import { isGitHubSource, SOURCES } from '../../domain/inbox/github-sources.ts';
import { githubDeliveries } from '../../server/github/github-deliveries.ts';
import type { GitHubParts, TriggeredApplication } from '../../server/github/parts.ts';
import { Reconciler, type WatchedHooks } from '../../server/github/reconciler.ts';
import { type DeliveryReader, Drain } from '../../server/inbox/drain.ts';
import { type ImageSource, imageDeliveries } from '../../server/inbox/image-deliveries.ts';
import type { ActingParts } from '../../server/ports.ts';
import { connectGitHubReads } from '../../worker/connect-github.ts';
import { wakingInbox } from './waking-inbox.ts';

/** Has everything that comes in taken on, beginning with what was left when a server ended. Throws SecretMissing. */
export async function drainInbox(start: {
  readonly installation: Installation;
  readonly secrets: SecretResolver;
  readonly inbox: InboxStore;
  readonly parts: ActingParts;
}): Promise<Pick<Drain, 'stop' | 'wake'>> {
  const { inbox, parts, installation } = start;
  const github = await connectGitHubReads(installation, start.secrets);
  const readGitHub = github === undefined ? nobodyReads : githubDeliveries(githubParts(start, github));
  const readImage = imageDeliveries({ server: parts, sources: imageSources(installation), applications: installation.applications });
  const read: DeliveryReader = (delivery) => (isGitHubSource(delivery.source) ? readGitHub : readImage)(delivery);
  const drain = new Drain({ inbox, read, log: parts.log });
  drain.start();
  const missed = wakingInbox(inbox, () => drain.wake());
  const reconciler = github === undefined ? undefined : reconcile({ ...start, inbox: missed }, github);
  return {
    wake: () => drain.wake(),
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
    ...(installation.github && { registry: containerRegistryOf(installation.github.api) }),
    ...(us?.kind === 'app' && { app: us.id }),
  };
}

/** Without an address of its own the server cannot tell its webhook from others. */
function reconcile({ installation, inbox, parts }: Parameters<typeof drainInbox>[0], github: GitHubReads): Reconciler | undefined {
  const { server } = installation;
  const places = watchedHooks(installation);
  if (server.url === undefined || places.length === 0) return undefined;
  const url = `${server.url.replace(/\/+$/, '')}/webhooks/github`;
  const reconciler = new Reconciler({ github, inbox, places, url, log: parts.log, now: Date.now });
  reconciler.start();
  return reconciler;
}

/** Those of each repository and of its owner, which may be an organisation; and the App's own, whose secret tells where they come from. */
function watchedHooks(installation: Installation): readonly WatchedHooks[] {
  const { github } = installation;
  const repositories = [...new Set(triggered(installation).map(({ repository }) => repository))];
  const owners = new Map(repositories.map((repository) => [repository.split('/')[0]?.toLowerCase(), repository]));
  const [first] = repositories;
  const ofHooks = (kind: WatchedHooks['kind'], repository: string): WatchedHooks => ({ kind, repository, source: SOURCES.hooks });
  return [
    ...(github?.webhooks === undefined ? [] : repositories.map((repository) => ofHooks('repository', repository))),
    ...(github?.webhooks === undefined ? [] : [...owners.values()].map((repository) => ofHooks('organization', repository))),
    ...(github?.credentials.kind !== 'app' || github.appSecret === undefined || first === undefined
      ? []
      : [{ kind: 'app' as const, repository: first, source: SOURCES.app }]),
  ];
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
