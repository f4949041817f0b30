import type { Account } from '../../domain/github/event.ts';
import type { KnownBy } from '../../domain/people/known-by.ts';

/**
 * Who starts what an account set off: the person whose account it is. Anybody else is named as nobody here can be named, so that they can be told
 * from people who may approve.
 */
export function initiatorOf(
  account: Account,
  people: ReadonlyMap<number, string>,
  delivery: string,
): { readonly person: string; readonly known: KnownBy } {
  const known = { authentication: `GitHub account ${account.id} (${account.login})`, requestId: delivery };
  return { person: people.get(account.id) ?? `github/${account.login}`, known };
}
