import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { canonicalJson } from '../domain/canonical.ts';
import type { TrustKey, TrustPolicy } from '../domain/trust/policy.ts';
import { sha256 } from './hash.ts';
import { filePath } from './paths.ts';
import { readPublicKey } from './public-key.ts';
import { customIssue, distinct, name, type Refusal, text } from './scalars.ts';

const MOST_KEYS = 10;
const LARGEST_KEY_FILE = 65_536;

const moment = () =>
  text({
    expected: "a moment such as '2027-01-01T00:00:00Z'",
    examples: ['2027-01-01T00:00:00Z'],
    refuse: (value) =>
      /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?Z$/.test(value) && !Number.isNaN(Date.parse(value))
        ? undefined
        : { message: 'is no moment', hint: "write it in UTC, as in '2027-01-01T00:00:00Z'" },
  });

const key = z
  .strictObject({
    name: name(),
    pem: z.exactOptional(z.string().describe('The public key itself: ECDSA P-256 or Ed25519')),
    file: z.exactOptional(filePath().describe('A file that holds it, relative to this file')),
    until: z.exactOptional(moment().describe('From then on it counts no more')),
  })
  .check((context) => {
    const { pem, file } = context.value;
    if ((pem === undefined) === (file === undefined))
      context.issues.push(customIssue(context.value, { message: 'expected exactly one of pem, file' }));
    const refusal = pem === undefined ? undefined : refusalOf(pem);
    if (refusal !== undefined) context.issues.push(customIssue(pem, refusal, ['pem']));
  });

const quorum = {
  keys: distinct(name()).min(1).max(MOST_KEYS).describe('Names of trust.keys'),
  count: z.number().int().min(1).max(MOST_KEYS).default(1).describe('So many of them must have signed'),
};

const PREDICATE_TYPE = /^[a-z][a-z0-9+.-]*:\S{1,280}$/i;

const predicateType = () =>
  text({
    expected: 'a predicate type, which is a URI',
    examples: ['https://slsa.dev/provenance/v1', 'https://spdx.dev/Document', 'https://cyclonedx.org/bom'],
    refuse: (value) =>
      PREDICATE_TYPE.test(value) ? undefined : { message: 'is no predicate type', hint: 'write a URI: https://slsa.dev/provenance/v1' },
  });

const policy = z
  .strictObject({
    name: name(),
    signatures: z.exactOptional(z.strictObject(quorum).describe('Who must have signed each image')),
    attestations: z
      .array(z.strictObject({ predicateType: predicateType(), ...quorum }))
      .max(10)
      .default([])
      .describe('Statements of in-toto that each image must carry, signed'),
    signedAs: distinct(text({ expected: 'a repository', refuse: () => undefined }))
      .max(20)
      .default([])
      .describe('Repositories that signatures may name besides where the image is: where it was signed before it was copied'),
  })
  .check((context) => {
    const { signatures, attestations } = context.value;
    if (signatures === undefined && attestations.length === 0)
      context.issues.push(customIssue(context.value, { message: 'asks for nothing', hint: 'add signatures or attestations' }));
  });

/** What images must carry, by whose keys. */
export const trust = z
  .strictObject({
    keys: z.array(key).max(100).default([]).describe('Public keys that signatures are checked with'),
    policies: z.array(policy).max(50).default([]).describe('What environments and pipelines can ask for by name'),
  })
  .prefault({});

export type TrustDocument = z.output<typeof trust>;

type KeyDocument = TrustDocument['keys'][number];
type PublicKey = Exclude<ReturnType<typeof readPublicKey>, Refusal>;

function refusalOf(pem: string): Refusal | undefined {
  const read = readPublicKey(pem);
  return 'message' in read ? read : undefined;
}

/** The key that an entry holds or names, or why there is none. Relative paths begin in `directory`. */
export function publicKeyOf({ pem, file = '' }: KeyDocument, directory: string): PublicKey | Refusal {
  if (pem !== undefined) return readPublicKey(pem);
  const path = resolve(directory, file);
  try {
    if (statSync(path).size > LARGEST_KEY_FILE) return { message: `${path} is too large for a key` };
    return readPublicKey(readFileSync(path, 'utf8'));
  } catch (error) {
    return { message: `${path} cannot be read: ${(error as NodeJS.ErrnoException).code}`, hint: 'name a file that this user may read' };
  }
}

/** The policies with the keys that they name. What cannot be read was found before. */
export function trustPolicies({ keys, policies }: TrustDocument, directory: string): readonly TrustPolicy[] {
  const known = keys.flatMap((entry): TrustKey[] => {
    const read = publicKeyOf(entry, directory);
    return 'message' in read ? [] : [{ name: entry.name, ...read, ...(entry.until !== undefined && { until: entry.until }) }];
  });
  return policies.map((asked) => {
    const named = [asked.signatures, ...asked.attestations].flatMap((one) => one?.keys ?? []);
    const used = known.filter((one) => named.includes(one.name));
    return { ...asked, keys: used, revision: sha256(canonicalJson({ ...asked, keys: used.map(identityOf) })) };
  });
}

/** What a key is: its PEM says no more than its fingerprint. */
function identityOf({ name: called, fingerprint, until = '' }: TrustKey) {
  return { name: called, fingerprint, until };
}
