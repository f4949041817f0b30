import type { EnvironmentPolicy } from '../environment-policy.ts';
import { factOf } from '../gates/facts.ts';
import type { GateQuestion } from '../gates/question.ts';
import type { GoodRelease } from '../good-release.ts';
import type { Images } from '../image.ts';
import type { TrustSubject } from './subject.ts';
import { trustSubjects } from './subject.ts';

/** By what a release's images were trusted when they came to an environment. */
export interface TrustRecord {
  /** Policies that they met, each with its revision. */
  readonly met: Readonly<Record<string, string>>;
  /** Where the images were before; absent where they were not moved. */
  readonly origins?: Images;
}

/** A release that an environment ran, with what is known of its images. */
export type Returnable = Pick<GoodRelease, 'release' | 'trust'>;

type Asking = Pick<EnvironmentPolicy, 'protection' | 'trust' | 'unreadTrust'>;

/** What the gates of a stage have found out; undefined where the installation has no trust policies. */
export function trustRecordOf(
  policy: Asking,
  { rules, facts }: Pick<GateQuestion, 'rules' | 'facts'>,
  subjects: readonly TrustSubject[],
): TrustRecord | undefined {
  if (policy.trust === undefined) return undefined;
  const asked = rules.flatMap(({ trust }) => trust ?? []);
  const met = asked.flatMap((name) => {
    const fact = factOf(facts.trust, name);
    return fact.kind === 'known' && fact.value.trusted ? [[name, fact.value.revision] as const] : [];
  });
  const origins = Object.fromEntries(subjects.flatMap(originOf));
  return { met: Object.fromEntries(met), ...(Object.keys(origins).length > 0 && { origins }) };
}

function originOf({ component, digest, repositories: [, repository] }: TrustSubject) {
  return digest === undefined || repository === undefined ? [] : [[component, { repository, digest }] as const];
}

/**
 * Policies that a release must meet to come to an environment, and is not known to meet as they are now: the environment's, and those that
 * it met when it came. A policy that its owners have taken out of the installation asks for nothing any more.
 */
export function unprovenPolicies({ protection, trust = {} }: Asking, { met }: TrustRecord = { met: {} }): readonly string[] {
  const demanded = protection?.trust === undefined ? [] : [protection.trust];
  const kept = Object.keys(met).filter((name) => Object.hasOwn(trust, name));
  return [...new Set([...demanded, ...kept])].filter((name) => met[name] === undefined || met[name] !== trust[name]);
}

/**
 * Those of them that stand in the way of a return. A policy whose keys cannot be read now says nothing of what has changed: what met it when
 * it came may come back, as what is broken would go on serving for want of a file.
 */
export function doubtedPolicies(policy: Asking, record: TrustRecord = { met: {} }): readonly string[] {
  const { unreadTrust = [] } = policy;
  return unprovenPolicies(policy, record).filter((name) => !(unreadTrust.includes(name) && Object.hasOwn(record.met, name)));
}

/** The revision of all rules of a stage, which votes are bound to: the environment's, and that of the policy that its pipeline adds. */
export function stageRevision(
  { policyRevision, protection, trust = {} }: Asking & Pick<EnvironmentPolicy, 'policyRevision'>,
  stage: { readonly protection?: { readonly trust?: string } },
): string {
  const added = stage.protection?.trust;
  const revision = added === undefined || added === protection?.trust ? undefined : trust[added];
  return revision === undefined ? policyRevision : `${policyRevision}+${revision}`;
}

/** The images of a release that an environment ran, each with where its evidence may be. */
export function subjectsOf({ release, trust }: Returnable): readonly TrustSubject[] {
  const images = Object.fromEntries(release.components.map(({ name, image }) => [name, image]));
  return trustSubjects(images, trust?.origins);
}

/** A release that was found to meet policies once more. */
export function withMet<Good extends Pick<GoodRelease, 'trust'>>(good: Good, met: TrustRecord['met']): Good {
  return { ...good, trust: { ...good.trust, met: { ...good.trust?.met, ...met } } };
}
