import type { Account, GitRef } from '../../domain/github/event.ts';
import type { Reading } from './parts.ts';
import { NotThereYet } from './reachable.ts';

/** Who set something off, and whether anybody but the delivery itself says so. */
export interface Actor {
  readonly account: Account;
  /** True where GitHub was asked, or where the App's own hook, whose secret nobody else has, told it. */
  readonly isProved: boolean;
}

/** Whom the delivery names: whoever knows the secret of a repository's hook can name anybody. */
export function toldActor({ isByApp }: Reading, account: Account): Actor {
  return { account, isProved: isByApp };
}

/** Whom GitHub names where it keeps a record of it, else whom the delivery names. */
export function recordedActor(reading: Reading, recorded: Account | undefined, told: Account): Actor {
  return recorded === undefined ? toldActor(reading, told) : { account: recorded, isProved: true };
}

/**
 * Who brought a branch to a commit, as GitHub's record of activity has it. It has none of tags, and some servers have none at all: then, as where Tidegate may
 * not read it, whom the delivery names. Throws NotThereYet while the record can lag behind.
 */
export async function pusherOf(reading: Reading, ref: GitRef, commit: string, told: Account): Promise<Actor> {
  if (reading.isByApp || ref.kind === 'tag') return toldActor(reading, told);
  const pushes = await pushesTo(reading, ref.name);
  const found = pushes?.find(({ after }) => after === commit);
  if (found === undefined && pushes !== undefined && reading.isYoung)
    throw new NotThereYet(`GitHub does not tell yet who pushed ${commit.slice(0, 12)} to ${ref.name}`);
  return recordedActor(reading, found?.actor, told);
}

async function pushesTo({ parts, repository, signal }: Reading, branch: string) {
  try {
    return await parts.github.pushes(repository.name, branch, { signal });
  } catch (error) {
    if (error instanceof Error && error.name === 'GitHubRefused') return undefined;
    throw error;
  }
}
