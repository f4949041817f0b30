import { findPerson } from '../../domain/people/directory.ts';
import type { Telling } from '../../domain/people/known-by.ts';
import type { Mover } from '../../domain/reach.ts';
import { reachOf } from '../reach.ts';
import type { Actor, Actors } from './actor.ts';
import type { Reading } from './parts.ts';
import { unprovedReach } from './unproved-reach.ts';

/** For the ledger: somebody else may have said it in that account's name. */
const UNPROVED = ', as the delivery alone says';

/** Who set a release off, how far it goes by them, and how that is known. */
export interface Starter extends Telling {
  readonly person: string;
  /** As GitHub calls the account. */
  readonly login: string;
  readonly mover: Mover;
}

/** What a release is made of, and the delivery that tells of it. */
export interface About {
  readonly application: string;
  /** Of the release, which is not always the event's; undefined for the default branch. */
  readonly commit: string | undefined;
  readonly delivery: string;
}

/** All who set a release off. Throws what readPipeline throws. */
export async function startersOf(reading: Reading, [first, ...others]: Actors, about: About): Promise<readonly [Starter, ...Starter[]]> {
  return [await starterOf(reading, first, about), ...(await Promise.all(others.map((actor) => starterOf(reading, actor, about))))];
}

/**
 * The person whose account it is. Anybody else is named as nobody here can be named, so that they can be told from people who may approve. A person brings a
 * release no further by a push than by asking for it; what is nobody's account has no role that could limit it.
 */
async function starterOf(reading: Reading, actor: Actor, { application, commit, delivery }: About): Promise<Starter> {
  const { account, isProved } = actor;
  const { people, directory, server } = reading.parts;
  const authentication = `GitHub account ${account.id} (${account.login})${isProved ? '' : UNPROVED}`;
  const name = people.get(account.id);
  const person = name ?? `github/${account.login}`;
  const ownReach = name === undefined ? undefined : reachOf(server, findPerson(directory, name), 'create-release', application);
  const environments = isProved ? ownReach : await unprovedReach(reading, application, commit);
  const limits = environments === undefined ? {} : { environments, ...(!isProved && { isUnproved: true as const }) };
  return { person, login: account.login, mover: { person, ...limits }, known: { authentication, requestId: delivery }, isProved };
}
