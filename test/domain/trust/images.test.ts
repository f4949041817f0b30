import { describe, expect, it } from '@jest/globals';
import { judgeRelease } from '../../../activities/trust/judge-release.ts';
import type { EvidenceSource } from '../../../activities/trust/ports.ts';
import { createVerifier } from '../../../adapters/signatures/verify-signature.ts';
import { type Digest, parseDigest } from '../../../domain/digest.ts';
import { preAuthentication } from '../../../domain/trust/envelope.ts';
import type { EvidenceDocument } from '../../../domain/trust/evidence.ts';
import type { TrustPolicy } from '../../../domain/trust/policy.ts';
import type { TrustSubject } from '../../../domain/trust/subject.ts';
import { policyOf, quorum, Signer, statement } from '../../support/signed.ts';

const IMAGE = parseDigest(`sha256:${'a'.repeat(64)}`);
const OTHER = parseDigest(`sha256:${'b'.repeat(64)}`);
const HERE = 'registry.test/production/web';
const ORIGIN = 'registry.test/shop/web';
const PROVENANCE = 'https://slsa.dev/provenance/v1';
const SHOP = 'https://github.com/acme/shop';
const [BUILT, OTHER_COMMIT] = ['1'.repeat(40), '2'.repeat(40)] as const;
const NOW = Date.parse('2026-06-01T00:00:00Z');
const { signal } = new AbortController();

const [ci, boss, stranger] = [new Signer('ci'), new Signer('boss', 'ed25519'), new Signer('stranger')] as const;
const WEB: TrustSubject = { component: 'web', digest: IMAGE, repositories: [HERE, ORIGIN] };

type Held = Readonly<Record<string, readonly EvidenceDocument[] | Error>>;

/** What repositories hold, whatever image is asked for, and which of them were asked. */
function holding(held: Held) {
  const asked: string[] = [];
  const evidence: EvidenceSource = {
    read: async ({ repository }) => {
      asked.push(repository);
      const found = held[repository] ?? [];
      if (found instanceof Error) throw found;
      return found;
    },
  };
  return { asked, evidence };
}

function judged(policy: TrustPolicy, held: Held, subjects: readonly TrustSubject[] = [WEB]) {
  const { evidence } = holding(held);
  const parts = { policy: async () => policy, evidence, verify: createVerifier(), addresses: async () => [SHOP], now: () => NOW };
  return judgeRelease(parts, { policy: policy.name, subjects, signal });
}

const attested = policyOf([ci, boss], { signatures: quorum([ci]), attestations: [{ predicateType: PROVENANCE, ...quorum([boss]) }] });

it('a signature is over what the DSSE specification says, by its own example and in bytes, not characters', () => {
  const text = (type: string, payload: string) => Buffer.from(preAuthentication(type, Buffer.from(payload))).toString();
  expect(text('http://example.com/HelloWorld', 'hello world')).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
  expect(text('ä', 'ö€')).toBe('DSSEv1 2 ä 5 ö€');
});

describe('an image is trusted', () => {
  it.each<readonly [string, TrustPolicy, readonly EvidenceDocument[]]>([
    ['by a signature of cosign 2, ECDSA', policyOf([ci]), [ci.simple(IMAGE, HERE)]],
    ['by a signature of cosign 2, Ed25519', policyOf([boss]), [boss.simple(IMAGE, HERE)]],
    ['by one that names where it was built', policyOf([ci]), [ci.simple(IMAGE, ORIGIN)]],
    [
      'by one that names where it was before that, if the policy says so',
      policyOf([ci], { signedAs: ['x.test/y'] }),
      [ci.simple(IMAGE, 'x.test/y')],
    ],
    ['by a bundle of cosign 3', policyOf([ci]), [ci.bundle(IMAGE)]],
    ['by an envelope alone', policyOf([ci]), [ci.dsse(IMAGE, 'https://sigstore.dev/cosign/sign/v1')]],
    ['by a statement of the older version', policyOf([ci]), [older(ci)]],
    ['by one of two keys', policyOf([ci, boss]), [boss.simple(IMAGE, HERE)]],
    ['by two of two keys', policyOf([ci, boss], { signatures: quorum([ci, boss], 2) }), [ci.bundle(IMAGE), boss.simple(IMAGE, HERE)]],
    ['by a signature and an attestation, each of its own key', attested, [ci.bundle(IMAGE), boss.bundle(IMAGE, PROVENANCE)]],
    [
      'whatever else is attached',
      policyOf([ci]),
      [stranger.simple(IMAGE, HERE), ci.simple(OTHER, HERE), ci.bundle(IMAGE), ci.bundle(IMAGE, PROVENANCE)],
    ],
  ])('%s', async (_, policy, documents) => {
    expect(await judged(policy, { [HERE]: documents })).toMatchObject({ trusted: true, revision: 'r1' });
  });

  it('by what lies where it was built, which is looked for only when it has to be', async () => {
    const { asked, evidence } = holding({ [ORIGIN]: [ci.simple(IMAGE, ORIGIN)] });
    const parts = { policy: async () => policyOf([ci]), evidence, verify: createVerifier(), addresses: async () => [SHOP], now: () => NOW };
    const order = { policy: 'signed', signal };
    expect(await judgeRelease(parts, { ...order, subjects: [WEB] })).toEqual({
      trusted: true,
      revision: 'r1',
      reason: 'By signed: web has signature by ci',
    });
    expect(asked).toEqual([HERE, ORIGIN]);
    const near = holding({ [HERE]: [ci.simple(IMAGE, ORIGIN)] });
    await judgeRelease({ ...parts, evidence: near.evidence }, { ...order, subjects: [WEB] });
    expect(near.asked).toEqual([HERE]);
  });

  it('by what one registry holds, though another is down', async () => {
    expect(await judged(policyOf([ci]), { [HERE]: new Error('down'), [ORIGIN]: [ci.bundle(IMAGE)] })).toMatchObject({ trusted: true });
  });
});

describe('provenance, of an image that is given for a commit', () => {
  const given = (commit: string): TrustSubject => ({ ...WEB, from: { application: 'shop', commit } });
  const policy = policyOf([ci, boss], { attestations: [{ predicateType: PROVENANCE, ...quorum([boss]) }] });
  const built = (commit: string, repository = SHOP) =>
    boss.statement({
      ...statement(IMAGE, PROVENANCE),
      predicate: {
        buildDefinition: {
          resolvedDependencies: [{ uri: `git+${repository}@refs/heads/main`, digest: { gitCommit: commit } }],
          externalParameters: { workflow: { repository } },
        },
      },
    });
  const verdict = (commit: string, ...documents: EvidenceDocument[]) =>
    judged(policy, { [HERE]: [ci.bundle(IMAGE), ...documents] }, [given(commit)]);

  it('counts where it names that commit, and where it names none', async () => {
    expect(await verdict(BUILT, built(BUILT))).toMatchObject({ trusted: true });
    expect(await verdict(BUILT, boss.bundle(IMAGE, PROVENANCE))).toMatchObject({ trusted: true });
    expect(await verdict(BUILT, built(OTHER_COMMIT), built(BUILT))).toMatchObject({ trusted: true });
  });

  it('counts for nothing where it names another commit or another repository, and the reason says which', async () => {
    for (const [document, seen] of [
      [built(OTHER_COMMIT), `${OTHER_COMMIT} of github.com/acme/shop`],
      [built(BUILT, 'https://github.com/mallory/shop'), `${BUILT} of github.com/mallory/shop`],
    ] as const) {
      const { trusted, reason } = await verdict(BUILT, document);
      expect(trusted).toBe(false);
      expect(reason).toContain(`as it says that the image was built from ${seen}, and the release is of ${BUILT}`);
    }
  });

  it('is held against no image that nobody claims to be of a commit', async () => {
    expect(await judged(policy, { [HERE]: [ci.bundle(IMAGE), built(OTHER_COMMIT)] })).toMatchObject({ trusted: true });
  });
});

describe('an image is not trusted', () => {
  const none = "none of the policy's keys made it";
  const about = (digest: Digest) => `it is about "${digest}"`;
  it.each<readonly [string, readonly EvidenceDocument[], string]>([
    ['without anything', [], ''],
    ['by a key of nobody', [stranger.simple(IMAGE, HERE)], none],
    ['by a key of nobody, in a bundle that hints at ours', [hinting()], none],
    ['by a flipped bit of the signature', [flipped(ci.simple(IMAGE, HERE))], none],
    ['by a payload that was changed', [{ ...ci.simple(OTHER, HERE), payload: ci.simple(IMAGE, HERE).payload }], none],
    ['by a signature of another digest', [ci.simple(OTHER, HERE)], about(OTHER)],
    ['by a statement about another digest', [ci.bundle(OTHER)], about(OTHER)],
    [
      'by a signature that was made for another repository',
      [ci.simple(IMAGE, 'registry.test/other/tool')],
      'it was made for "registry.test/other/tool", which the policy\'s signedAs does not name',
    ],
    [
      'by a signature of another type',
      [ci.simple(IMAGE, HERE, typed('atomic container signature'))],
      'it is a signature of the unknown type "atomic container signature"',
    ],
    ['by an attestation where a signature is asked for', [ci.bundle(IMAGE, PROVENANCE)], `no attestation ${PROVENANCE} by ci is asked for`],
    [
      'by a statement of an unknown version',
      [{ ...ci.dsse(IMAGE, PROVENANCE), ...unknownStatement() }],
      'it is a statement of the unknown type "https://in-toto.io/Statement/v9"',
    ],
    [
      'by a payload of another kind, signed as that',
      [ci.dsse(IMAGE, '', (one) => ({ ...one, payloadType: 'text/plain' }))],
      'its payload is of the unknown type "text/plain"',
    ],
    ['by an envelope without signatures', [ci.dsse(IMAGE, '', (one) => ({ ...one, signatures: [] }))], 'it has not 1 to 4 signatures'],
    [
      'by an envelope of more signatures than anybody makes',
      [ci.dsse(IMAGE, '', (one) => ({ ...one, signatures: Array(5).fill(one.signatures[0]) }))],
      'it has not 1 to 4 signatures',
    ],
    ['by what is no base64', [ci.dsse(IMAGE, '', (one) => ({ ...one, payload: 'a b' }))], 'its payload is no base64'],
    ['by an empty signature', [{ ...ci.simple(IMAGE, HERE), signature: '' }], 'its signature is none'],
    [
      'by a bundle of another version',
      [ci.bundle(IMAGE, '', { mediaType: 'application/vnd.dev.sigstore.bundle.v9+json' })],
      'it is a bundle of another version: "application/vnd.dev.sigstore.bundle.v9+json"',
    ],
    [
      'by a keyless signature',
      [ci.bundle(IMAGE, '', { verificationMaterial: { certificate: {} } })],
      'it is signed with a certificate (keyless), and only public keys are known here',
    ],
    [
      'by a bundle of something else',
      [ci.bundle(IMAGE, '', { dsseEnvelope: undefined, messageSignature: {} })],
      'it holds no application/vnd.dsse.envelope.v1+json',
    ],
    ['by what is no JSON', [{ kind: 'dsse', source: IMAGE, bytes: Buffer.from('{') }], 'it is no JSON'],
    ['by what was not read', [{ kind: 'unread', source: IMAGE, reason: 'it has 9 bytes' }], 'it has 9 bytes'],
    ['by a signed payload that is no JSON', [garbage()], 'ci signed something that is no JSON'],
  ])('%s, and the reason says what to do', async (_, documents, reason) => {
    const verdict = await judged(policyOf([ci]), { [HERE]: documents });
    const lack = `By signed: web lacks 1 of 1 signature by ci. Attach it to ${HERE}@${IMAGE}`;
    const [document] = documents;
    const ignored = document === undefined ? '' : `. Not counted: ${document.source.slice(0, 19)}, as ${reason}`;
    expect(verdict).toEqual({ trusted: false, revision: 'r1', reason: `${lack}${ignored}` });
  });

  it.each<readonly [string, TrustPolicy, readonly EvidenceDocument[], string]>([
    [
      'by one key twice where two are asked for',
      policyOf([ci, boss], { signatures: quorum([ci, boss], 2) }),
      [ci.simple(IMAGE, HERE), ci.bundle(IMAGE)],
      'web lacks 1 of 2 signatures by ci or boss.',
    ],
    [
      'by the right statement of the wrong key',
      attested,
      [ci.bundle(IMAGE), ci.bundle(IMAGE, PROVENANCE)],
      `web lacks 1 of 1 attestation ${PROVENANCE} by boss.`,
    ],
    [
      'by a key whose time is over',
      policyOf([ci], { keys: [{ ...ci.key, until: '2026-06-01T00:00:00Z' }] }),
      [ci.bundle(IMAGE)],
      'web lacks 1 of 1 signature by ci (ci counts no more, as its time is over).',
    ],
    [
      'by a policy that asks for nothing',
      { ...policyOf([ci]), signatures: undefined } as unknown as TrustPolicy,
      [ci.bundle(IMAGE)],
      'web has a policy that asks for nothing.',
    ],
  ])('%s', async (_, policy, documents, reason) => {
    const verdict = await judged(policy, { [HERE]: documents });
    expect([verdict.trusted, verdict.reason]).toEqual([false, expect.stringContaining(`By signed: ${reason}`)]);
  });

  it('as long as it is not built, and a release is not without images', async () => {
    expect(await judged(policyOf([ci]), {}, [{ component: 'web', repositories: [] }])).toMatchObject({
      trusted: false,
      reason: 'By signed: web is not built yet',
    });
    expect(await judged(policyOf([ci]), {}, [])).toMatchObject({ trusted: false, reason: 'There is no image that could meet signed' });
  });

  it('because of another image that is', async () => {
    const both = [WEB, { component: 'worker', digest: OTHER, repositories: [HERE] }];
    const verdict = await judged(policyOf([ci]), { [HERE]: [ci.bundle(IMAGE)] }, both);
    expect([verdict.trusted, verdict.reason]).toEqual([false, expect.stringContaining('worker lacks 1 of 1 signature by ci')]);
    expect(verdict.reason).not.toContain('web lacks');
  });

  it('without a word that it is not known, where a registry is down and nothing else is enough', async () => {
    await expect(judged(policyOf([ci]), { [HERE]: [ci.bundle(OTHER)], [ORIGIN]: new Error('down') })).rejects.toThrow('down');
  });

  it('in a reason that a thousand documents make no longer', async () => {
    const verdict = await judged(policyOf([ci]), { [HERE]: Array.from({ length: 200 }, () => stranger.simple(IMAGE, HERE)) });
    expect(verdict.reason).toMatch(/; and 197 more$/);
    expect(verdict.reason.length).toBeLessThan(500);
  });
});

function older(signer: Signer): EvidenceDocument {
  const version = { _type: 'https://in-toto.io/Statement/v0.1' };
  const envelope = signer.envelope(statement(IMAGE, 'https://sigstore.dev/cosign/sign/v1', version));
  return { kind: 'dsse', source: IMAGE, bytes: Buffer.from(JSON.stringify(envelope)) };
}

function unknownStatement() {
  const envelope = ci.envelope(statement(IMAGE, PROVENANCE, { _type: 'https://in-toto.io/Statement/v9' }));
  return { bytes: Buffer.from(JSON.stringify(envelope)) };
}

function hinting(): EvidenceDocument {
  const hint = Buffer.from(ci.key.fingerprint.slice('sha256:'.length), 'hex').toString('base64');
  return stranger.bundle(IMAGE, undefined, { verificationMaterial: { publicKey: { hint } } });
}

function flipped(document: ReturnType<Signer['simple']>): EvidenceDocument {
  const bytes = Buffer.from(document.signature, 'base64');
  bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
  return { ...document, signature: bytes.toString('base64') };
}

function typed(type: string) {
  return (payload: object) => ({ ...payload, critical: { ...(payload as { critical: object }).critical, type } });
}

function garbage(): EvidenceDocument {
  const payload = Buffer.from('no JSON');
  return { kind: 'simple-signing', source: IMAGE, payload, signature: ci.sign(payload).toString('base64') };
}

describe('the images of a release', () => {
  const many = Array.from({ length: 9 }, (_, index) => ({ component: `c${index}`, digest: IMAGE, repositories: [`r${index}`] }));

  it('are read a few at a time, and told in their order', async () => {
    let [busy, most] = [0, 0];
    const evidence: EvidenceSource = {
      read: async ({ repository }) => {
        busy += 1;
        most = Math.max(most, busy);
        await new Promise((resolve) => setImmediate(resolve));
        busy -= 1;
        return repository === 'r1' || repository === 'r3' ? [] : [ci.bundle(IMAGE)];
      },
    };
    const parts = { policy: async () => policyOf([ci]), evidence, verify: createVerifier(), addresses: async () => [SHOP], now: () => NOW };
    const verdict = await judgeRelease(parts, { policy: 'signed', subjects: many, signal });
    expect(verdict).toMatchObject({ trusted: false, reason: expect.stringMatching(/^By signed: c1 lacks.*c3 lacks[^;]*$/) });
    expect(most).toBe(4);
  });

  it('meet no policy whose key cannot be read, and their registry is not asked', async () => {
    const { asked, evidence } = holding({ [HERE]: [ci.bundle(IMAGE)] });
    const policy = policyOf([ci], { unmeetable: 'the key boss cannot be used: it is gone' });
    const parts = { policy: async () => policy, evidence, verify: createVerifier(), addresses: async () => [SHOP], now: () => NOW };
    expect(await judgeRelease(parts, { policy: 'signed', subjects: [WEB], signal })).toEqual({
      ...{ trusted: false, revision: 'r1' },
      reason: 'By signed: no image can meet it, as the key boss cannot be used: it is gone',
    });
    expect(asked).toEqual([]);
  });
});
