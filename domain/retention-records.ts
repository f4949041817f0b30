import type { LedgerEntry } from './ledger.ts';
import { type Deletion, namesOf, type RetentionPlan } from './retention.ts';
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
export function recordsOfRun(repository: string, run: RetentionRun): string {
  return `${recordsOf(repository)}${run.id}/`;
}

/** What a person confirmed for a run in a repository. */
export interface Confirmation {
  readonly repository: string;
  readonly run: RetentionRun;
  readonly planHash: string;
  /** In the order of `namesIn`. */
  readonly names: readonly string[];
}

/** A record of a hundred kilobytes is one that people can still open. */
const NAMES_A_RECORD = 1_000;

/** The records of a confirmation, written before the first deletion; the same again when an attempt was killed while it wrote them. */
export function confirmationEntries({ repository, run, planHash, names }: Confirmation, at: string): readonly LedgerEntry[] {
  const count = Math.ceil(names.length / NAMES_A_RECORD);
  return Array.from({ length: count }, (_, index) => ({
    key: `${recordsOfRun(repository, run)}confirmed/${index + 1}`,
    action: 'retention-confirmed',
    actor: run.actor,
    image: repository,
    planHash,
    names: names.slice(index * NAMES_A_RECORD, (index + 1) * NAMES_A_RECORD),
    reason: count === 1 ? `${names.length} to be deleted` : `${names.length} to be deleted, part ${index + 1} of ${count}`,
    at,
  }));
}

/** What a run's records of one deletion have in their keys, however often it was recorded. */
export function keyOfDeletion(repository: string, run: RetentionRun, deletion: Deletion): string {
  return `${recordsOfRun(repository, run)}${deletion.kind === 'tag' ? `tag/${deletion.name}` : deletion.digest}`;
}

/**
 * The record of one deletion, written before it is done; the same again when a run that was cut short goes on. One that was taken back
 * so many times before has a record of its own.
 */
export function deletionEntry(repository: string, run: RetentionRun, deletion: Deletion, at: string, timesNotDone = 0): LedgerEntry {
  const common = { actor: run.actor, reason: deletion.reasons.map(printReason).join('; '), at };
  const key = `${keyOfDeletion(repository, run, deletion)}${timesNotDone === 0 ? '' : `/${timesNotDone + 1}`}`;
  if (deletion.kind === 'tag')
    return { key, action: 'tag-deletion', image: `${repository}:${deletion.name}`, names: namesOf(deletion), ...common };
  const { digest, tags } = deletion;
  const parts = [...new Set(deletion.parts.map((part) => part.digest))];
  const image = { image: `${repository}@${digest}`, ...(tags.length > 0 && { tags }), ...(parts.length > 0 && { parts }) };
  return { key, action: 'image-deletion', ...image, ...common };
}

/** What the key of a record is followed by in the one that takes it back. */
export const NOT_DONE = '/not-done';

/** Takes back the record of a deletion that was not carried out. */
export function notDoneEntry({ key, actor, image, tags }: LedgerEntry, reason: string, at: string): LedgerEntry {
  const about = { ...(image !== undefined && { image }), ...(tags !== undefined && { tags }) };
  return { key: `${key}${NOT_DONE}`, action: 'deletion-not-done', actor, ...about, reason, at };
}

/** Why something that was to be deleted is not, by the plan of a moment later. */
export function whyNotDone(deletion: Deletion, { tags, manifests }: RetentionPlan): string {
  const found =
    deletion.kind === 'tag'
      ? tags.find(({ tag }) => tag.name === deletion.name)
      : manifests.find(({ digest }) => digest === deletion.digest);
  if (found?.verdict.kind === 'keep') return found.verdict.reasons.map(printReason).join('; ');
  return 'its tags, or what goes with it, changed meanwhile';
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
