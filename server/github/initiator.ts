import type { KnownBy } from '../../domain/people/known-by.ts';
import type { Actor } from './actor.ts';

/** For the ledger: somebody else may have said it in that account's name. */
const UNPROVED = ', as the delivery alone says';

/**
 * Who starts what an account set off: the person whose account it is. Anybody else is named as nobody here can be named, so that they can be told
 * from people who may approve.
 */
export function initiatorOf(
  { account, isProved }: Actor,
  people: ReadonlyMap<number, string>,
  delivery: string,
): { readonly person: string; readonly known: KnownBy } {
  const authentication = `GitHub account ${account.id} (${account.login})${isProved ? '' : UNPROVED}`;
  const known = { authentication, requestId: delivery };
  return { person: people.get(account.id) ?? `github/${account.login}`, known };
}
