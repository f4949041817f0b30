import { sleep } from '@temporalio/workflow';
import type { EnvironmentPolicy } from '../../domain/environment-policy.ts';
import { doubtedPolicies, type Returnable, subjectsOf, type TrustRecord } from '../../domain/trust/record.ts';
import { closedByTrust, metBy } from '../../domain/trust/way-back.ts';
import { trust } from '../proxies/main.ts';

/** A registry that does not answer is asked again: what is broken serves meanwhile. */
const LOOKS = 3;
const BETWEEN_MS = 5_000;

/** How often is looked, and for how many milliseconds at a time; for the usual time where that is absent. */
export interface Patience {
  readonly looks: number;
  readonly patienceMs?: number;
}

/** `met` is absent where nothing had to be read. */
export type WayBackTrust = { readonly met?: TrustRecord['met'] } | { readonly reason: string };

/**
 * Whether an earlier release may come back by the trust policies as they are now. What it met when it came counts without asking anybody, as
 * long as the policy is the same; otherwise its images are judged now, and what cannot be found out is a no (decision 66).
 */
export async function trustOnTheWayBack(
  good: Returnable,
  policy: EnvironmentPolicy,
  patience: Patience = { looks: LOOKS },
): Promise<WayBackTrust> {
  const { looks, patienceMs } = patience;
  const policies = doubtedPolicies(policy, good.trust);
  if (policies.length === 0) return {};
  for (let look = 1; ; look += 1) {
    const answer = await trust.readTrust({ policies, images: subjectsOf(good), ...(patienceMs !== undefined && { patienceMs }) });
    const closed = closedByTrust(policies, answer);
    if (closed === undefined) return { met: metBy(answer) };
    if (closed.isKnown || look >= looks) return { reason: `Release ${good.release.number} may not come back: ${closed.reason}` };
    await sleep(BETWEEN_MS);
  }
}
