import type { Digest } from '../../domain/digest.ts';
import { type Claim, claimOf } from '../../domain/trust/claim.ts';
import { type Envelope, openDocument, type Refused } from '../../domain/trust/envelope.ts';
import type { EvidenceDocument } from '../../domain/trust/evidence.ts';
import type { TrustPolicy } from '../../domain/trust/policy.ts';
import type { ClaimParts } from './ports.ts';

export interface ClaimsAsked {
  readonly digest: Digest;
  /** Where is looked. */
  readonly repository: string;
  /** What a signature may name, besides what the policy lists. */
  readonly repositories: readonly string[];
  /** What says to be of another type is not read. */
  readonly predicateTypes: readonly string[];
  readonly signal: AbortSignal;
}

/** What those who hold a policy's keys said of an image, as one repository has it. Throws the registry's errors and EvidenceFlood. */
export async function readClaims(
  parts: ClaimParts,
  policy: TrustPolicy,
  asked: ClaimsAsked,
): Promise<{ readonly claims: readonly Claim[]; readonly refused: readonly Refused[] }> {
  const { repository, digest, predicateTypes, signal } = asked;
  const claims: Claim[] = [];
  const refused: Refused[] = [];
  for (const document of await parts.evidence.read({ repository, digest }, { signal, predicateTypes })) {
    const read = await readDocument(parts, policy, asked, document);
    if ('reason' in read) refused.push(read);
    else claims.push(read);
  }
  return { claims, refused };
}

async function readDocument(
  parts: ClaimParts,
  policy: TrustPolicy,
  { digest, repositories }: ClaimsAsked,
  document: EvidenceDocument,
): Promise<Claim | Refused> {
  const envelope = openDocument(document);
  if ('reason' in envelope) return envelope;
  const keys = await makersOf(parts, policy, envelope);
  return claimOf(envelope, keys, { digest, repositories: [...repositories, ...policy.signedAs] });
}

/** Names of the keys that made one of its signatures. */
async function makersOf({ verify }: ClaimParts, { keys }: TrustPolicy, { message, signatures }: Envelope): Promise<string[]> {
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
