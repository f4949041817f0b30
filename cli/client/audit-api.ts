import type { ExportedRecord } from '../../domain/audit/export-lines.ts';
import type { GrowthDocument } from '../../domain/audit/growth-document.ts';
import type { ProofDocument } from '../../domain/audit/proof-document.ts';
import type { ApiRequests } from './api-requests.ts';

/** The ledger as auditors read it. Every method throws ServerUnreachable, NotTidegate or ServerRefused. */
export class AuditApi {
  constructor(private readonly requests: ApiRequests) {}

  records(filter: Readonly<Record<string, string>>): Promise<{ readonly records: readonly ExportedRecord[]; readonly next?: number }> {
    return this.requests.get(`/audit/records?${new URLSearchParams(filter)}`);
  }

  record(sequence: number): Promise<ExportedRecord> {
    return this.requests.get(`/audit/records/${sequence}`);
  }

  proof(sequence: number): Promise<ProofDocument> {
    return this.requests.get(`/audit/records/${sequence}/proof`);
  }

  growth(since: number): Promise<GrowthDocument> {
    return this.requests.get(`/audit/growth?${new URLSearchParams({ since: String(since) })}`);
  }

  differences(): Promise<{ readonly differences: readonly { readonly what: string; readonly reason: string }[] }> {
    return this.requests.get('/audit/differences');
  }

  erase(wish: { readonly records: readonly number[]; readonly reason: string }): Promise<{ readonly erased: readonly number[] }> {
    return this.requests.post('/audit/erasures', wish);
  }

  checkpoint(): Promise<{ readonly checkpoint: string; readonly size: number; readonly key: string; readonly checkpoints: number }> {
    return this.requests.get('/audit/checkpoint');
  }

  checkpoints(
    after: number,
    last: number,
  ): Promise<{ readonly checkpoints: readonly { readonly size: number; readonly checkpoint: string }[] }> {
    return this.requests.get(`/audit/checkpoints?${new URLSearchParams({ after: String(after), last: String(last) })}`);
  }
}
