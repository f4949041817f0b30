import type { GuardedRuns, RunAtGitHub } from '../../activities/guards.ts';
import type { Guard } from '../../domain/guard/guard.ts';
import type { Ask } from './ask.ts';
import type { GitHubReads } from './reads.ts';

type Reads = Pick<GitHubReads, 'repository' | 'commit' | 'compare' | 'workflowRun' | 'awaited'>;
type Asking = Parameters<GuardedRuns['read']>[1];

const DEPLOYMENTS = { name: 'Deployments', access: 'write', scope: 'repo_deployment' } as const;
const REVIEW = 'POST /repos/{owner}/{repo}/actions/runs/{run_id}/deployment_protection_rule';

/** Runs of GitHub Actions whose jobs wait, by https://docs.github.com/rest/actions/workflow-runs */
export function createGuardedRuns(ask: Ask, reads: Reads): GuardedRuns {
  return {
    read: async ({ repository: { id, name }, run: number }, asking) => {
      const run = await reads.workflowRun(name, number, asking);
      if (run === undefined) return undefined;
      const { commit, event, branch } = run;
      return { commit, event, branch, isForeign: run.headRepository !== id, waitsFor: await reads.awaited(name, number, asking) };
    },
    objectionToReach: (guard, run, asking) => objectionToReach(reads, guard, run, asking),
    tell: async ({ repository: { name }, run, environment }, said, { signal }) => {
      const parameters = { run_id: run, environment_name: environment, ...said };
      await ask({ route: REVIEW, repository: name, permission: DEPLOYMENTS, parameters, expects: 204, signal });
    },
  };
}

/** GitHub shows commits of forks under the repository's name too: only what a branch or a tag of its own leads to is the repository's. */
async function objectionToReach(reads: Reads, { repository: { name } }: Guard, { branch, commit }: RunAtGitHub, asking: Asking) {
  const main = (await reads.repository(name, asking))?.defaultBranch;
  const own = branch === '' ? [] : [`heads/${branch}`, `tags/${branch}`];
  const refs = main === undefined || main === branch ? own : [...own, `heads/${main}`];
  for (const ref of refs) if (await leadsTo(reads, name, ref, commit, asking)) return undefined;
  return `No branch or tag that it ran for leads to its commit ${commit.slice(0, 12)}, and the default branch does not either`;
}

async function leadsTo(reads: Reads, repository: string, ref: string, commit: string, asking: Asking): Promise<boolean> {
  const head = await reads.commit(repository, ref, asking);
  if (head === undefined) return false;
  if (head === commit) return true;
  const comparison = await reads.compare(repository, commit, head, asking);
  return comparison?.status === 'ahead' || comparison?.status === 'identical';
}
