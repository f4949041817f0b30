import { CancellationScope, condition } from '@temporalio/workflow';
import type { EnvironmentPolicy } from '../domain/environment.ts';
import type { EnvironmentState } from '../domain/environment-state.ts';
import { beginsAnyway, type TurnRules } from '../domain/next-turn.ts';
import { nextChange, remainingObstacles, type Standing } from '../domain/standing.ts';
import type { LivingEnvironment } from './living-environment.ts';
import { installation, standing } from './proxies.ts';

/** What to know before a promotion begins. */
export interface Outlook {
  readonly policy: EnvironmentPolicy;
  readonly rules: TurnRules;
}

/**
 * Reads the environment's rules and what people decided beforehand, at the last moment before a promotion begins. Undefined when nothing of it
 * needs to be known any more: a way back has come first, and it never waits for the ledger.
 */
export async function lookOut(living: LivingEnvironment): Promise<Outlook | undefined> {
  const looking = new CancellationScope();
  const read = looking.run(() => Promise.all([installation.readEnvironment(living.here), standing.readStanding(living.here)]));
  const overtaken = looking.run(() => condition(() => beginsAnyway(living.state) || living.state.queue.length === 0));
  try {
    const seen = await Promise.race([read, overtaken.then(() => undefined)]);
    return seen === undefined ? undefined : { policy: seen[0], rules: rulesOf(living.state, seen[0], seen[1]) };
  } finally {
    for (const pending of [read, overtaken]) pending.catch(nobodyAsksAnyMore);
    looking.cancel();
  }
}

function rulesOf(
  { application, environment }: EnvironmentState,
  { queue = { kind: 'queue' } }: EnvironmentPolicy,
  stands: Standing,
): TurnRules {
  const now = Date.now();
  const changesAt = nextChange(stands, now);
  return {
    policy: queue,
    heldBack: ({ request: { release } }) => {
      const digests = release.components.map(({ image }) => image.digest);
      const obstacles = remainingObstacles({ application, environment, release: release.number, digests }, stands, now);
      return obstacles.map(({ kind, reason, until }) => ({ kind, reason, ...(until !== undefined && { until }) }));
    },
    ...(changesAt !== undefined && { changesAt }),
  };
}

function nobodyAsksAnyMore(): void {
  // Cancelled, as something else goes first.
}
