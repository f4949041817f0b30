import type { RetentionRow } from '../../domain/retention-report.ts';
import type { RetentionOrder, RetentionStatus } from '../../domain/retention-run.ts';
import type { ApiRequests } from './api-requests.ts';

/** Runs that tidy the registry. Every method throws ServerUnreachable, NotTidegate or ServerRefused. */
export class RetentionApi {
  constructor(private readonly requests: ApiRequests) {}

  start(order: Omit<RetentionOrder, 'actor'>): Promise<{ readonly run: string }> {
    return this.requests.post('/retention/runs', order);
  }

  status(run: string): Promise<RetentionStatus> {
    return this.requests.get(`/retention/runs/${encodeURIComponent(run)}`);
  }

  rows(run: string, repository: string): Promise<{ readonly rows: readonly RetentionRow[] }> {
    return this.requests.get(`/retention/runs/${encodeURIComponent(run)}/rows?${new URLSearchParams({ repository })}`);
  }

  stop(run: string): Promise<RetentionStatus> {
    return this.requests.post(`/retention/runs/${encodeURIComponent(run)}/cancellation`, {});
  }
}
