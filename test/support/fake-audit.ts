import type { ExportedRecord } from '../../domain/audit/export-lines.ts';
import { GROWTH_FORMAT } from '../../domain/audit/growth-document.ts';
import { PROOF_FORMAT } from '../../domain/audit/proof-document.ts';
import type { LedgerEntry } from '../../domain/ledger.ts';
import type { Audit } from '../../server/ports.ts';
import { newSigner } from './made-ledger.ts';

/** A ledger of records in memory, whose checkpoints and proofs prove nothing. */
export class FakeAudit implements Audit {
  readonly key = newSigner('tidegate/tests').verifierKey;
  readonly all: ExportedRecord[] = [];
  readonly asked: Parameters<Audit['records']>[0][] = [];

  async records(page: Parameters<Audit['records']>[0]): Promise<readonly ExportedRecord[]> {
    this.asked.push(page);
    const { after = 0, last = Number.MAX_SAFE_INTEGER, limit, newestFirst } = page;
    const found = this.all.filter(({ sequence }) => sequence > after && sequence <= last);
    return (newestFirst === true ? found.reverse() : found).slice(0, limit);
  }

  async record(sequence: number): Promise<ExportedRecord | undefined> {
    return this.all[sequence - 1];
  }

  async prove(sequence: number) {
    const found = this.all[sequence - 1];
    return found && ({ format: PROOF_FORMAT, record: found, inclusion: ['AA=='], checkpoint: 'note', key: this.key } as const);
  }

  async proveGrowth(since: number) {
    const growth = { format: GROWTH_FORMAT, size: since, root: 'AA==', consistency: ['AA=='], checkpoint: 'note', key: this.key } as const;
    return since > this.all.length ? undefined : growth;
  }

  async checkpoint() {
    return { checkpoint: 'note', size: this.all.length, key: this.key, checkpoints: 0 };
  }

  async checkpoints() {
    return [];
  }

  /** What the rows beside the records are said to differ in. */
  readonly different: { readonly what: string; readonly reason: string }[] = [];

  /** What was erased, and by which entry. */
  readonly erasures: { readonly records: readonly number[]; readonly entry: LedgerEntry }[] = [];
  failure: Error | undefined;

  async erase(records: readonly number[], entry: LedgerEntry) {
    if (this.failure !== undefined) throw this.failure;
    this.erasures.push({ records, entry });
    return records;
  }

  async differences() {
    return this.different;
  }
}
