import type { TrustVerdict } from '../../domain/gates/facts.ts';
import { type Claim, claimOf } from '../../domain/trust/claim.ts';
import { type Envelope, openDocument, type Refused } from '../../domain/trust/envelope.ts';
import type { EvidenceDocument } from '../../domain/trust/evidence.ts';
import { type ImageJudgement, judgeImage, verdictOf } from '../../domain/trust/judge.ts';
import type { TrustPolicy } from '../../domain/trust/policy.ts';
import type { TrustSubject } from '../../domain/trust/subject.ts';
import { EvidenceLate } from './errors.ts';
import type { TrustParts } from './ports.ts';

const PATIENCE_MS = 15_000;

export interface TrustAsked {
  /** The policy's name. */
  readonly policy: string;
  readonly subjects: readonly TrustSubject[];
  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal;
}

/**
 * Whether images carry what a policy asks, by what is attached to them now. Rejects where that cannot be found out: with the registry's
 * errors, EvidenceFlood and EvidenceLate. Changes nothing.
 */
export async function judgeRelease(parts: TrustParts, { policy: name, subjects, signal }: TrustAsked): Promise<TrustVerdict> {
  const policy = await parts.policy(name);
  const { patienceMs = PATIENCE_MS } = parts;
  const late = AbortSignal.timeout(patienceMs);
  const either = AbortSignal.any([signal, late]);
  try {
    const judgements: ImageJudgement[] = [];
    for (const subject of subjects) judgements.push(await judge(parts, policy, subject, either));
    return verdictOf(policy, judgements);
  } catch (error) {
    throw late.aborted ? new EvidenceLate(patienceMs, { cause: error }) : error;
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
  for (const repository of subject.repositories) {
    if (judged.lacks.length === 0 || subject.digest === undefined) break;
    try {
      for (const document of await parts.evidence.read({ repository, digest: subject.digest }, { signal })) {
        const read = await readDocument(parts, policy, subject, document);
        if ('reason' in read) refused.push(read);
        else claims.push(read);
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

async function readDocument(
  parts: TrustParts,
  policy: TrustPolicy,
  { digest, repositories }: TrustSubject,
  document: EvidenceDocument,
): Promise<Claim | Refused> {
  const envelope = openDocument(document);
  if ('reason' in envelope || digest === undefined) return envelope as Refused;
  const keys = await makersOf(parts, policy, envelope);
  return claimOf(envelope, keys, { digest, repositories: [...repositories, ...policy.signedAs] });
}

/** Names of the keys that made one of its signatures. */
async function makersOf({ verify }: TrustParts, { keys }: TrustPolicy, { message, signatures }: Envelope): Promise<string[]> {
  const makers: string[] = [];
  for (const key of keys) {
    for (const signature of signatures) {
      if (!(await verify(key, message, signature))) continue;
      makers.push(key.name);
      break;
    }
  }
  return makers;
}
