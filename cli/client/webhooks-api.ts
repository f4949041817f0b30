import type { GuardStatus } from '../../domain/guard/guard.ts';
import type { KeptDelivery } from '../../domain/inbox/delivery.ts';
import type { ApiRequests } from './api-requests.ts';

/** What webhooks have brought, and the runs of GitHub Actions that wait by them. Every method throws ServerUnreachable, NotTidegate or ServerRefused. */
export class WebhooksApi {
  constructor(private readonly requests: ApiRequests) {}

  deliveries(filter: Readonly<Record<string, string>>): Promise<{ readonly deliveries: readonly KeptDelivery[]; readonly next?: number }> {
    return this.requests.get(`/webhooks/deliveries?${new URLSearchParams(filter)}`);
  }

  delivery(number: number): Promise<KeptDelivery & { readonly body: string }> {
    return this.requests.get(`/webhooks/deliveries/${number}`);
  }

  replay(number: number): Promise<KeptDelivery> {
    return this.requests.post(`/webhooks/deliveries/${number}/replay`, {});
  }

  guards(): Promise<{ readonly guards: readonly GuardStatus[] }> {
    return this.requests.get('/guards');
  }

  endGuard(end: { readonly run: number; readonly environment: string; readonly reason: string }): Promise<GuardStatus> {
    return this.requests.post('/guards/end', end);
  }
}
