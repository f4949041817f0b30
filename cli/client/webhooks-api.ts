import type { KeptDelivery } from '../../domain/inbox/delivery.ts';
import type { ApiRequests } from './api-requests.ts';

/** What webhooks have brought. Every method throws ServerUnreachable, NotTidegate or ServerRefused. */
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
}
