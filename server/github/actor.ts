import type { Push } from '../../adapters/github/reads.ts';
import type { Account, GitRef } from '../../domain/github/event.ts';
import { NotThereYet } from '../inbox/not-there-yet.ts';
import type { Reading } from './parts.ts';

/** Who set something off, and whether anybody but the delivery itself says so. */
export interface Actor {
  readonly account: Account;
  /** True where GitHub was asked, or where the App's own hook, whose secret nobody else has, told it. */
  readonly isProved: boolean;
}

/** One at least: the first is whom a release that it makes is named after. */
export type Actors = readonly [Actor, ...Actor[]];

/** Whom the delivery names: whoever knows the secret of a repository's hook can name anybody. */
export function toldActor({ isByApp }: Reading, account: Account): Actor {
  return { account, isProved: isByApp };
}

/** Whom GitHub names where it keeps a record of it, else whom the delivery names. */
export function recordedActor(reading: Reading, recorded: Account | undefined, told: Account): Actor {
  return recorded === undefined ? toldActor(reading, told) : { account: recorded, isProved: true };
}

/** What is known of the push that is asked about. */
export interface AskedPush {
  readonly ref: GitRef;
  readonly commit: string;
  /** What the delivery says that the branch led to before; undefined where it does not say. */
  readonly before?: string;
}

/**
 * Who brought a branch to a commit, as GitHub's record of activity has it: everybody who ever did, with the push that is told of first, as a branch can be set back by somebody else. It has
 * none of tags, and some servers have none at all: then, as where Tidegate may not read it, whom the delivery names. Whom the App's hook names is among them in any case: of checks
 * that is not who pushed. Throws NotThereYet while the record can lag behind and nobody is proved.
 */
export async function pushersOf(reading: Reading, asked: AskedPush, told: Account): Promise<Actors> {
  const untold: Actors = [toldActor(reading, told)];
  if (asked.ref.kind === 'tag') return untold;
  const pushes = await pushesTo(reading, asked.ref.name);
  if (pushes === undefined) return untold;
  const [first, ...others] = leadingThere(pushes, asked, reading);
  if (first === undefined) return untold;
  if (reading.isByApp) return [...untold, ...recordedBeside(told, [first, ...others])];
  return [recordedActor(reading, first.actor, told), ...others.map(({ actor }) => recordedActor(reading, actor, told))];
}

function recordedBeside({ id }: Account, pushes: readonly Push[]): readonly Actor[] {
  return pushes.flatMap(({ actor }) => (actor === undefined || actor.id === id ? [] : [{ account: actor, isProved: true }]));
}

/** While the record can lag, an older push to the same commit is not taken for the one that is told of. */
function leadingThere(pushes: readonly Push[], { ref, commit, before }: AskedPush, { isYoung, isByApp }: Reading): readonly Push[] {
  const there = pushes.filter(({ after }) => after === commit);
  const own = there.filter((push) => before === undefined || push.before === before);
  if (own.length === 0 && isYoung && !isByApp)
    throw new NotThereYet(`GitHub does not tell yet who pushed ${commit.slice(0, 12)} to ${ref.name}`);
  return [...own, ...there.filter((push) => !own.includes(push))];
}

async function pushesTo({ parts, repository, signal }: Reading, branch: string) {
  try {
    return await parts.github.pushes(repository.name, branch, { signal });
  } catch (error) {
    if (error instanceof Error && error.name === 'GitHubRefused') return undefined;
    throw error;
  }
}
