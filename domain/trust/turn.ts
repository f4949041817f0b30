import { shortDigest } from '../digest.ts';
import type { DeploymentRequest, EnvironmentPolicy } from '../environment.ts';
import { type EnvironmentState, goodRelease } from '../environment-state.ts';
import { releaseOf, type Work } from '../environment-work.ts';
import { doubtedPolicies, type Returnable, type TrustRecord, unprovenPolicies, withMet } from './record.ts';

/** Whether the rules are others than those by which a request's gates opened: it goes back to them. */
export function isOvertaken({ policy: before, trust }: DeploymentRequest, policy: EnvironmentPolicy): boolean {
  return before.policyRevision !== policy.policyRevision || unprovenPolicies(policy, trust).length > 0;
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
