import type { PinnedImage } from '../../domain/image.ts';
import { provenanceRules, type SignedSource, signedSources } from '../../domain/trust/signed-sources.ts';
import type { TrustParts } from './ports.ts';
import { readClaims } from './read-claims.ts';

export interface SourcesAsked {
  /** Names. */
  readonly policies: readonly string[];
  readonly image: PinnedImage;
  /** Addresses of the application's own. */
  readonly repositories: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * What an image was built from by provenance that counts for one of these policies, where it is now, and whether one of them asks for any. Nothing is read where none asks for provenance. Throws what
 * TrustParts throws.
 */
export async function readSignedSources(
  parts: Omit<TrustParts, 'addresses'>,
  asked: SourcesAsked,
): Promise<{ readonly signed: readonly SignedSource[]; readonly isAsked: boolean }> {
  const { image, repositories, signal } = asked;
  const found: SignedSource[] = [];
  let isAsked = false;
  for (const name of asked.policies) {
    const policy = await parts.policy(name);
    const predicateTypes = provenanceRules(policy).map(({ predicateType }) => predicateType);
    if (predicateTypes.length === 0) continue;
    isAsked = true;
    const place = { ...image, repositories: [image.repository], predicateTypes, signal };
    const { claims } = await readClaims(parts, policy, place);
    found.push(...signedSources(policy, claims, repositories, parts.now()));
  }
  return { signed: found, isAsked };
}
