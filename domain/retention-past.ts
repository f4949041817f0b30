import { type Digest, parseDigest } from './digest.ts';
import type { LedgerEntry } from './ledger.ts';
import { type Deletion, nameOfTag } from './retention.ts';
import type { Departed, RepositoryContents } from './retention-contents.ts';
import type { RegisteredRelease } from './retention-protection.ts';
import { keyOfDeletion, NOT_DONE, notDoneEntry, type RetentionRun, type RunEnds, recordsOfRun } from './retention-records.ts';
import type { RetentionRow } from './retention-report.ts';

/** Whether a run has recorded anything about a repository. */
export function hasBegun(entries: readonly LedgerEntry[], run: RetentionRun, repository: string): boolean {
  return entries.some((entry) => entry.key.startsWith(recordsOfRun(repository, run)));
}

/** What a person confirmed for a run, as far as it is written down. */
export function namesConfirmed(entries: readonly LedgerEntry[], run: RetentionRun, repository: string): readonly string[] {
  const own = entries.filter(({ key, action }) => action === 'retention-confirmed' && key.startsWith(recordsOfRun(repository, run)));
  return own.flatMap(({ names = [] }) => names);
}

/** How often a run recorded a deletion that was then not carried out. */
export function timesNotDone(entries: readonly LedgerEntry[], repository: string, run: RetentionRun, deletion: Deletion): number {
  const key = keyOfDeletion(repository, run, deletion);
  return entries.filter((entry) => entry.action === 'deletion-not-done' && recordedKey(entry).replace(/\/\d+$/, '') === key).length;
}

/**
 * Takes back the deletions of which nobody knows whether they were carried out, and whose object is there: the worker died between record
 * and deletion, and by the end of the next run something keeps it.
 */
export function entriesLeft(entries: readonly LedgerEntry[], contents: RepositoryContents, at: string): readonly LedgerEntry[] {
  return standing(entries.slice(lastEnd(entries) + 1))
    .filter((entry) => isThere(entry, contents))
    .map((entry) => notDoneEntry(entry, 'it is there at the end of the run', at));
}

/** What became of a run's records, all its attempts together, by what the repository holds at its end. */
export function runEnds(entries: readonly LedgerEntry[], run: RetentionRun, contents: RepositoryContents): RunEnds {
  const own = entries.filter((entry) => entry.key.startsWith(recordsOfRun(contents.repository, run)) && isDeletion(entry));
  const latest = [...new Map(own.map((entry) => [entry.image, entry])).values()];
  const stand = new Set(standing(entries));
  return {
    done: latest.filter((entry) => stand.has(entry)).flatMap(rowsOfEntry),
    undone: latest.filter((entry) => !stand.has(entry) && isThere(entry, contents)).flatMap(rowsOfEntry),
  };
}

export interface PastDeletions {
  /** Of runs that came to no end: they and what went with them may still be there. */
  readonly departed: readonly Departed[];
  /** Of runs that ended, and when each was deleted last. */
  readonly gone: ReadonlyMap<Digest, string>;
}

/** What a repository's records, in their order, say of earlier deletions. */
export function pastDeletions(entries: readonly LedgerEntry[]): PastDeletions {
  const end = lastEnd(entries);
  const stand = standing(entries);
  const ended = new Set(entries.slice(0, end + 1));
  const gone = stand
    .filter((entry) => ended.has(entry))
    .flatMap((entry) => departedIn(entry).map(({ digest }) => [digest, entry.at] as const));
  return { departed: stand.filter((entry) => !ended.has(entry)).flatMap(departedIn), gone: new Map(gone) };
}

/** The digests of releases that may be in a repository without a name: all but those that were deleted since they were released. */
export function worthLooking(releases: readonly RegisteredRelease[], { gone }: PastDeletions): readonly Digest[] {
  const wanted = releases.flatMap(({ createdAt, images }) =>
    images.map(({ digest }) => digest).filter((digest) => !((gone.get(digest) ?? '') >= createdAt)),
  );
  return [...new Set(wanted)];
}

function lastEnd(entries: readonly LedgerEntry[]): number {
  return entries.findLastIndex((entry) => entry.action === 'retention-ended');
}

/** The records of deletions that no other record takes back. */
function standing(entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
  const takenBack = new Set(entries.filter(({ action }) => action === 'deletion-not-done').map(recordedKey));
  return entries.filter((entry) => isDeletion(entry) && !takenBack.has(entry.key));
}

function isDeletion({ action }: LedgerEntry): boolean {
  return action === 'image-deletion' || action === 'tag-deletion';
}

/** The key of the record that is taken back. */
function recordedKey({ key }: LedgerEntry): string {
  return key.slice(0, -NOT_DONE.length);
}

/** Whether what a record is about is there; a tag that names something else by now is another one. */
function isThere({ action, image = '', names }: LedgerEntry, { tags, manifests }: RepositoryContents): boolean {
  if (action === 'image-deletion') return manifests.some(({ digest }) => digest === digestIn(image));
  return tags.some(
    (tag) => tag.name === tagIn(image) && (tag.kind !== 'naming' || (names?.includes(nameOfTag(tag.name, tag.digest)) ?? true)),
  );
}

function rowsOfEntry({ action, image = '', tags = [], reason }: LedgerEntry): RetentionRow[] {
  const common = { outcome: 'deleted' as const, reasons: [reason] };
  if (action === 'tag-deletion') return [{ tag: tagIn(image), ...common }];
  const digest = digestIn(image);
  return tags.length === 0 ? [{ digest, ...common }] : tags.map((tag) => ({ tag, digest, ...common }));
}

function departedIn({ action, image = '', parts = [] }: LedgerEntry): Departed[] {
  if (action !== 'image-deletion') return [];
  return [{ digest: digestIn(image), parts: parts.map((part) => ({ digest: parseDigest(part), bond: 'child' as const })) }];
}

function digestIn(image: string): Digest {
  return parseDigest(image.slice(image.lastIndexOf('@') + 1));
}

function tagIn(image: string): string {
  return image.slice(image.lastIndexOf(':') + 1);
}
