import type { InboxStore } from '../../adapters/ledger/inbox/inbox-store.ts';

/** An inbox that tells whoever drains it that something came. */
export function wakingInbox(kept: InboxStore, wake: () => void): InboxStore {
  const awake = async <Result>(work: Promise<Result>): Promise<Result> => {
    const result = await work;
    wake();
    return result;
  };
  return {
    receive: (delivery) => awake(kept.receive(delivery)),
    replay: (number, detail) => awake(kept.replay(number, detail)),
    claim: (room, leaseMs) => kept.claim(room, leaseMs),
    oldestDue: () => kept.oldestDue(),
    renew: (leaseMs) => kept.renew(leaseMs),
    putBack: (number, lane) => kept.putBack(number, lane),
    leave: () => kept.leave(),
    settle: (number, settlement) => kept.settle(number, settlement),
    handled: (subject) => kept.handled(subject),
    head: (place) => kept.head(place),
    setHead: (place, head) => kept.setHead(place, head),
    list: (page) => kept.list(page),
    find: (number) => kept.find(number),
    isKnown: (source, id) => kept.isKnown(source, id),
    prune: () => kept.prune(),
    close: () => kept.close(),
  };
}
