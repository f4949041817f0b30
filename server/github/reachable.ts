import type { Reading } from './parts.ts';

/** Why a commit is not on a branch as it is now; undefined where it is. GitHub shows a repository commits of its forks too: this is what tells them apart. */
export async function onBranch({ parts, repository, signal }: Reading, branch: string, commit: string): Promise<string | undefined> {
  const head = await parts.github.commit(repository.name, `heads/${branch}`, { signal });
  if (head === undefined) return `the branch ${branch} is gone`;
  if (head === commit) return undefined;
  return (await isBefore({ parts, repository, signal }, commit, head))
    ? undefined
    : `the branch ${branch} no longer has ${commit.slice(0, 12)}`;
}

/** Whether a commit leads to another one, or is it. */
export async function isBefore({ parts, repository, signal }: Reading, commit: string, later: string): Promise<boolean> {
  if (commit === later) return true;
  const comparison = await parts.github.compare(repository.name, commit, later, { signal });
  return comparison?.status === 'ahead' || comparison?.status === 'identical';
}
