import { listIn, numberIn, objectIn, textIn, wholeNumberIn } from './answers.ts';
import type { Ask, Question } from './ask.ts';
import type { GitHubReads, HookDelivery, HookPlace } from './reads.ts';

/** Of deliveries: 100,000 of them, and a fifth of what GitHub answers in an hour. */
const MOST_PAGES = 1_000;
const PAGE = 100;
/** An App has one webhook, which has no number. */
const OF_THE_APP = 0;

/** How webhooks of a kind are asked for. */
interface Way {
  readonly permission: Question['permission'];
  readonly hooks: string;
  readonly deliveries: string;
  readonly delivery: string;
  readonly asApp?: true;
}

const WAYS: Readonly<Record<HookPlace['kind'], Way>> = {
  repository: {
    permission: { name: 'Webhooks', access: 'read', scope: 'read:repo_hook' },
    hooks: 'GET /repos/{owner}/{repo}/hooks',
    deliveries: 'GET /repos/{owner}/{repo}/hooks/{hook_id}/deliveries',
    delivery: 'GET /repos/{owner}/{repo}/hooks/{hook_id}/deliveries/{delivery_id}',
  },
  organization: {
    permission: { name: 'Organization webhooks', access: 'read', scope: 'admin:org_hook' },
    hooks: 'GET /orgs/{org}/hooks',
    deliveries: 'GET /orgs/{org}/hooks/{hook_id}/deliveries',
    delivery: 'GET /orgs/{org}/hooks/{hook_id}/deliveries/{delivery_id}',
  },
  // What an App may always ask about itself.
  app: {
    permission: { name: 'Metadata', access: 'read', scope: 'none' },
    hooks: 'GET /app/hook/config',
    deliveries: 'GET /app/hook/deliveries',
    delivery: 'GET /app/hook/deliveries/{delivery_id}',
    asApp: true,
  },
};

/** What was sent to webhooks, wherever they were set up: https://docs.github.com/webhooks/testing-and-troubleshooting-webhooks/viewing-webhook-deliveries */
export function hookReads(ask: Ask): Pick<GitHubReads, 'hooks' | 'deliveries' | 'payload'> {
  return {
    hooks: async (place, url, { signal }) => {
      const found = await ask({ ...questionOf(place, 'hooks'), signal, parameters: { ...ofPlace(place), ...pageOf(place) } });
      if (place.kind === 'app') return objectIn(found ?? {}).url === url ? [OF_THE_APP] : [];
      return listIn(found)
        .filter(({ config, active }) => active !== false && objectIn(config).url === url)
        .map((hook) => numberIn(hook, 'id'));
    },
    deliveries: async (place, hook, since, { signal }) => {
      const all: HookDelivery[] = [];
      const isAfter = ({ deliveredAt }: HookDelivery) => Date.parse(deliveredAt) >= Date.parse(since);
      let cursor: string | undefined;
      for (let page = 0; page < MOST_PAGES; page += 1) {
        const parameters = { ...ofPlace(place), ...ofHook(place, hook), per_page: PAGE, ...(cursor !== undefined && { cursor }) };
        cursor = undefined;
        const onNext = (next: string) => {
          cursor = next;
        };
        const found = listIn(await ask({ ...questionOf(place, 'deliveries'), parameters, signal, onNext })).map(deliveryOf);
        all.push(...found.filter(isAfter));
        if (cursor === undefined || !found.every(isAfter)) return { deliveries: all, isCut: false };
      }
      return { deliveries: all, isCut: true };
    },
    payload: async (place, hook, delivery, { signal }) => {
      const parameters = { ...ofPlace(place), ...ofHook(place, hook), delivery_id: delivery };
      const found = await ask({ ...questionOf(place, 'delivery'), parameters, signal });
      return found === undefined ? undefined : objectIn(objectIn(found).request).payload;
    },
  };
}

function questionOf({ kind, repository }: HookPlace, what: 'hooks' | 'deliveries' | 'delivery'): Omit<Question, 'signal'> {
  const { permission, asApp, [what]: route } = WAYS[kind];
  return { route, repository, permission, ...(asApp && { asApp }) };
}

function ofPlace({ kind, repository }: HookPlace): Readonly<Record<string, unknown>> {
  const [owner] = repository.split('/');
  return kind === 'organization' ? { org: owner } : {};
}

function pageOf({ kind }: HookPlace): Readonly<Record<string, unknown>> {
  return kind === 'app' ? {} : { per_page: PAGE };
}

function ofHook({ kind }: HookPlace, hook: number): Readonly<Record<string, unknown>> {
  return kind === 'app' ? {} : { hook_id: hook };
}

function deliveryOf(delivery: Readonly<Record<string, unknown>>): HookDelivery {
  return {
    id: wholeNumberIn(delivery, 'id'),
    guid: textIn(delivery, 'guid'),
    event: textIn(delivery, 'event'),
    deliveredAt: textIn(delivery, 'delivered_at'),
  };
}
