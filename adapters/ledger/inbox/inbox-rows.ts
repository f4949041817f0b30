import type { ClaimedDelivery, DeliveryState, KeptDelivery } from '../../../domain/inbox/delivery.ts';
import type { Row } from '../database.ts';

/** A delivery with all that is needed to take it on, counted as begun. */
export function readClaimed(row: Row): ClaimedDelivery {
  return {
    number: Number(row.position),
    source: String(row.source),
    id: String(row.id),
    event: String(row.event),
    contentType: String(row.content_type),
    body: String(row.body),
    receivedAt: String(row.received_at),
    attempts: Number(row.attempts) + 1,
  };
}

/** A delivery as it is shown. */
export function readKept(row: Row): KeptDelivery {
  const state = String(row.state) as DeliveryState;
  return {
    number: Number(row.position),
    source: String(row.source),
    id: String(row.id),
    event: String(row.event),
    receivedAt: String(row.received_at),
    state,
    attempts: Number(row.attempts),
    detail: String(row.detail),
    ...(state === 'waiting' && { dueAt: new Date(Number(row.due_at)).toISOString() }),
  };
}
