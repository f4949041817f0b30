import { describe, expect, it } from '@jest/globals';
import { claimOf } from '../../../domain/trust/claim.ts';
import { type Envelope, fieldsOf, openDocument, parseJson, preAuthentication, quoted } from '../../../domain/trust/envelope.ts';
import {
  DSSE_ENVELOPE,
  type EvidenceDocument,
  isForeignSignature,
  mayBeEvidence,
  PREDICATE_ANNOTATIONS,
  SIGNATURE_ANNOTATION,
  SIGSTORE_BUNDLE,
  SIMPLE_SIGNING,
} from '../../../domain/trust/evidence.ts';
import { digestNumber } from '../arbitraries.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const json = (value: unknown): Uint8Array => bytes(JSON.stringify(value));
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const source = 'sha256:source';
const IN_TOTO = 'application/vnd.in-toto+json';
const SIGNATURE = base64('signature');

const envelope = (more: object = {}) => ({ payloadType: IN_TOTO, payload: base64('{}'), signatures: [{ sig: SIGNATURE }], ...more });
const bundle = (more: object = {}) => ({
  mediaType: SIGSTORE_BUNDLE,
  verificationMaterial: { publicKey: { hint: 'x' } },
  dsseEnvelope: envelope(),
  ...more,
});
const dsse = (value: unknown) => openDocument({ kind: 'dsse', source, bytes: json(value) });
const bundled = (value: unknown) => openDocument({ kind: 'bundle', source, bytes: json(value) });
const simple = (signature: string) => openDocument({ kind: 'simple-signing', source, payload: bytes('payload'), signature });
const refused = (reason: string) => ({ source, reason });

describe('a signed document', () => {
  it('is bytes and what signs them, in cosign’s first format', () => {
    expect(simple(SIGNATURE)).toEqual({
      source,
      format: 'simple-signing',
      payload: bytes('payload'),
      message: bytes('payload'),
      signatures: [bytes('signature')],
    });
  });

  it('is a statement, signed with its type and length, in an envelope or a bundle around one', () => {
    const opened = {
      source,
      format: 'in-toto',
      payload: bytes('{}'),
      message: bytes(`DSSEv1 28 ${IN_TOTO} 2 {}`),
      signatures: [bytes('signature')],
    };
    expect(IN_TOTO).toHaveLength(28);
    expect(dsse(envelope())).toEqual(opened);
    expect(bundled(bundle())).toEqual(opened);
    expect(preAuthentication('ü', bytes('äb'))).toEqual(bytes('DSSEv1 2 ü 3 äb'));
  });

  it('can have four signatures in an envelope, in either alphabet of base64, and one in a bundle', () => {
    const four = Array.from({ length: 4 }, () => ({ sig: Buffer.from([251, 255]).toString('base64url') }));
    expect(dsse(envelope({ signatures: four }))).toMatchObject({ signatures: Array(4).fill(Uint8Array.from([251, 255])) });
    expect(dsse(envelope({ signatures: [...four, ...four] }))).toEqual(refused('it has not 1 to 4 signatures'));
    expect(bundled(bundle({ dsseEnvelope: envelope({ signatures: four.slice(0, 2) }) }))).toEqual(refused('it has not 1 signature'));
  });

  it.each<[string, unknown]>([
    ['its payload is of the unknown type "text/plain"', envelope({ payloadType: 'text/plain' })],
    ['its payload is of the unknown type null', envelope({ payloadType: 7 })],
    ['its payload is no base64', envelope({ payload: '!' })],
    ['its payload is no base64', envelope({ payload: 'A' })],
    ['its payload is no base64', envelope({ payload: 7 })],
    ['it has not 1 to 4 signatures', envelope({ signatures: [] })],
    ['it has not 1 to 4 signatures', envelope({ signatures: { sig: SIGNATURE } })],
    ['a signature of it is none', envelope({ signatures: [{ sig: SIGNATURE }, { sig: '!' }] })],
    ['a signature of it is none', envelope({ signatures: [{ sig: '' }] })],
    ['a signature of it is none', envelope({ signatures: [{}] })],
    ['a signature of it is none', envelope({ signatures: ['x'] })],
    ['a signature of it is none', envelope({ signatures: [{ sig: base64('x'.repeat(513)) }] })],
    ['it is no JSON', [envelope()]],
  ])('counts for nothing where %s', (reason, value) => {
    expect(dsse(value)).toEqual(refused(reason));
  });

  it.each<[string, unknown]>([
    [
      'it is a bundle of another version: "application/vnd.dev.sigstore.bundle.v0.4+json"',
      bundle({ mediaType: 'application/vnd.dev.sigstore.bundle.v0.4+json' }),
    ],
    [
      'it is signed with a certificate (keyless), and only public keys are known here',
      bundle({ verificationMaterial: { certificate: {} } }),
    ],
    ['it is signed with a certificate (keyless), and only public keys are known here', bundle({ verificationMaterial: undefined })],
    [`it holds no ${DSSE_ENVELOPE}`, bundle({ dsseEnvelope: undefined })],
  ])('counts for nothing where %s', (reason, value) => {
    expect(bundled(value)).toEqual(refused(reason));
  });

  it('counts for nothing where it was not read, or is no document at all', () => {
    expect(openDocument({ kind: 'unread', source, reason: 'it is too large' })).toEqual(refused('it is too large'));
    expect(openDocument({ kind: 'dsse', source, bytes: bytes('{') })).toEqual(refused('it is no JSON'));
    expect(openDocument({ kind: 'dsse', source, bytes: Uint8Array.from([0xff]) })).toEqual(refused('it is no JSON'));
    for (const signature of ['', '!', base64('x'.repeat(513))]) expect(simple(signature)).toEqual(refused('its signature is none'));
    expect(simple(base64('x'.repeat(512)))).toHaveProperty('signatures');
  });

  it('has members where it is an object, and words of strangers are cut short', () => {
    expect(parseJson(json({ a: 1 }))).toEqual({ a: 1 });
    expect(parseJson(Uint8Array.from([...bytes('{"a": "'), 0xff, ...bytes('"}')]))).toBeUndefined();
    for (const value of [null, 1, 'x', []]) expect([parseJson(json(value)), fieldsOf(value)]).toEqual([undefined, undefined]);
    expect([quoted('x'.repeat(81)), quoted(7), quoted('a"b')]).toEqual([`"${'x'.repeat(80)}"`, 'null', '"a\\"b"']);
  });
});

describe('what is said of an image', () => {
  const digest = digestNumber(7);
  const image = { digest, repositories: ['r.example/shop/web', 'docker.io/shop/web'] };
  const signed = (format: Envelope['format'], value: unknown): Envelope => ({
    source,
    format,
    payload: json(value),
    message: bytes(''),
    signatures: [],
  });
  const plain = (more: object = {}) => ({
    critical: {
      type: 'cosign container image signature',
      image: { 'docker-manifest-digest': digest },
      identity: { 'docker-reference': 'r.example/shop/web' },
      ...more,
    },
  });
  const stated = (more: object = {}) => ({
    _type: 'https://in-toto.io/Statement/v1',
    predicateType: 'https://slsa.dev/provenance/v1',
    subject: [{ digest: { sha256: digestNumber(1).slice(7) } }, { digest: { sha256: digest.slice(7) } }],
    ...more,
  });
  const ofPlain = (value: unknown) => claimOf(signed('simple-signing', value), ['ci'], image);
  const ofStatement = (value: unknown) => claimOf(signed('in-toto', value), ['ci', 'qa'], image);

  it('is by those keys that made it, and by none that the policy does not have', () => {
    expect(ofPlain(plain())).toStrictEqual({ source, keys: ['ci'] });
    expect(claimOf(signed('simple-signing', plain()), [], image)).toEqual(refused("none of the policy's keys made it"));
    expect(claimOf({ ...signed('in-toto', {}), payload: bytes('{') }, ['ci', 'qa'], image)).toEqual(
      refused('ci,qa signed something that is no JSON'),
    );
  });

  it('is of that very image, signed for a repository where it is looked for, whatever its tag or its other name', () => {
    const named = (reference: unknown) => ofPlain(plain({ identity: { 'docker-reference': reference } }));
    expect(named(`r.example/shop/web@${digest}`)).toStrictEqual({ source, keys: ['ci'] });
    expect(named('index.docker.io/shop/web')).toStrictEqual({ source, keys: ['ci'] });
    expect(named('other.example/shop/web')).toEqual(
      refused('it was made for "other.example/shop/web", which the policy\'s signedAs does not name'),
    );
    expect(named('x/index.docker.io/shop/web')).toMatchObject({ reason: expect.stringContaining('signedAs') });
    expect(ofPlain(plain({ identity: undefined }))).toEqual(refused("it was made for null, which the policy's signedAs does not name"));
    expect(named(undefined)).toEqual(refused("it was made for null, which the policy's signedAs does not name"));
    expect(ofPlain(plain({ image: { 'docker-manifest-digest': digestNumber(8) } }))).toEqual(refused(`it is about "${digestNumber(8)}"`));
    expect(ofPlain(plain({ image: undefined }))).toEqual(refused('it is about null'));
    expect(ofPlain(plain({ type: 'atomic container signature' }))).toEqual(
      refused('it is a signature of the unknown type "atomic container signature"'),
    );
    expect(ofPlain({})).toEqual(refused('it is a signature of the unknown type null'));
  });

  it('is a statement about several images, of which it is one', () => {
    const provenance = { source, keys: ['ci', 'qa'], predicateType: 'https://slsa.dev/provenance/v1', provenance: { materials: [] } };
    expect(ofStatement(stated())).toStrictEqual(provenance);
    expect(ofStatement(stated({ _type: 'https://in-toto.io/Statement/v0.1' }))).toStrictEqual(provenance);
    expect(ofStatement(stated({ predicateType: 'https://sigstore.dev/cosign/sign/v1' }))).toStrictEqual({ source, keys: ['ci', 'qa'] });
    expect(ofStatement(stated({ predicateType: 'x'.repeat(300) }))).toHaveProperty('keys');
    const many = Array.from({ length: 1_023 }, () => ({ digest: { sha256: 'x' } }));
    expect(ofStatement(stated({ subject: [...many, { digest: { sha256: digest.slice(7) } }] }))).toHaveProperty('keys');
  });

  it.each<[string, object]>([
    ['it is a statement of the unknown type "https://in-toto.io/Statement/v2"', { _type: 'https://in-toto.io/Statement/v2' }],
    ['it is a statement of the unknown type null', { _type: undefined }],
    ['it has no predicate type', { predicateType: '' }],
    ['it has no predicate type', { predicateType: 7 }],
    ['it has no predicate type', { predicateType: 'x'.repeat(301) }],
    ['it has no subjects, or too many', { subject: { digest: {} } }],
    ['it has no subjects, or too many', { subject: Array.from({ length: 1_025 }, () => ({})) }],
    [`it is about "${digestNumber(1)}"`, { subject: [{ digest: { sha256: digestNumber(1).slice(7) } }] }],
    ['it is about "sha256:undefined"', { subject: [] }],
    ['it is about "sha256:undefined"', { subject: [null, { digest: 'x' }] }],
  ])('is nothing where %s', (reason, more) => {
    expect(ofStatement(stated(more))).toEqual(refused(reason));
  });
});

describe('what is attached to an image', () => {
  it('may be evidence by its type, and where it has none', () => {
    const types = [
      undefined,
      '',
      DSSE_ENVELOPE,
      SIGSTORE_BUNDLE,
      'application/vnd.dev.sigstore.bundle+json;version=0.2',
      'application/vnd.dev.cosign.artifact.sig.v1+json',
      'application/vnd.cncf.notary.signature',
    ];
    expect(types.filter(mayBeEvidence)).toEqual(types);
    for (const other of ['application/spdx+json', `x${SIGSTORE_BUNDLE}`]) expect(mayBeEvidence(other)).toBe(false);
  });

  it('can be somebody else’s signature', () => {
    const signatures = ['notary', 'jose', 'cose', 'sigstore', 'dsse', 'cosign'].map((word) => `application/${word}+x`);
    expect(signatures.every(isForeignSignature)).toBe(true);
    expect(isForeignSignature('application/spdx+json')).toBe(false);
  });

  it('is found by names that others gave', () => {
    expect([SIMPLE_SIGNING, DSSE_ENVELOPE, SIGSTORE_BUNDLE, SIGNATURE_ANNOTATION]).toEqual([
      'application/vnd.dev.cosign.simplesigning.v1+json',
      'application/vnd.dsse.envelope.v1+json',
      'application/vnd.dev.sigstore.bundle.v0.3+json',
      'dev.cosignproject.cosign/signature',
    ] satisfies EvidenceDocument['source'][]);
    expect(PREDICATE_ANNOTATIONS).toEqual(['dev.sigstore.bundle.predicateType', 'predicateType']);
  });
});
