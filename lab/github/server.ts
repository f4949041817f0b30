import { randomUUID } from 'node:crypto';
import { LabApp } from './app.ts';
import { ArchiveHost } from './archives.ts';
import { officialContract } from './contract.ts';
import { serve } from './endpoint.ts';
import type { Rules } from './exchange.ts';
import { Faults } from './faults.ts';
import { GitRepository } from './git-repository.ts';
import { happeningsAt } from './happenings.ts';
import type { LocalGitHub, LocalGitHubOptions, RecordedRequest } from './local-github.ts';
import { checkRuns } from './operations/check-runs.ts';
import { Store } from './store.ts';

/**
 * Starts a GitHub REST API on a loopback port that keeps what it is told and answers with it. Each request and each
 * answer is checked against GitHub's official OpenAPI description: what the description refuses gets 422 in GitHub's shape.
 * Prints nothing. Throws when the port is taken or the directory cannot be written.
 */
export async function startLocalGitHub(options: LocalGitHubOptions): Promise<LocalGitHub> {
  const store = new Store(options.directory);
  const faults = new Faults();
  const requests: RecordedRequest[] = [];
  const registered = options.app === undefined ? undefined : new LabApp(options.app);
  const { token, repositories, permissions } = options;
  const rules: Rules = { contract: officialContract(), token, repositories, permissions, app: registered };
  const manifests = new Map<string, LabApp>();
  const git = new Map<string, GitRepository>();
  const archives = await ArchiveHost.open(git);
  const app = serve({ store, faults, requests, rules, manifests, git, archives, scopes: options.scopes });
  const url = await app.listen({ host: '127.0.0.1', port: options.port ?? 0 });
  return {
    url,
    stop: async () => void (await Promise.all([app.close(), archives.close()])),
    showGit: ({ owner, repo }, directory) => void git.set(`${owner}/${repo}`.toLowerCase(), new GitRepository(directory)),
    archives,
    statuses: (owner, repo, sha) => store.of('status', { owner, repo }).filter((status) => status.sha === sha),
    records: (kind, owner, repo) => store.of(kind, { owner, repo }),
    checkRuns: (owner, repo, sha) => checkRuns(store.of('check-run', { owner, repo })).filter((run) => run.sha === sha),
    seedStatus: (owner, repo, status) => void store.add({ kind: 'status', owner, repo, ...status, description: null, targetUrl: null }),
    app: () => {
      if (registered === undefined) throw new Error('No App is registered at this local GitHub');
      return registered;
    },
    agreeToManifest: (made) => {
      const code = randomUUID();
      manifests.set(code, new LabApp(made));
      return code;
    },
    requests: () => [...requests],
    ...happeningsAt(store, url),
    comments: (name) => store.of('comment', name),
    failNext: (failure) => faults.failNext(failure),
    outage: (on) => faults.outage(on),
    slow: (milliseconds) => faults.slow(milliseconds),
    limit: (limit) => faults.limit(limit),
    endlessNext: (times) => faults.endlessNext(times),
    truncateNext: (times) => faults.truncateNext(times),
  };
}
