import type { TrustVerdict } from '../../domain/gates/facts.ts';
import { type Claim, COSIGN_SIGN } from '../../domain/trust/claim.ts';
import type { Refused } from '../../domain/trust/envelope.ts';
import { type ImageJudgement, judgeImage, verdictOf } from '../../domain/trust/judge.ts';
import type { TrustPolicy } from '../../domain/trust/policy.ts';
import { disagreement } from '../../domain/trust/provenance.ts';
import type { TrustSubject } from '../../domain/trust/subject.ts';
import { EvidenceLate } from './errors.ts';
import type { TrustParts } from './ports.ts';
import { readClaims } from './read-claims.ts';

const PATIENCE_MS = 45_000;
/** Of each image a few documents are read at a time, and up to 64 MiB. */
const IMAGES_AT_ONCE = 4;

export interface TrustAsked {
  /** The policy's name. */
  readonly policy: string;
  readonly subjects: readonly TrustSubject[];
  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal;
  /** Milliseconds for all images, where somebody waits for less than the usual time. */
  readonly patienceMs?: number;
}

/**
 * Whether images carry what a policy asks, by what is attached to them now. Rejects where that cannot be found out: with the registry's
 * errors, EvidenceFlood and EvidenceLate. Changes nothing.
 */
export async function judgeRelease(
  parts: TrustParts,
  { policy: name, subjects, signal, patienceMs = PATIENCE_MS }: TrustAsked,
): Promise<TrustVerdict> {
  const policy = await parts.policy(name);
  if (policy.unmeetable !== undefined)
    return { trusted: false, revision: policy.revision, reason: `By ${name}: no image can meet it, as ${policy.unmeetable}` };
  const late = AbortSignal.timeout(patienceMs);
  const either = AbortSignal.any([signal, late]);
  try {
    return verdictOf(policy, await judgeAll(parts, policy, subjects, either));
  } catch (error) {
    throw late.aborted ? new EvidenceLate(patienceMs, { cause: error }) : error;
  }
}

/** A few images at a time, in their order. The first failure ends it, as nothing can be said then. */
async function judgeAll(
  parts: TrustParts,
  policy: TrustPolicy,
  subjects: readonly TrustSubject[],
  signal: AbortSignal,
): Promise<readonly ImageJudgement[]> {
  const judgements = new Array<ImageJudgement>(subjects.length);
  const waiting = subjects.entries();
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const lane = async (): Promise<void> => {
    for (const [index, subject] of waiting) judgements[index] = await judge(parts, policy, subject, either);
  };
  try {
    await Promise.all(Array.from({ length: Math.min(IMAGES_AT_ONCE, subjects.length) }, lane));
    return judgements;
  } finally {
    failed.abort();
  }
}

/**
 * Looks where hosts pull from first, and further only while something is missing. What one repository holds is enough, whatever is the
 * matter with another; where it is not, what could not be read is why.
 */
async function judge(parts: TrustParts, policy: TrustPolicy, subject: TrustSubject, signal: AbortSignal): Promise<ImageJudgement> {
  let judged = judgeImage(policy, subject, { claims: [], refused: [] }, parts.now());
  const claims: Claim[] = [];
  const refused: Refused[] = [];
  const faults: unknown[] = [];
  const expected = await expectedOf(parts, subject);
  for (const repository of subject.repositories) {
    if (judged.lacks.length === 0 || subject.digest === undefined) break;
    const asked = {
      repository,
      digest: subject.digest,
      repositories: subject.repositories,
      predicateTypes: predicateTypesOf(policy),
      signal,
    };
    try {
      const read = await readClaims(parts, policy, asked);
      refused.push(...read.refused);
      for (const claim of read.claims) {
        const reason = expected && disagreementOf(claim, expected);
        if (reason === undefined) claims.push(claim);
        else refused.push({ source: claim.source, reason });
      }
    } catch (error) {
      signal.throwIfAborted();
      faults.push(error);
    }
    judged = judgeImage(policy, subject, { claims, refused }, parts.now());
  }
  if (judged.lacks.length > 0 && faults.length > 0) throw faults[0];
  return judged;
}

interface Expected {
  readonly commit: string;
  /** Addresses of the application's own. */
  readonly repositories: readonly string[];
}

async function expectedOf({ addresses }: TrustParts, { from }: TrustSubject): Promise<Expected | undefined> {
  return from && { commit: from.commit, repositories: await addresses(from.application) };
}

/** Provenance speaks for an image that was built from its release's commit, or that it says nothing of. */
function disagreementOf({ provenance }: Claim, { commit, repositories }: Expected): string | undefined {
  return provenance && disagreement(provenance, commit, repositories);
}

/** Predicate types of what can count. */
function predicateTypesOf({ signatures, attestations }: TrustPolicy): readonly string[] {
  return [...(signatures === undefined ? [] : [COSIGN_SIGN]), ...attestations.map(({ predicateType }) => predicateType)];
}
