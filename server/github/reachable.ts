import { NotThereYet } from '../inbox/not-there-yet.ts';
import type { Reading } from './parts.ts';

/** Why a commit is not on a branch as it is now; undefined where it is. GitHub shows a repository commits of its forks too: this is what tells them apart. Throws NotThereYet. */
export async function onBranch({ parts, repository, signal }: Reading, branch: string, commit: string): Promise<string | undefined> {
  const head = await parts.github.commit(repository.name, `heads/${branch}`, { signal });
  if (head === undefined) throw new NotThereYet(`the branch ${branch} is gone`);
  if (head === commit) return undefined;
  const comparison = await parts.github.compare(repository.name, commit, head, { signal });
  if (comparison?.status === 'ahead' || comparison?.status === 'identical') return undefined;
  const why = `the branch ${branch} no longer has ${commit.slice(0, 12)}`;
  if (comparison?.status === 'diverged') return why;
  throw new NotThereYet(why);
}

/** Whether a commit leads to another one, or is it. */
export async function isBefore({ parts, repository, signal }: Reading, commit: string, later: string): Promise<boolean> {
  if (commit === later) return true;
  const comparison = await parts.github.compare(repository.name, commit, later, { signal });
  return comparison?.status === 'ahead' || comparison?.status === 'identical';
}
