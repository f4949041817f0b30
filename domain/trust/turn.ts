import type { DeploymentRequest } from '../deployment-request.ts';
import { shortDigest } from '../digest.ts';
import type { EnvironmentPolicy } from '../environment-policy.ts';
import { type EnvironmentState, goodRelease } from '../environment-state.ts';
import { releaseOf, type Work } from '../environment-work.ts';
import type { GateFacts } from '../gates/facts.ts';
import { doubtedPolicies, type Returnable, type TrustRecord, unprovenPolicies, withMet } from './record.ts';
import { metBy } from './way-back.ts';

/** Whether the rules are others than those by which a request's gates opened: it goes back to them. */
export function isOvertaken({ policy: before, trust }: DeploymentRequest, policy: EnvironmentPolicy): boolean {
  return before.policyRevision !== policy.policyRevision || unprovenPolicies(policy, trust).length > 0;
}

/** Policies that a request's gates found to be met, and that are asked about once more when its turn comes: a key's time may have passed meanwhile. */
export function trustedPolicies({ trust }: DeploymentRequest): readonly string[] {
  return Object.keys(trust?.met ?? {});
}

/** Whether all that a request's gates trusted still is, by the same rules. What could not be found out is a no: its gates say so, and look again. */
export function isStillTrusted({ trust }: DeploymentRequest, answer: NonNullable<GateFacts['trust']>): boolean {
  const met = metBy(answer);
  return Object.entries(trust?.met ?? {}).every(([policy, revision]) => met[policy] === revision);
}

/** The earlier release that a turn would bring back and that the rules of now do not know to be trusted; undefined for every other turn. What runs here already is not judged again. */
export function doubtedReturn(state: EnvironmentState, work: Work, policy: EnvironmentPolicy): Returnable | undefined {
  if (work.kind !== 'rollback' || state.current?.release.number === work.release.number) return undefined;
  const good: Returnable = goodRelease(state, work.release.number) ?? { release: work.release };
  return doubtedPolicies(policy, good.trust).length === 0 ? undefined : good;
}

/** An environment once a release of it was found to meet policies once more. */
export function withTrust(state: EnvironmentState, number: number, met: TrustRecord['met']): EnvironmentState {
  return { ...state, history: state.history.map((good) => (good.release.number === number ? withMet(good, met) : good)) };
}

/** What the ledger is told of why a release's images are trusted; nothing where no policy was asked for. */
export function trustWords(state: EnvironmentState, work: Work): string {
  const record = work.kind === 'promotion' ? work.request.trust : goodRelease(state, releaseOf(work).number)?.trust;
  const policies = Object.entries(record?.met ?? {}).map(([name, revision]) => `${name} (${shortDigest(revision)})`);
  return policies.length === 0 ? '' : `; trusted by ${policies.join(' and ')}`;
}
