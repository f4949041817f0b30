import type { PeopleStore } from '../adapters/ledger/people-store.ts';
import { bindingOf, LISTED } from '../domain/people/identity.ts';
import { skeletonOf } from '../domain/people/person-name.ts';
import type { KnownPeople, ServerLog } from './ports.ts';

/** Has the names of the file taken for good: whoever signs in later gets none of them, nor one like them, also when the file names them no more. */
export async function rememberNames(store: PeopleStore, { listed }: KnownPeople, log: ServerLog): Promise<void> {
  for (const { name } of listed) {
    try {
      if ((await store.identity(LISTED, name)) !== undefined) continue;
      const identity = { issuer: LISTED, subject: name, name, at: new Date().toISOString() };
      // Somebody who signed in has the name already: as taken as it can be.
      await store.bindIdentity(identity, skeletonOf(name), bindingOf(identity));
    } catch (error) {
      log.error({ err: error, name }, 'That a name is taken is not written down; the next start tries again');
    }
  }
}
