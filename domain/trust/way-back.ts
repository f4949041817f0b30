import { factOf, type GateFacts } from '../gates/facts.ts';
import { trustReport } from '../gates/measured.ts';
import type { TrustRecord } from './record.ts';

type TrustFacts = NonNullable<GateFacts['trust']>;

/** The first policy that is not met; `isKnown` where it was found out, and not merely unanswered. Undefined where all are. */
export function closedByTrust(
  policies: readonly string[],
  trust: TrustFacts,
): { readonly reason: string; readonly isKnown: boolean } | undefined {
  const closed = policies.flatMap((policy) => {
    const { open, reason } = trustReport(policy, { trust });
    return open ? [] : [{ reason, isKnown: factOf(trust, policy).kind === 'known' }];
  });
  return closed.find(({ isKnown }) => isKnown) ?? closed[0];
}

/** The policies that are met, each with the revision by which it was judged. */
export function metBy(trust: TrustFacts): TrustRecord['met'] {
  const met = Object.entries(trust).flatMap(([name, fact]) =>
    fact.kind === 'known' && fact.value.trusted ? [[name, fact.value.revision]] : [],
  );
  return Object.fromEntries(met);
}
