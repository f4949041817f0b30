import type { Digest } from './digest.ts';
import {
  type Bond,
  type Companion,
  childrenOf,
  type RepositoryContents,
  type RepositoryManifest,
  type RepositoryTag,
  subjectOf,
  subjectOfTag,
} from './retention-contents.ts';

export interface Lead {
  readonly lead: Digest;
  readonly bond: Bond;
}

/** What a repository holds, by digest, and what goes with what. */
export interface RepositoryGraph {
  readonly manifests: ReadonlyMap<Digest, RepositoryManifest>;
  tagsOf(digest: Digest): readonly RepositoryTag[];
  /** The manifests here that go with another one, which need not be here itself. */
  companionsOf(digest: Digest): readonly Companion[];
  /** The manifests here that went with one that was deleted, as it is remembered: what it needs no more. */
  remainsOf(digest: Digest): readonly Companion[];
  /** The other way round: what a manifest goes with, or went with. */
  leadsOf(digest: Digest): readonly Lead[];
}

export function graphOf(contents: RepositoryContents): RepositoryGraph {
  const manifests = new Map(contents.manifests.map((manifest) => [manifest.digest, manifest]));
  const tags = new Map<Digest, RepositoryTag[]>();
  const companions = new Map<Digest, Companion[]>();
  const remains = new Map<Digest, Companion[]>();
  const leads = new Map<Digest, Lead[]>();
  const join = (lead: Digest, digest: Digest, bond: Bond, followers = companions) => {
    if (lead === digest || !manifests.has(digest)) return;
    put(followers, lead, { digest, bond });
    put(leads, digest, { lead, bond });
  };
  for (const tag of contents.tags) {
    if (tag.kind !== 'naming') continue;
    put(tags, tag.digest, tag);
    const subject = subjectOfTag(tag.name);
    if (subject !== undefined) join(subject, tag.digest, 'attached');
  }
  for (const manifest of contents.manifests) {
    for (const child of childrenOf(manifest)) join(manifest.digest, child, 'child');
    const subject = subjectOf(manifest);
    if (subject !== undefined) join(subject, manifest.digest, 'referrer');
  }
  for (const { digest, parts } of contents.departed) {
    // What is still here, or again, says itself what its parts are.
    if (!manifests.has(digest)) for (const part of parts) join(digest, part.digest, part.bond, remains);
  }
  return {
    manifests,
    tagsOf: (digest) => tags.get(digest) ?? [],
    companionsOf: (digest) => companions.get(digest) ?? [],
    remainsOf: (digest) => remains.get(digest) ?? [],
    leadsOf: (digest) => leads.get(digest) ?? [],
  };
}

function put<Value>(map: Map<Digest, Value[]>, key: Digest, value: Value): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}

/** Everything that some manifests lead to, they themselves included where they are here. */
export function reachedFrom(graph: RepositoryGraph, leads: Iterable<Digest>): ReadonlySet<Digest> {
  const found = new Set<Digest>();
  const open = [...leads];
  const seen = new Set<Digest>(open);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (graph.manifests.has(next)) found.add(next);
    for (const { digest } of [...graph.companionsOf(next), ...graph.remainsOf(next)]) {
      if (seen.has(digest)) continue;
      seen.add(digest);
      open.push(digest);
    }
  }
  return found;
}

/**
 * The digests in an order in which each comes before all that goes with it, so that whatever was cut short left nothing that
 * lacks a part. A tag can be made to close a circle, which digests alone cannot: its members come last, each still before its parts.
 */
export function leadsFirst(graph: RepositoryGraph, digests: ReadonlySet<Digest>): readonly Digest[] {
  const sorted = [...digests].sort();
  const order = withoutCircles(sorted, (digest) => graph.companionsOf(digest));
  const ordered = new Set(order);
  const inCircles = sorted.filter((digest) => !ordered.has(digest));
  const rest = withoutCircles(inCircles, (digest) => graph.companionsOf(digest).filter(({ bond }) => bond === 'child'));
  return [...new Set([...order, ...rest, ...sorted])];
}

/** Kahn's algorithm; members of circles, and what only comes after them, are left out. */
function withoutCircles(digests: readonly Digest[], companionsOf: (digest: Digest) => readonly Companion[]): readonly Digest[] {
  const wanted = new Set(digests);
  const within = (digest: Digest) => [...new Set(companionsOf(digest).map((one) => one.digest))].filter((one) => wanted.has(one));
  const waits = new Map<Digest, number>();
  for (const digest of digests) for (const one of within(digest)) waits.set(one, (waits.get(one) ?? 0) + 1);
  const order = digests.filter((digest) => !waits.has(digest));
  // It grows while it is read.
  for (const digest of order) {
    for (const one of within(digest)) {
      const left = (waits.get(one) ?? 0) - 1;
      waits.set(one, left);
      if (left === 0) order.push(one);
    }
  }
  return order;
}
