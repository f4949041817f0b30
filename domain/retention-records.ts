import { type Digest, parseDigest } from './digest.ts';
import type { LedgerEntry } from './ledger.ts';
import type { Deletion } from './retention.ts';
import type { Departed, RepositoryContents } from './retention-contents.ts';
import type { RegisteredRelease } from './retention-protection.ts';
import { printReason } from './retention-reasons.ts';
import type { RetentionRow } from './retention-report.ts';

/** Who has a repository tidied, and by which run. */
export interface RetentionRun {
  /** Names the run in the ledger's keys. */
  readonly id: string;
  /** The person, or `tidegate` by the schedule. */
  readonly actor: string;
}

/** What the keys of all records about a repository begin with. */
export function recordsOf(repository: string): string {
  return `retention/${repository}@`;
}

/** What the keys of a run's records about a repository begin with. */
function recordsOfRun(repository: string, run: RetentionRun): string {
  return `${recordsOf(repository)}${run.id}/`;
}

/** The record of one deletion, written before it is done; the same again when a run that was cut short goes on. */
export function deletionEntry(repository: string, run: RetentionRun, deletion: Deletion, at: string): LedgerEntry {
  const common = { actor: run.actor, reason: deletion.reasons.map(printReason).join('; '), at };
  const key = recordsOfRun(repository, run);
  if (deletion.kind === 'tag')
    return { key: `${key}tag/${deletion.name}`, action: 'tag-deletion', image: `${repository}:${deletion.name}`, ...common };
  const { digest, tags } = deletion;
  const parts = [...new Set(deletion.parts.map((part) => part.digest))];
  const image = { image: `${repository}@${digest}`, ...(tags.length > 0 && { tags }), ...(parts.length > 0 && { parts }) };
  return { key: `${key}${digest}`, action: 'image-deletion', ...image, ...common };
}

/** The record that a run has gone through a repository: nothing of it is left to be looked for. `undone` were recorded, and kept after all. */
export function endEntry(repository: string, run: RetentionRun, ends: RunEnds, at: string): LedgerEntry {
  const kept = ends.undone.map((row) => row.tag ?? row.digest).join(', ');
  const reason = `${ends.done.length} deleted${kept === '' ? '' : `; kept after all: ${kept}`}`;
  return { key: `${recordsOfRun(repository, run)}ended`, action: 'retention-ended', actor: run.actor, image: repository, reason, at };
}

/** What a run recorded: what it deleted, and what is still there. */
export interface RunEnds {
  readonly done: readonly RetentionRow[];
  readonly undone: readonly RetentionRow[];
}

/** What became of a run's records, all its attempts together, by what the repository holds at its end. */
export function runEnds(entries: readonly LedgerEntry[], run: RetentionRun, contents: RepositoryContents): RunEnds {
  const own = entries.filter((entry) => entry.key.startsWith(recordsOfRun(contents.repository, run)));
  const manifests = new Set<string | undefined>(contents.manifests.map((manifest) => manifest.digest));
  const tags = new Set<string | undefined>(contents.tags.map((tag) => tag.name));
  const isThere = (row: RetentionRow) => (row.digest === undefined ? tags.has(row.tag) : manifests.has(row.digest));
  const rows = own.flatMap(rowsOfEntry);
  return { done: rows.filter((row) => !isThere(row)), undone: rows.filter(isThere) };
}

/** Whether a run has recorded anything about a repository. */
export function hasBegun(entries: readonly LedgerEntry[], run: RetentionRun, repository: string): boolean {
  return entries.some((entry) => entry.key.startsWith(recordsOfRun(repository, run)));
}

function rowsOfEntry({ action, image = '', tags = [], reason }: LedgerEntry): RetentionRow[] {
  const common = { outcome: 'deleted' as const, reasons: [reason] };
  if (action === 'tag-deletion') return [{ tag: image.slice(image.lastIndexOf(':') + 1), ...common }];
  if (action !== 'image-deletion') return [];
  const digest = digestIn(image);
  return tags.length === 0 ? [{ digest, ...common }] : tags.map((tag) => ({ tag, digest, ...common }));
}

export interface PastDeletions {
  /** Of runs that came to no end: they and what went with them may still be there. */
  readonly departed: readonly Departed[];
  /** Of runs that ended, and when each was deleted last. */
  readonly gone: ReadonlyMap<Digest, string>;
}

/** What a repository's records, in their order, say of earlier deletions. */
export function pastDeletions(entries: readonly LedgerEntry[]): PastDeletions {
  const lastEnd = entries.findLastIndex((entry) => entry.action === 'retention-ended');
  const gone = entries.slice(0, lastEnd + 1).flatMap((entry) => departedIn(entry).map(({ digest }) => [digest, entry.at] as const));
  return { departed: entries.slice(lastEnd + 1).flatMap(departedIn), gone: new Map(gone) };
}

/** The digests of releases that may be in a repository without a name: all but those that were deleted since they were released. */
export function worthLooking(releases: readonly RegisteredRelease[], { gone }: PastDeletions): readonly Digest[] {
  const wanted = releases.flatMap(({ createdAt, images }) =>
    images.map(({ digest }) => digest).filter((digest) => !((gone.get(digest) ?? '') >= createdAt)),
  );
  return [...new Set(wanted)];
}

function departedIn({ action, image = '', parts = [] }: LedgerEntry): Departed[] {
  if (action !== 'image-deletion') return [];
  return [{ digest: digestIn(image), parts: parts.map((part) => ({ digest: parseDigest(part), bond: 'child' as const })) }];
}

function digestIn(image: string): Digest {
  return parseDigest(image.slice(image.lastIndexOf('@') + 1));
}
