import type { Deletion, RetentionPlan } from '../../domain/retention.ts';
import { digestOf } from '../../domain/retention-contents.ts';
import { deletionEntry, endEntry, hasBegun, pastDeletions, type RetentionRun, recordsOf, runEnds } from '../../domain/retention-records.ts';
import { inOrder, type RetentionReport } from '../../domain/retention-report.ts';
import { PlanChanged, RepositoryRestless } from './errors.ts';
import { hashOf, nameOf, type Sight, Watch, type Working } from './look.ts';
import type { RetentionParts, Shelf } from './ports.ts';
import { possibleRows, reportOf } from './report.ts';

export interface TidyOrder {
  readonly repository: string;
  readonly run: RetentionRun;
  /** The hash of the plan that a person confirmed; without it, whatever the rules say now. */
  readonly planHash?: string;
  /** How much of the report is wanted, in characters of JSON. */
  readonly detail: number;
}

/** After so many deletions, what must stay and where the tags are is asked again. */
const BATCH = 20;
/** Longer than the registry's client waits for an answer. */
const DELETION_MS = 120_000;
/** Looks in a row at which something had moved before anything could be deleted. */
const MOST_RESTLESS = 10;

/**
 * Deletes what the rules do not keep, and says what it did. Each deletion is recorded before it is done, and not done when a tag has moved
 * since it was decided. Can be called again after it was cut short anywhere: it goes on with what is left.
 */
export async function tidy(parts: RetentionParts, order: TidyOrder, working: Working): Promise<RetentionReport> {
  const shelf = parts.library.open(order.repository);
  const { repository } = shelf;
  const before = await parts.ledger.entriesUnder(recordsOf(repository));
  const watch = new Watch(parts, shelf, pastDeletions(before));
  let sight = await watch.look(working);
  const planHash = hashOf(sight.plan, parts);
  if (order.planHash !== undefined && order.planHash !== planHash && !hasBegun(before, order.run, repository))
    throw new PlanChanged(repository);
  // What a person confirmed: later looks may leave some of it, and never add to it.
  const confirmed = order.planHash === planHash ? new Set(sight.plan.deletions.map(nameOf)) : undefined;
  const work = new Deletions(parts, order.run, watch, sight.plan.deletions.length, confirmed);
  for (let restless = 0; ; ) {
    const batch = (await work.possible(sight.plan, working)).slice(0, BATCH);
    if (batch.length === 0) break;
    restless = (await work.carryOut(batch, working)) ? 0 : restless + 1;
    if (restless === MOST_RESTLESS) throw new RepositoryRestless(repository, restless);
    sight = await watch.look(working);
  }
  return conclude(parts, order, watch, sight, planHash, working);
}

/** The deletions of one attempt. */
class Deletions {
  readonly #done = new Set<string>();

  constructor(
    private readonly parts: RetentionParts,
    private readonly run: RetentionRun,
    private readonly watch: Watch,
    private readonly total: number,
    private readonly confirmed: ReadonlySet<string> | undefined,
  ) {}

  /** What the registry can delete and was not told to delete already. */
  async possible(plan: RetentionPlan, working: Working): Promise<readonly Deletion[]> {
    const allowed = plan.deletions.filter((deletion) => this.confirmed?.has(nameOf(deletion)) ?? true);
    const left = allowed.filter((deletion) => !this.#done.has(nameOf(deletion)));
    if (!left.some((deletion) => deletion.kind === 'tag') || (await this.watch.shelf.deletesTags(working))) return left;
    return left.filter((deletion) => deletion.kind !== 'tag');
  }

  /** Deletes one after the other until a tag is no longer where it was; false when that was so at once. */
  async carryOut(batch: readonly Deletion[], working: Working): Promise<boolean> {
    const before = this.#done.size;
    for (const deletion of batch) {
      working.signal.throwIfAborted();
      if (!(await isStillSo(this.watch.shelf, deletion, working))) break;
      await this.#carryOutOne(deletion);
      working.onProgress(`deleted ${this.#done.size} of ${this.total} in ${this.watch.shelf.repository}`);
    }
    return this.#done.size > before;
  }

  async #carryOutOne(deletion: Deletion): Promise<void> {
    const { shelf } = this.watch;
    await this.parts.ledger.append(deletionEntry(shelf.repository, this.run, deletion, new Date(this.parts.now()).toISOString()));
    this.#done.add(nameOf(deletion));
    // Not cut off by a cancellation: a registry that loses its client in the middle may keep the name of what is gone.
    const asked = { signal: AbortSignal.timeout(DELETION_MS) };
    if (deletion.kind === 'tag') return shelf.deleteTag(deletion.name, deletion.digest, asked);
    // Remembered first: an answer that is lost may have been a yes.
    this.watch.remember(deletion);
    await shelf.deleteManifest(deletion.digest, asked);
  }
}

async function isStillSo(shelf: Shelf, deletion: Deletion, working: Working): Promise<boolean> {
  const names = deletion.kind === 'tag' ? [deletion.name] : deletion.tags;
  for (const name of names) if (digestOf(await shelf.named(name, working)) !== deletion.digest) return false;
  return true;
}

async function conclude(
  parts: RetentionParts,
  { run, detail }: TidyOrder,
  { shelf }: Watch,
  { contents, plan }: Sight,
  planHash: string,
  working: Working,
): Promise<RetentionReport> {
  const { repository } = shelf;
  const records = await parts.ledger.entriesUnder(recordsOf(repository));
  const ends = runEnds(records, run, contents);
  const isOpen = pastDeletions(records).departed.length > 0 || ends.undone.length > 0;
  if (isOpen) await parts.ledger.append(endEntry(repository, run, ends, new Date(parts.now()).toISOString()));
  const left = await possibleRows(plan, shelf, working);
  return reportOf(repository, planHash, inOrder([...ends.done, ...left]), detail);
}
