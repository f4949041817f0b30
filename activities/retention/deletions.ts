import type { LedgerEntry } from '../../domain/ledger.ts';
import { type Deletion, isCovered, namesOf, type RetentionPlan } from '../../domain/retention.ts';
import { digestOf, type RepositoryContents } from '../../domain/retention-contents.ts';
import { timesNotDone } from '../../domain/retention-past.ts';
import { deletionEntry, notDoneEntry, type RetentionRun, whyNotDone } from '../../domain/retention-records.ts';
import { RepositoryRestless } from './errors.ts';
import type { Sight, Watch, Working } from './look.ts';
import type { RetentionParts, Shelf } from './ports.ts';

/** Longer than the registry's client waits for an answer. */
const DELETION_MS = 120_000;
/** Deletions in a row that something came between before any could be carried out. */
const MOST_RESTLESS = 10;

/** The deletions of one attempt, one after the other. */
export class Deletions {
  readonly #done = new Set<string>();
  readonly #records: LedgerEntry[];

  constructor(
    private readonly parts: RetentionParts,
    private readonly run: RetentionRun,
    private readonly watch: Watch,
    records: readonly LedgerEntry[],
    /** All that may be deleted, by its names; undefined where nobody was asked. */
    private readonly confirmed: ReadonlySet<string> | undefined,
  ) {
    this.#records = [...records];
  }

  /** Deletes until the last look shows nothing more that may be deleted, and returns it. Throws RepositoryRestless. */
  async carryOut(first: Sight, working: Working): Promise<Sight> {
    let sight = first;
    for (let restless = 0, isFresh = true; restless < MOST_RESTLESS; ) {
      working.signal.throwIfAborted();
      const [next] = await this.#possible(sight.plan, working);
      if (next === undefined && isFresh) return sight;
      const before = this.#done.size;
      sight = next === undefined ? await this.watch.look(working) : await this.#carryOutOne(next, working);
      isFresh = next === undefined;
      restless = isFresh || this.#done.size > before ? 0 : restless + 1;
    }
    throw new RepositoryRestless(this.watch.shelf.repository, MOST_RESTLESS);
  }

  /** What was confirmed, can be deleted by the registry, and was not deleted already. */
  async #possible({ deletions }: RetentionPlan, working: Working): Promise<readonly Deletion[]> {
    const left = deletions.filter((deletion) => !this.#done.has(keyOf(deletion)) && this.#isConfirmed(deletion));
    if (!left.some(({ kind }) => kind === 'tag') || (await this.watch.shelf.deletesTags(working))) return left;
    return left.filter(({ kind }) => kind !== 'tag');
  }

  #isConfirmed(deletion: Deletion): boolean {
    const { confirmed } = this;
    return confirmed === undefined || namesOf(deletion).every((name) => confirmed.has(name));
  }

  /** Records a deletion, looks again at what must stay and at all tags, and carries it out where nothing has come between. */
  async #carryOutOne(deletion: Deletion, working: Working): Promise<Sight> {
    const { shelf } = this.watch;
    // What has moved since the last look need not be recorded only to be taken back.
    if (!(await isStillSo(shelf, deletion, working))) return this.watch.look(working);
    const times = timesNotDone(this.#records, shelf.repository, this.run, deletion);
    const record = deletionEntry(shelf.repository, this.run, deletion, this.#now(), times);
    await this.#keep(record);
    const sight = await this.watch.look(working);
    if (await this.#stands(deletion, sight, working)) await this.#delete(deletion, working);
    else if (isThere(deletion, sight.contents)) await this.#keep(notDoneEntry(record, whyNotDone(deletion, sight.plan), this.#now()));
    else this.#remember(deletion);
    return sight;
  }

  async #stands(deletion: Deletion, { plan }: Sight, working: Working): Promise<boolean> {
    // The first of those that are possible: what leads to it by now has to go before it.
    const [next] = await this.#possible(plan, working);
    return next !== undefined && isCovered(next, deletion) && isStillSo(this.watch.shelf, deletion, working);
  }

  async #delete(deletion: Deletion, working: Working): Promise<void> {
    const { shelf } = this.watch;
    // Remembered first: an answer that is lost may have been a yes.
    this.#remember(deletion);
    // Not cut off by a cancellation: a registry that loses its client in the middle may keep the name of what is gone.
    const asked = { signal: AbortSignal.timeout(DELETION_MS) };
    if (deletion.kind === 'tag') await shelf.deleteTag(deletion.name, deletion.digest, asked);
    else await shelf.deleteManifest(deletion.digest, asked);
    working.onProgress(`deleted ${this.#done.size} in ${shelf.repository}`);
  }

  #remember(deletion: Deletion): void {
    this.#done.add(keyOf(deletion));
    if (deletion.kind === 'manifest') this.watch.remember(deletion);
  }

  async #keep(entry: LedgerEntry): Promise<void> {
    await this.parts.ledger.append(entry);
    this.#records.push(entry);
  }

  #now(): string {
    return new Date(this.parts.now()).toISOString();
  }
}

/** Names a deletion among all of a repository, whatever goes with it. */
function keyOf(deletion: Deletion): string {
  return deletion.kind === 'tag' ? `${deletion.name} ${deletion.digest}` : deletion.digest;
}

/** Whether there is anything left to be deleted; somebody else may have been quicker. */
function isThere(deletion: Deletion, { tags, manifests }: RepositoryContents): boolean {
  if (deletion.kind === 'tag') return tags.some(({ name }) => name === deletion.name);
  return manifests.some(({ digest }) => digest === deletion.digest);
}

/** Whether its own tags still name it. */
async function isStillSo(shelf: Shelf, deletion: Deletion, working: Working): Promise<boolean> {
  const names = deletion.kind === 'tag' ? [deletion.name] : deletion.tags;
  for (const name of names) if (digestOf(await shelf.named(name, working)) !== deletion.digest) return false;
  return true;
}
