import type { KeptDelivery } from '../../domain/inbox/delivery.ts';
import type { Inbox } from '../ports.ts';
import { EndedAlready, NoSuchThing } from '../problems.ts';

type WholeDelivery = KeptDelivery & { readonly body: string };

/** Throws NoSuchThing. */
export async function findDelivery(inbox: Inbox, number: number): Promise<WholeDelivery> {
  const found = await inbox.find(number);
  if (found !== undefined) return found;
  throw new NoSuchThing(`There is no delivery ${number}`, "'tidegate webhooks list' shows those of the last 90 days");
}

/** Has a delivery taken on again; one that waits is left to wait. Throws NoSuchThing, and EndedAlready for one whose body is not kept. */
export async function replayDelivery(inbox: Inbox, number: number, person: string): Promise<WholeDelivery> {
  const found = await findDelivery(inbox, number);
  if (found.body === '')
    throw new EndedAlready(
      `What delivery ${number} held is kept no more: it was done three days ago, or another one told the same`,
      'have its sender send it again',
    );
  if (found.state === 'waiting') return found;
  await inbox.replay(number, `taken on again for ${person}, after: ${found.detail}`.slice(0, 1_000));
  return findDelivery(inbox, number);
}
