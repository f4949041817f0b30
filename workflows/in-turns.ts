import { condition } from '@temporalio/workflow';

/** Hosts that are begun at once: more would not fit into one message to Temporal (4 MB), and a worker does no more at a time. */
export const HOSTS_AT_ONCE = 100;

interface Turns<Item> {
  /** Whether one more may begin now. */
  readonly hasRoom: () => boolean;
  /** Whether no further one is to begin at all. */
  readonly isOver: () => boolean;
  /** Must not reject. */
  readonly act: (item: Item) => Promise<void>;
}

/** Begins in order, at once where there is room and else as soon as there is. Resolves when all that began have ended. */
export async function inTurns<Item>(items: readonly Item[], { hasRoom, isOver, act }: Turns<Item>): Promise<void> {
  const begun: Promise<void>[] = [];
  try {
    for (const item of items) {
      if (!hasRoom() && !isOver()) await condition(() => hasRoom() || isOver());
      if (isOver()) return;
      begun.push(act(item));
    }
  } finally {
    await Promise.all(begun);
  }
}
