import type { Digest } from '../../domain/digest.ts';
import type { Descriptor } from '../../domain/oci-manifest.ts';

/** One wish for an index of referrers: that a manifest is listed in it, or that it is not. */
export interface Change {
  readonly digest: Digest;
  /** Undefined takes it out. */
  readonly listed: Descriptor | undefined;
}

/** A descriptor as it was found: what other tools wrote there stays as it is. */
export type Entry = Readonly<Record<string, unknown>>;

/** The entries with all changes made, the last word on a digest counting; undefined when they are as wished already. */
export function withChanges(entries: readonly Entry[], changes: readonly Change[]): readonly Entry[] | undefined {
  const wishes = new Map<unknown, Descriptor | undefined>(changes.map(({ digest, listed }) => [digest, listed]));
  const isUnwanted = ({ digest }: Entry) => wishes.has(digest) && wishes.get(digest) === undefined;
  const kept = entries.filter((entry) => !isUnwanted(entry));
  const there = new Set(kept.map(({ digest }) => digest));
  const added = [...wishes.values()].flatMap((listed) => (listed === undefined || there.has(listed.digest) ? [] : [{ ...listed }]));
  return added.length === 0 && kept.length === entries.length ? undefined : [...kept, ...added];
}
