import type { Claim } from './claim.ts';
import type { AttestationRule, TrustPolicy } from './policy.ts';
import { type BuiltFrom, builtFrom, PROVENANCE_TYPES, sourceKey } from './provenance.ts';

/** What an image was built from, and the keys that say so. */
export interface SignedSource {
  readonly built: BuiltFrom;
  readonly keys: readonly string[];
}

/** The rules of a policy by which provenance counts. */
export function provenanceRules({ attestations, unmeetable }: TrustPolicy): readonly AttestationRule[] {
  return unmeetable === undefined ? attestations.filter(({ predicateType }) => PROVENANCE_TYPES.includes(predicateType)) : [];
}

/**
 * What an image was built from by provenance that as many of a policy's keys made as the policy asks for, all of them of the same commit; at a time in
 * milliseconds since the epoch. Several where there are several: one digest can come of several commits.
 */
export function signedSources(
  policy: TrustPolicy,
  claims: readonly Claim[],
  repositories: readonly string[],
  now: number,
): readonly SignedSource[] {
  const told = claims.flatMap(({ keys, predicateType, provenance }): Told[] => {
    const built = provenance && builtFrom(provenance, repositories);
    return built === undefined ? [] : [{ keys, predicateType, built }];
  });
  return provenanceRules(policy).flatMap(({ predicateType, keys, count }) => {
    const living = keys.filter((name) => policy.keys.some((key) => key.name === name && !isOver(key.until, now)));
    const asked = told.filter((one) => one.predicateType === predicateType);
    return eachSource(asked).flatMap(({ built, makers }) => {
      const counted = living.filter((key) => makers.includes(key));
      return counted.length >= count ? [{ built, keys: counted }] : [];
    });
  });
}

interface Told {
  readonly keys: readonly string[];
  readonly predicateType: string | undefined;
  readonly built: BuiltFrom;
}

function isOver(until: string | undefined, now: number): boolean {
  return until !== undefined && now >= Date.parse(until);
}

/** What was told, each once, with all keys that say so. */
function eachSource(told: readonly Told[]): readonly { readonly built: BuiltFrom; readonly makers: readonly string[] }[] {
  const named = told.map((one) => ({ ...one, name: sourceKey(one.built) }));
  const firsts = named.filter(({ name }, place) => named.findIndex((other) => other.name === name) === place);
  return firsts.map(({ built, name }) => ({ built, makers: named.filter((one) => one.name === name).flatMap(({ keys }) => keys) }));
}
