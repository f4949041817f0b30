import { isCancellation, log, patched } from '@temporalio/workflow';
import type { DeploymentRequest } from '../../domain/deployment-request.ts';
import { subjectsOf } from '../../domain/trust/record.ts';
import { isStillTrusted, trustedPolicies } from '../../domain/trust/turn.ts';
import { failureText } from '../failure-text.ts';
import { trust } from '../proxies/main.ts';

/**
 * Whether a promotion's images are still trusted when its turn has come: it may have waited for days, while a key's time passed or what was attached
 * was taken away (decision 88). Asked once: whatever is not a yes goes back to the gates, which say what is missing and look again by themselves.
 */
export async function isTrustedAtTurn(request: DeploymentRequest): Promise<boolean> {
  const policies = trustedPolicies(request);
  if (policies.length === 0 || !patched('trust-at-the-turn')) return true;
  try {
    return isStillTrusted(request, await trust.readTrust({ policies, images: subjectsOf(request) }));
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('Whether images are still trusted could not be asked', { policies, reason: failureText(error) });
    return false;
  }
}
