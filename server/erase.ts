import type { Audit } from './ports.ts';
import { StillNeeded, UnfitRequest } from './problems.ts';
import type { Asking } from './standing.ts';

export interface ErasureWish {
  readonly records: readonly number[];
  readonly reason: string;
}

/**
 * Takes who did something, and why, out of records: what is left still proves that it was done. Returns those that still had it. Throws UnfitRequest
 * for a record that is not there, and StillNeeded for one that something in force is checked by: nothing is erased then.
 */
export async function erase(
  audit: Audit,
  { records, reason }: ErasureWish,
  { person, changeId, known }: Asking,
): Promise<readonly number[]> {
  const entry = {
    ...known,
    key: `erasure/${changeId}`,
    action: 'personal-data-erased',
    actor: person,
    reason,
    at: new Date().toISOString(),
  } as const;
  try {
    return await audit.erase(records, entry);
  } catch (error) {
    throw explained(error);
  }
}

/** By name: the classes are of the adapters, which are strangers here. */
function explained(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (error.name === 'RecordUnknown')
    return new UnfitRequest('records', error.message, "'tidegate audit log' lists the newest", { cause: error });
  if (error.name === 'RecordNeeded')
    return new StillNeeded(error.message, 'end it first, or leave that record out: nothing was erased', { cause: error });
  return error;
}
