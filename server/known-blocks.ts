import { setTimeout } from 'node:timers/promises';
import type { Block } from '../domain/standing.ts';
import type { ActingParts } from './ports.ts';

/** A way back waits no longer than this to hear of blocks, and goes on without. */
const PATIENCE_MS = 1_000;

/** Blocks of an application's releases, as far as the ledger can be read now: a way back never waits for it. */
export async function knownBlocks({ decisions, log }: ActingParts, application: string, environment: string): Promise<readonly Block[]> {
  const patience = new AbortController();
  try {
    const read = decisions.standing(application, environment).then(({ blocks }) => blocks);
    const late = setTimeout(PATIENCE_MS, undefined, { signal: patience.signal });
    read.catch(nobodyWaits);
    late.catch(nobodyWaits);
    return (await Promise.race([read, late])) ?? [];
  } catch (error) {
    log.error({ err: error, application, environment }, 'Whether the release is blocked could not be read; the rollback goes on');
    return [];
  } finally {
    patience.abort();
  }
}

function nobodyWaits(): void {
  // Whoever asked has gone on.
}
