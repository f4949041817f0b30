import { entryOf } from '../../domain/audit/record.ts';
import type { LedgerAction, LedgerEntry } from '../../domain/ledger.ts';
import { RECORD_STATEMENTS } from './record-statements.ts';
import { readRecord } from './rows.ts';
import { type Reader, readEnd } from './tree-rows.ts';

/** The record of a decision that may still stand. */
export interface KeptRecord {
  readonly sequence: number;
  readonly content: string;
  /** Undefined once who decided it was erased. */
  readonly id: string | undefined;
  readonly entry: LedgerEntry;
}

const KEPT: readonly LedgerAction[] = ['freeze-begun', 'release-blocked', 'environment-held', 'vote-delegated', 'glass-broken'];
const CHANGED: readonly LedgerAction[] = [
  'freeze-lifted',
  'block-lifted',
  'hold-released',
  'delegation-ended',
  'glass-ratified',
  'glass-consequence',
];

/** What the records say of decisions, read once and then as far as they grow: records are never changed. */
export class StandingRecords {
  #size = 0;
  /** By the hash of what was decided: those that nobody has ended, and that are not known to be over. */
  readonly open = new Map<string, KeptRecord>();
  /** Ids of those that somebody ended. */
  readonly ended = new Set<string>();
  /** Hashes of how they ended and were ratified. */
  readonly changes = new Set<string>();
  /** Hashes of all that was ever decided. */
  readonly known = new Set<string>();

  async refresh(reader: Reader): Promise<void> {
    const { size } = await readEnd(reader);
    if (size === this.#size) return;
    // Fewer than before are another ledger's, which the next checkpoint finds out.
    const after = size < this.#size ? 0 : this.#size;
    for (const row of await reader.read(RECORD_STATEMENTS.vouching(after, size, [...KEPT, ...CHANGED]))) {
      const record = readRecord(row);
      this.#take(record.sequence, entryOf(record));
    }
    this.#size = size;
  }

  #take(sequence: number, entry: LedgerEntry): void {
    const { content, action, key } = entry;
    if (content === undefined) return;
    const [, id, change] = /^standing\/(.+)\/(kept|ended|ratified)$/.exec(key) ?? [];
    if (KEPT.includes(action)) {
      this.known.add(content);
      this.open.set(content, { sequence, content, id, entry });
    } else this.changes.add(content);
    if (change === 'ended' && id !== undefined) this.#end(id);
  }

  #end(ended: string): void {
    this.ended.add(ended);
    for (const [content, { id }] of this.open) if (id === ended) this.open.delete(content);
  }
}
