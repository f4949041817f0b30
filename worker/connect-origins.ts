import type { DescriptionReader, TrustParts } from '../activities/trust/ports.ts';
import { readSignedSources } from '../activities/trust/read-signed-sources.ts';
import type { OpenRepository } from '../adapters/registry/contents.ts';
import { createEvidenceSource } from '../adapters/registry/evidence.ts';
import { createSelfDescriptions } from '../adapters/registry/self-description.ts';
import { createVerifier } from '../adapters/signatures/verify-signature.ts';
import { findTrustPolicy } from '../config/environment-policy.ts';
import type { Installation } from '../config/installation.ts';
import { loadInstallation } from '../config/installation-file.ts';
import type { PinnedImage } from '../domain/image.ts';
import { type OriginEvidence, ownWords } from '../domain/origin.ts';
import type { Pipeline } from '../domain/pipeline.ts';
import { repositoryAddresses } from './connect-sources.ts';

/** What is known of the commit that an image of an application was built from. */
export type ReadOrigin = (pipeline: Pipeline, image: PinnedImage, options: { readonly signal: AbortSignal }) => Promise<OriginEvidence>;

const NOTHING: OriginEvidence = { signed: [], own: [] };

/** Reads where images come from: what they say themselves, and provenance signed by keys of the policies that the application's stages ask for, as the installation's file has them now. */
export function connectOrigins(installation: Installation, open: OpenRepository): ReadOrigin {
  const descriptions: DescriptionReader = createSelfDescriptions(open);
  const parts = { evidence: createEvidenceSource(open), verify: createVerifier(), now: Date.now };
  return async (pipeline, image, { signal }) => {
    const current = await loadInstallation(installation.file);
    const repositories = repositoryAddresses(current, pipeline.application);
    const description = repositories.length === 0 ? undefined : await descriptions.read(image, { signal });
    if (description === undefined) return NOTHING;
    const trust: Omit<TrustParts, 'addresses'> = { ...parts, policy: async (name) => findTrustPolicy(current, name) };
    const policies = policiesOf(current, pipeline);
    const { signed, isAsked } = await readSignedSources(trust, { policies, image, repositories, signal });
    const own = ownWords(description, repositories);
    return { signed, own, ...(isAsked && signed.length === 0 && { isAwaited: true }) };
  };
}

/** Policies that the stages of a pipeline ask for, and the environments that they go to. */
function policiesOf({ environments, trust }: Installation, { stages }: Pipeline): readonly string[] {
  const asked = stages.flatMap((stage) => {
    if (stage.kind !== 'deploy') return [];
    const environment = environments.find(({ name }) => name === stage.environment);
    return [environment?.protection.gates.trust, stage.protection?.trust];
  });
  return trust.flatMap(({ name }) => (asked.includes(name) ? [name] : []));
}
