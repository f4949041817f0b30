import type { Digest } from '../digest.ts';
import { type Envelope, fieldsOf, parseJson, quoted, type Refused } from './envelope.ts';
import { type Provenance, provenanceIn } from './provenance.ts';

/** What somebody who holds these keys said of an image. */
export interface Claim {
  readonly source: string;
  /** Names of the keys that made its signatures. */
  readonly keys: readonly string[];
  /** Absent for a plain signature. */
  readonly predicateType?: string;
  /** What it says that the image was built from; absent where it is about something else. */
  readonly provenance?: Provenance;
}

export interface ClaimedImage {
  readonly digest: Digest;
  /** Where a signature may say that the image is. */
  readonly repositories: readonly string[];
}

const STATEMENTS: readonly unknown[] = ['https://in-toto.io/Statement/v1', 'https://in-toto.io/Statement/v0.1'];
/** cosign 3 writes a signature as a statement that says nothing more. */
export const COSIGN_SIGN = 'https://sigstore.dev/cosign/sign/v1';
const COSIGN_TYPE = 'cosign container image signature';
const MOST_SUBJECTS = 1024;
const LONGEST_PREDICATE_TYPE = 300;

/** Reads what was signed by known keys, and whether it is about this very image. */
export function claimOf({ source, format, payload }: Envelope, keys: readonly string[], image: ClaimedImage): Claim | Refused {
  if (keys.length === 0) return { source, reason: "none of the policy's keys made it" };
  const fields = parseJson(payload);
  if (fields === undefined) return { source, reason: `${keys.join()} signed something that is no JSON` };
  const read = format === 'simple-signing' ? simpleSigning(fields, image) : statement(fields, image);
  return 'reason' in read ? { source, reason: read.reason } : { source, keys, ...read };
}

type Read = Pick<Claim, 'predicateType' | 'provenance'> | Pick<Refused, 'reason'>;
type Fields = Readonly<Record<string, unknown>>;

/** cosign's payload (containers/image, "simple signing"): it names one image, and where that is. */
function simpleSigning(payload: Fields, { digest, repositories }: ClaimedImage): Read {
  const critical = fieldsOf(payload.critical) ?? {};
  if (critical.type !== COSIGN_TYPE) return { reason: `it is a signature of the unknown type ${quoted(critical.type)}` };
  const named = fieldsOf(critical.image)?.['docker-manifest-digest'];
  if (named !== digest) return { reason: `it is about ${quoted(named)}` };
  const reference = fieldsOf(critical.identity)?.['docker-reference'];
  if (typeof reference === 'string' && repositories.map(withoutDigest).includes(withoutDigest(reference))) return {};
  return { reason: `it was made for ${quoted(reference)}, which the policy's signedAs does not name` };
}

/** Docker Hub has two names. */
function withoutDigest(reference: string): string {
  return reference.replace(/@.*$/, '').replace(/^index\.docker\.io\//, 'docker.io/');
}

function statement({ _type, subject, predicateType, predicate }: Fields, { digest }: Pick<ClaimedImage, 'digest'>): Read {
  if (!STATEMENTS.includes(_type)) return { reason: `it is a statement of the unknown type ${quoted(_type)}` };
  if (typeof predicateType !== 'string' || predicateType === '' || predicateType.length > LONGEST_PREDICATE_TYPE)
    return { reason: 'it has no predicate type' };
  if (!Array.isArray(subject) || subject.length > MOST_SUBJECTS) return { reason: 'it has no subjects, or too many' };
  const digests = subject.map((one) => fieldsOf(fieldsOf(one)?.digest)?.sha256);
  if (!digests.includes(digest.slice('sha256:'.length))) return { reason: `it is about ${quoted(`sha256:${String(digests[0])}`)}` };
  if (predicateType === COSIGN_SIGN) return {};
  const provenance = provenanceIn(predicateType, predicate);
  return { predicateType, ...(provenance !== undefined && { provenance }) };
}

/** The provenance that a statement of in-toto about an image is, whoever made it; undefined where it is none, or about another one. */
export function unsignedProvenance(bytes: Uint8Array, digest: Digest): Provenance | undefined {
  const read = statement(parseJson(bytes) ?? {}, { digest });
  return 'reason' in read ? undefined : read.provenance;
}
