import type { LocalGitHub, LocalJob, LocalPush } from './local-github.ts';
import { awaitedBy, runOf } from './operations/runs.ts';
import type { RepositoryName, Store } from './store.ts';
import { commonPayload, protectionPayload, pushPayload, REPOSITORY_ID, sendToHooks } from './webhooks.ts';

/** What people and machines do there past the API, and hooks are told of. */
type Happenings = Pick<LocalGitHub, 'push' | 'tell' | 'addHook' | 'keepDelivery' | 'comment' | 'jobWaits' | 'cancelRun'>;

/** Happenings at the GitHub of this store, whose API has this address. */
export function happeningsAt(store: Store, api: string): Happenings {
  return {
    push: async (name, pushed) => {
      const before = recordPush(store, name, pushed);
      const { ref, sha, by, isTold = true } = pushed;
      if (isTold) await sendToHooks(store, name, 'push', pushPayload(name, { ref, before, after: sha, by }));
    },
    tell: (name, event, payload) => sendToHooks(store, name, event, payload),
    addHook: (name, hook) => void store.add({ kind: 'hook', ...name, ...hook }),
    keepDelivery: (name, delivery) => {
      const hook = store.of('hook', name)[0]?.id ?? 0;
      store.add({ kind: 'delivery', ...name, hook, action: null, ...delivery });
    },
    comment: async (name, issue, body, author) => {
      const { id } = store.add({ kind: 'comment', ...name, issue, body, author });
      const comment = { id, body, user: { type: 'User', ...author } };
      const payload = { action: 'created', issue: { number: issue }, comment, ...commonPayload(name, author) };
      await sendToHooks(store, name, 'issue_comment', payload);
      return id;
    },
    jobWaits: async (name, job) => {
      const deployment = recordJob(store, name, job);
      const { run, environment, sha, event = 'push' } = job;
      const payload = protectionPayload(name, { api, run, deployment, environment, sha, event });
      await sendToHooks(store, name, 'deployment_protection_rule', payload);
      return deployment;
    },
    cancelRun: (name, run) => {
      const { id: _, createdAt: __, ...last } = runOf(store, name, run) ?? never(run);
      store.add({ ...last, waitsFor: [] });
    },
  };
}

/** Returns the number of its deployment. */
function recordJob(store: Store, name: RepositoryName, job: LocalJob): number {
  const { run, environment, sha, branch = 'main', event = 'push', headRepository = REPOSITORY_ID } = job;
  const waitsFor = [...new Set([...awaitedBy(store, name, run), environment])];
  store.add({ kind: 'run', ...name, run, sha, branch, event, headRepository, waitsFor });
  return store.add({ kind: 'deployment', ...name, ref: sha, task: 'deploy', environment, description: null, payload: {} }).id;
}

/** Returns where the branch was before. */
function recordPush(store: Store, name: RepositoryName, { ref, sha, by, files = [] }: LocalPush): string {
  const before = store.of('ref', name).findLast((record) => record.ref === ref)?.sha ?? '';
  if (!store.of('commit', name).some((record) => record.sha === sha)) store.add({ kind: 'commit', ...name, sha, parent: before, files });
  store.add({ kind: 'ref', ...name, ref, sha, by, before });
  return before === '' ? '0'.repeat(40) : before;
}

function never(run: number): never {
  throw new Error(`The local GitHub has no run ${run}`);
}
