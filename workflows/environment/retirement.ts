import { CancellationScope, condition, isCancellation, log } from '@temporalio/workflow';
import { failureText } from '../failure-text.ts';
import { installation } from '../proxies/main.ts';
import type { LivingEnvironment } from './living-environment.ts';
import { retireOldVersions } from './retire.ts';

const RETIRE_AGAIN_MS = 600_000;

/** The bake time is over: warm containers of earlier versions stop. It gives way at once to work that arrives, and is tried again later. */
export async function retire(living: LivingEnvironment, isDue: () => boolean): Promise<void> {
  const retiring = new CancellationScope();
  const done = retiring.run(() => retireNow(living)).catch((error: unknown) => isCancellation(error) || logLater(living, error));
  await Promise.race([done, condition(isDue)]);
  const interrupted = isDue();
  retiring.cancel();
  const finished = (await done) === true && !interrupted;
  living.state = { ...living.state, bakeEndsAt: finished ? null : Date.now() + RETIRE_AGAIN_MS };
}

async function retireNow({ here, state: { current, history } }: LivingEnvironment): Promise<boolean> {
  if (current === null) return true;
  const policy = await installation.readEnvironment(here);
  await retireOldVersions(
    { ...here, keepGeneration: current.generation, previousGeneration: history[0]?.generation ?? null },
    policy.hosts,
  );
  return true;
}

function logLater({ here }: LivingEnvironment, error: unknown): boolean {
  log.warn('Old versions stay for now', { ...here, reason: failureText(error) });
  return false;
}
