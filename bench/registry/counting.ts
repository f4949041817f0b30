import type { Contender } from './contender.ts';
import { openCountingProxy, type Traffic } from './counting-proxy.ts';
import type { Subject } from './subjects.ts';
import { freshTransfer, type Route } from './timing.ts';

/** What one contender asked of the registries on one route, both together. */
export interface Count {
  readonly contender: string;
  readonly cold: Traffic;
  readonly repeated: Traffic;
}

/** Lets each contender copy a subject once more and once again, through counting doors before the registries, and takes no time. */
export async function countCopies(
  contenders: readonly Contender[],
  subject: Subject,
  route: Route,
  folder: string,
): Promise<readonly Count[]> {
  const source = await openCountingProxy(route.source);
  const target = route.target === route.source ? source : await openCountingProxy(route.target);
  const counts: Count[] = [];
  try {
    for (const contender of contenders) {
      const doors = { ...route, source: source.address, target: target.address };
      const transfer = await freshTransfer(contender.name, subject, doors, folder);
      const counted = async () => {
        await contender.copy(transfer);
        return source === target ? source.read() : sum(source.read(), target.read());
      };
      counts.push({ contender: contender.name, cold: await counted(), repeated: await counted() });
    }
  } finally {
    for (const door of new Set([source, target])) await door.close();
  }
  return counts;
}

function sum(one: Traffic, other: Traffic): Traffic {
  return { requests: one.requests + other.requests, bytes: one.bytes + other.bytes, blobBytes: one.blobBytes + other.blobBytes };
}
