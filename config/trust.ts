import { z } from 'zod';
import { canonicalJson } from '../domain/canonical.ts';
import type { TrustKey, TrustPolicy } from '../domain/trust/policy.ts';
import { sha256 } from './hash.ts';
import { filePath } from './paths.ts';
import { readPublicKey } from './public-key.ts';
import { customIssue, distinct, name, type Refusal, text } from './scalars.ts';
import { readKeys } from './trust-keys.ts';

const MOST_KEYS = 10;

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

function refusalOf(pem: string): Refusal | undefined {
  const read = readPublicKey(pem);
  return 'message' in read ? read : undefined;
}

/** The policies with the keys that they name. One that names a key that cannot be read is met by nothing, and is a policy of its own. */
export function trustPolicies({ keys, policies }: TrustDocument, directory: string): readonly TrustPolicy[] {
  const known = readKeys(keys, directory);
  return policies.map((asked) => {
    const named = [asked.signatures, ...asked.attestations].flatMap((one) => one?.keys ?? []);
    const used = known.filter(({ entry }) => named.includes(entry.name));
    const good = used.flatMap(({ entry: { name: called, until }, key: read }): TrustKey[] =>
      'message' in read ? [] : [{ name: called, ...read, ...(until !== undefined && { until }) }],
    );
    const unread = used.flatMap(({ entry, key: read }) => ('message' in read ? [{ name: entry.name, message: read.message }] : []));
    const identity = { ...asked, keys: good.map(identityOf), ...(unread.length > 0 && { unread: unread.map((one) => one.name) }) };
    const faults = unread.map((one) => `the key ${one.name} cannot be used: ${one.message}`);
    return { ...asked, keys: good, revision: sha256(canonicalJson(identity)), ...(faults.length > 0 && { unmeetable: faults.join('; ') }) };
  });
}

/** What a key is: its PEM says no more than its fingerprint. */
function identityOf({ name: called, fingerprint, until = '' }: TrustKey) {
  return { name: called, fingerprint, until };
}
