import type { FastifyRequest } from 'fastify';
import { askerOf } from '../authenticate.ts';
import type { Asking } from '../standing.ts';
import { changeId } from './change-id.ts';

/** Who asks, for what is written down. */
export function askingOf(request: FastifyRequest): Asking {
  const key = request.headers['idempotency-key'];
  return { ...askerOf(request), changeId: changeId(request, typeof key === 'string' ? key : undefined) };
}
