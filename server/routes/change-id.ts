import { createHash, randomUUID } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { canonicalJson } from '../../domain/canonical.ts';
import { personOf } from '../authenticate.ts';

/**
 * What makes a repeated change find the first: the caller's own key, for this person, this route and this body alone. Without one every
 * request is another: ids that callers and proxies send along are for tracing, and may be used twice.
 */
export function changeId(request: FastifyRequest, idempotencyKey: string | undefined): string {
  if (!idempotencyKey) return randomUUID();
  const about = canonicalJson([personOf(request).name, request.url, idempotencyKey, request.body ?? null]);
  return createHash('sha256').update(about).digest('hex');
}
