import type { KeptDelivery, ReceivedDelivery } from '../../domain/inbox/delivery.ts';
import type { Inbox } from '../../server/ports.ts';

/** Keeps deliveries in memory. */
export class FakeInbox implements Inbox {
  readonly received: ReceivedDelivery[] = [];
  readonly kept: (KeptDelivery & { readonly body: string })[] = [];
  failure: Error | undefined;
  readonly replayed: number[] = [];

  async receive(delivery: ReceivedDelivery): Promise<{ readonly isNew: boolean }> {
    if (this.failure) throw this.failure;
    const isNew = !this.received.some(({ source, id }) => source === delivery.source && id === delivery.id);
    if (isNew) this.received.push(delivery);
    return { isNew };
  }

  async list() {
    return { deliveries: this.kept.map(({ body: _, ...delivery }) => delivery) };
  }

  async find(number: number) {
    return this.kept.find((delivery) => delivery.number === number);
  }

  async replay(number: number): Promise<void> {
    this.replayed.push(number);
  }
}
