import type { ClaimedDelivery, Settlement } from '../../domain/inbox/delivery.ts';
import { TemporalUnavailable, WorkerUnavailable, WorkflowBusy, WorkflowStuck } from '../../temporal/errors.ts';
import { isOutage } from '../outage.ts';
import { OutsideUnavailable, RequestProblem } from '../problems.ts';

const SOONEST_MS = 1_000;
const LATEST_MS = 300_000;
/** Nobody mends what has not answered for so long: it is parked, and its sender has forgotten it. */
const PATIENCE_MS = 7 * 86_400_000;

/**
 * What a failure makes of a delivery. What does not answer delays it, however long; what was decided against it parks it; anything else is tried a
 * few times, as nobody knows whether it is the delivery's fault. `now` is in milliseconds since the epoch.
 */
export function settlementOf(error: unknown, delivery: ClaimedDelivery, tries: number, now: number): Settlement {
  const detail = (error instanceof Error ? error.message : String(error)).slice(0, 2_000);
  const ageMs = now - Date.parse(delivery.receivedAt);
  if (isAway(error) && ageMs < PATIENCE_MS) return { state: 'later', detail, afterMs: waitOf(error) ?? backOff(ageMs) };
  if (isAway(error)) return { state: 'parked', detail: `nobody answered for seven days: ${detail}` };
  if (error instanceof RequestProblem) return { state: 'parked', detail: `${detail}; ${error.hint}` };
  if (delivery.attempts >= tries) return { state: 'parked', detail: `it failed ${delivery.attempts} times: ${detail}` };
  return { state: 'failed', detail, afterMs: SOONEST_MS * 2 ** delivery.attempts };
}

/** By name where the class belongs to adapters. A deadline that passed is silence too, and a token that GitHub refuses is replaced sooner or later. */
function isAway(error: unknown): boolean {
  if ([TemporalUnavailable, WorkerUnavailable, WorkflowStuck, WorkflowBusy].some((kind) => error instanceof kind)) return true;
  if (error instanceof OutsideUnavailable || isOutage(error)) return true;
  return error instanceof Error && ['GitHubUnavailable', 'GitHubRefused', 'TimeoutError', 'AbortError'].includes(error.name);
}

/** How long GitHub asked to be left alone. */
function waitOf(error: unknown): number | undefined {
  const wait: unknown = error instanceof Error && 'retryAfterMs' in error ? error.retryAfterMs : undefined;
  return typeof wait === 'number' ? Math.max(wait, SOONEST_MS) : undefined;
}

/** The longer it has waited, the rarer it is tried. */
function backOff(ageMs: number): number {
  return Math.min(Math.max(ageMs / 2, SOONEST_MS), LATEST_MS);
}
