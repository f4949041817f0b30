import { createHmac, randomUUID } from 'node:crypto';
import type { LocalAccount, RecordedDelivery, RecordedHook } from './repository-records.ts';
import type { RepositoryName, Store } from './store.ts';

/** A delivery as it is sent: its headers and its very bytes. */
export interface SignedDelivery {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The id of every repository of the local GitHub, as the description's example has it. */
export const REPOSITORY_ID = 1_296_269;
const PATIENCE_MS = 10_000;

/** Signs a payload as GitHub does: https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries */
export function signDelivery(event: string, payload: object, secret: string, guid: string = randomUUID()): SignedDelivery {
  const body = JSON.stringify(payload);
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'GitHub-Hookshot/local',
    'x-github-delivery': guid,
    'x-github-event': event,
    'x-hub-signature-256': `sha256=${signature}`,
  };
  return { headers, body };
}

/** What every payload of a repository has. */
export function commonPayload({ owner, repo }: RepositoryName, sender: LocalAccount): Readonly<Record<string, unknown>> {
  return {
    repository: { id: REPOSITORY_ID, full_name: `${owner}/${repo}`, name: repo, default_branch: 'main' },
    sender: { type: 'User', ...sender },
  };
}

/** A push, as its webhook tells it. */
export function pushPayload(
  name: RepositoryName,
  pushed: { readonly ref: string; readonly before: string; readonly after: string; readonly by: LocalAccount },
): Readonly<Record<string, unknown>> {
  const { ref, before, after, by } = pushed;
  return {
    ref: `refs/${ref}`,
    before,
    after,
    deleted: /^0+$/.test(after),
    created: /^0+$/.test(before),
    forced: false,
    ...commonPayload(name, by),
  };
}

/** A job that waits for an environment, as its webhook tells it: https://docs.github.com/webhooks/webhook-events-and-payloads#deployment_protection_rule */
export function protectionPayload(
  name: RepositoryName,
  job: {
    readonly api: string;
    readonly run: number;
    readonly deployment: number;
    readonly environment: string;
    readonly sha: string;
    readonly event: string;
  },
): Readonly<Record<string, unknown>> {
  const { api, run, deployment, environment, sha, event } = job;
  return {
    action: 'requested',
    environment,
    event,
    deployment_callback_url: `${api}/repos/${name.owner}/${name.repo}/actions/runs/${run}/deployment_protection_rule`,
    deployment: { id: deployment, sha, ref: sha, environment },
    pull_requests: [],
    ...commonPayload(name, { id: 7, login: 'octocat' }),
  };
}

/** Where the App's own webhook is kept, and those of an organisation. */
export const APP_PLACE: RepositoryName = { owner: '', repo: '' };

export function organizationPlace(owner: string): RepositoryName {
  return { owner, repo: '' };
}

/** Sends an event to every hook that is for it, of a repository, its organisation and the App, and keeps what came of it. Nothing is sent twice by itself, as GitHub does not either. */
export async function sendToHooks(
  store: Store,
  name: RepositoryName,
  event: string,
  payload: Readonly<Record<string, unknown>>,
): Promise<void> {
  const all = [name, organizationPlace(name.owner), APP_PLACE].flatMap((place) => store.of('hook', place));
  const hooks = all.filter(({ events }) => events.includes(event) || events.includes('*'));
  await Promise.all(hooks.map((hook) => sendTo(store, hook, { event, payload })));
}

async function sendTo(store: Store, hook: RecordedHook, { event, payload }: Pick<RecordedDelivery, 'event' | 'payload'>): Promise<void> {
  const guid = randomUUID();
  const statusCode = await post(hook.url, signDelivery(event, payload, hook.secret, guid));
  const action = typeof payload.action === 'string' ? payload.action : null;
  store.add({ kind: 'delivery', owner: hook.owner, repo: hook.repo, hook: hook.id, guid, event, action, payload, statusCode });
}

async function post(url: string, { headers, body }: SignedDelivery): Promise<number> {
  try {
    const answer = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(PATIENCE_MS) });
    await answer.body?.cancel();
    return answer.status;
  } catch {
    // Whoever does not answer is one that the reconciler has to hear of.
    return 0;
  }
}
