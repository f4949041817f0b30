import type { FastifyRequest } from 'fastify';
import { personOf } from '../authenticate.ts';

/** What makes a repeated change find the first: the caller's own key, which is theirs alone, or this request's id. */
export function changeId(request: FastifyRequest, idempotencyKey: string | undefined): string {
  return idempotencyKey ? `${personOf(request).name}/${idempotencyKey}` : request.id;
}
