import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { judgeRelease } from '../../../activities/trust/judge-release.ts';
import type { Manifest, RepositoryClient } from '../../../adapters/registry/contents.ts';
import { createEvidenceSource } from '../../../adapters/registry/evidence.ts';
import { parseRepository } from '../../../adapters/registry/reference.ts';
import { connectRegistries, type Registries } from '../../../adapters/registry/registries.ts';
import { plainHttpAt } from '../../../adapters/registry/settings.ts';
import { createVerifier } from '../../../adapters/signatures/verify-signature.ts';
import { parseDigest } from '../../../domain/digest.ts';
import { OCI_INDEX, OCI_MANIFEST } from '../../../domain/oci-manifest.ts';
import { preAuthentication } from '../../../domain/trust/envelope.ts';
import { DSSE_ENVELOPE, SIGSTORE_BUNDLE } from '../../../domain/trust/evidence.ts';
import type { TrustPolicy } from '../../../domain/trust/policy.ts';
import { runCommand } from '../../../lab/command.ts';
import { text } from '../../../lab/faulty-registry/answers.ts';
import type { Fault, Rule } from '../../../lab/faulty-registry/faults.ts';
import { answers, corrupts, fails, notFound, silence, strangersNotFound, unauthorized } from '../../../lab/faulty-registry/known-faults.ts';
import { type LabRegistry, startRegistry } from '../../../lab/registry.ts';
import { attach, attachBytes, pushSmallImage, referrerTo, send, tagSignatures } from '../../support/attached.ts';
import { clientsIn, eachRegistry, itWith } from '../../support/registry-tools.ts';
import { policyOf, quorum, Signer, statement } from '../../support/signed.ts';
import { descriptorOf, manifestOf } from './content.ts';
import { connectTo, openAt, startOne } from './fault-lab.ts';

const PROVENANCE = 'https://slsa.dev/provenance/v1';
const [ci, stranger] = [new Signer('ci'), new Signer('stranger')] as const;
const { signal } = new AbortController();

/** The verdict on an image by what is attached to it in its own repository. */
function judgedBy(policy: TrustPolicy, registries: Registries, { repository }: RepositoryClient, { digest }: Manifest, stop = signal) {
  const parts = {
    policy: async () => policy,
    evidence: createEvidenceSource(registries.open),
    verify: createVerifier(),
    addresses: async () => [],
    now: Date.now,
  };
  const repositories = [`${repository.registry}/${repository.path}`];
  return judgeRelease(parts, { policy: 'signed', subjects: [{ component: 'web', digest, repositories }], signal: stop });
}

describe.each(eachRegistry())('what is attached to images at $title', ({ program }) => {
  let directory: string;
  let registry: LabRegistry;
  let registries: Registries;
  let client: RepositoryClient;
  let image: Manifest;
  const at = () => `${registry.address}/shop/web`;
  const judged = (policy: TrustPolicy = policyOf([ci]), of = image) => judgedBy(policy, registries, client, of);

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tidegate-evidence-'));
    registry = await startRegistry({ directory, address: '127.0.0.1', program });
    registries = connectRegistries({ credentials: async () => undefined, access: plainHttpAt([registry.address]) });
    client = registries.open(parseRepository(at()));
  });
  beforeEach(async () => {
    image = await pushSmallImage(client);
  });
  afterAll(async () => {
    await registries.close();
    await registry.stop();
    await rm(directory, { recursive: true });
  });

  it('counts as soon as it is there, by cosign’s tag or as a referrer, and not before', async () => {
    expect(await judged()).toMatchObject({ trusted: false, reason: expect.stringContaining(`Attach it to ${at()}@${image.digest}`) });
    await tagSignatures(client, image.digest, [stranger.simple(image.digest, at()), ci.simple(image.digest, at())]);
    expect(await judged()).toMatchObject({ trusted: true });
    const attested = policyOf([ci], { attestations: [{ predicateType: PROVENANCE, ...quorum([ci]) }] });
    expect(await judged(attested)).toMatchObject({ trusted: false });
    await attach(client, image, ci.bundle(image.digest, PROVENANCE));
    expect(await judged(attested)).toMatchObject({ trusted: true });
  });

  it('is that of an index for all that it holds, and that of no image for an index that holds it', async () => {
    const index = manifestOf({ manifests: [descriptorOf(image)] }, OCI_INDEX);
    await client.putManifest(index, { signal });
    await attach(client, image, ci.dsse(image.digest, 'https://sigstore.dev/cosign/sign/v1'));
    expect([await judged(undefined, index), await judged()].map(({ trusted }) => trusted)).toEqual([false, true]);
    await attach(client, index, ci.bundle(index.digest));
    expect(await judged(undefined, index)).toMatchObject({ trusted: true });
  });

  it('counts for no other image, though somebody moves it there', async () => {
    const other = await pushSmallImage(client);
    await tagSignatures(client, other.digest, [ci.simple(image.digest, at())]);
    await attach(client, other, ci.bundle(image.digest));
    expect(await judged(undefined, other)).toMatchObject({
      trusted: false,
      reason: expect.stringMatching(`(about "${image.digest}".*){2}`),
    });
  });

  itWith(['cosign'], 'counts when cosign signed and attested it, in the format of today and in that of before', async () => {
    const run = clientsIn(directory);
    const reference = `${at()}@${image.digest}`;
    const old = await pushSmallImage(client);
    await run('cosign', 'generate-key-pair');
    await run('cosign', 'signing-config', 'create', '--out', 'offline.json');
    const pem = await readFile(join(directory, 'cosign.pub'), 'utf8');
    const key = { name: 'cosign', algorithm: 'ecdsa-p256', fingerprint: pem, pem } as const;
    const signatures = { keys: ['cosign'], count: 1 };
    const signed = { name: 'signed', revision: 'r', signatures, attestations: [], signedAs: [], keys: [key] };
    const attested = { ...signed, attestations: [{ predicateType: PROVENANCE, ...signatures }] };
    const offline = ['--key', 'cosign.key', '--allow-http-registry', '-y'];
    await run('cosign', 'sign', ...offline, '--signing-config', 'offline.json', reference);
    expect([await judged(signed, image), await judged(attested, image)].map(({ trusted }) => trusted)).toEqual([true, false]);
    await writeFile(join(directory, 'predicate.json'), JSON.stringify({ buildDefinition: {}, runDetails: {} }));
    const statement = ['--type', PROVENANCE, '--predicate', 'predicate.json'];
    await run('cosign', 'attest', ...offline, '--signing-config', 'offline.json', ...statement, reference);
    expect(await judged(attested, image)).toMatchObject({ trusted: true });
    const before = ['--new-bundle-format=false', '--use-signing-config=false', '--tlog-upload=false'];
    expect(await judged(signed, old)).toMatchObject({ trusted: false });
    await run('cosign', 'sign', ...offline, ...before, `${at()}@${old.digest}`);
    expect(await judged(signed, old)).toMatchObject({ trusted: true });
    expect(await judged(policyOf([ci]), old)).toMatchObject({ trusted: false });
  });

  itWith(['oras'], 'counts when openssl signed it and oras attached it', async () => {
    const run = clientsIn(directory);
    const openssl = (...args: readonly string[]) => runCommand('openssl', args, { cwd: directory });
    const payload = Buffer.from(JSON.stringify(statement(image.digest, PROVENANCE)));
    await openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', 'key.pem');
    await writeFile(join(directory, 'message'), preAuthentication('application/vnd.in-toto+json', payload));
    await openssl('dgst', '-sha256', '-sign', 'key.pem', '-out', 'signature', 'message');
    const pem = await openssl('pkey', '-in', 'key.pem', '-pubout');
    const sig = (await openssl('base64', '-A', '-in', 'signature')).trim();
    const envelope = { payloadType: 'application/vnd.in-toto+json', payload: payload.toString('base64'), signatures: [{ sig }] };
    await writeFile(join(directory, 'envelope.json'), JSON.stringify(envelope));
    const names = ['--plain-http', '--artifact-type', DSSE_ENVELOPE, `${at()}@${image.digest}`, `envelope.json:${DSSE_ENVELOPE}`];
    await run('oras', 'attach', ...names);
    const key = { name: 'openssl', algorithm: 'ecdsa-p256', fingerprint: pem, pem } as const;
    const rule = { predicateType: PROVENANCE, keys: ['openssl'], count: 1 };
    expect(await judged({ name: 'signed', revision: 'r', attestations: [rule], signedAs: [], keys: [key] })).toMatchObject({
      trusted: true,
    });
    expect(await judged()).toMatchObject({ trusted: false });
  });
});

describe('an image whose registry is in trouble', () => {
  /** A registry with a signed image, and what is thought of it. */
  async function signed(referrersApi = true) {
    const registry = await startOne({ abilities: { referrersApi, referrersPage: 300 } });
    const registries = connectTo([registry]);
    const client = openAt(registries, registry);
    const image = await pushSmallImage(client);
    await attach(client, image, ci.bundle(image.digest));
    return { registry, client, image, judged: (stop = signal) => judgedBy(policyOf([ci]), registries, client, image, stop) };
  }

  it.each([true, false])('is trusted where it is in none, with the referrers API or without (%s)', async (referrersApi) => {
    const { judged } = await signed(referrersApi);
    expect(await judged()).toMatchObject({ trusted: true });
  });

  it.each<readonly [string, Fault, Rule['on'], string]>([
    ['asks for credentials', unauthorized('Basic realm="lab"'), 'referrers', 'RegistryRefused'],
    ['fails', fails(500), 'referrers', 'RegistryUnavailable'],
    ['fails at a tag', fails(503), 'getManifest', 'RegistryUnavailable'],
    ['fails at a blob', fails(500), 'getBlob', 'RegistryUnavailable'],
    ['does not answer', silence, 'referrers', 'RegistryUnavailable'],
    ['is hidden by a proxy', strangersNotFound(), 'getManifest', 'RegistryUnavailable|AnswerMalformed'],
    ['lists no referrers but a page', answers(text(200, 'text/html', '<html>')), 'referrers', 'AnswerMalformed'],
  ])('is not known to be trusted while it %s', async (_, fault, on, name) => {
    const { registry, judged } = await signed();
    registry.faults.arm({ ...(on !== undefined && { on }), fault });
    const failure = await judged().then(String, (error: Error) => error.name);
    expect(failure).toMatch(new RegExp(`^(${name})$`));
    registry.faults.clear();
    expect(await judged()).toMatchObject({ trusted: true });
  });

  it.each<readonly [string, Fault, Rule['on'], string]>([
    ['hides all', notFound(), ['referrers', 'getManifest'], 'lacks 1 of 1 signature by ci'],
    ['flips a bit of a document', corrupts(), 'getBlob', 'it cannot be read: Expected'],
    ['has lost a document', notFound(), 'getBlob', 'it cannot be read: Expected'],
  ])('is not trusted when it %s, and the reason says so', async (_, fault, on, reason) => {
    const { registry, judged } = await signed();
    registry.faults.arm({ ...(on !== undefined && { on }), fault });
    expect(await judged()).toMatchObject({ trusted: false, reason: expect.stringContaining(reason) });
  });

  it('is trusted though a document of ten megabytes is attached, which is not read, and not by it', async () => {
    const { registry, client, image, judged } = await signed();
    await attachBytes(client, image, SIGSTORE_BUNDLE, Buffer.alloc(10 * 1024 * 1024));
    registry.forget();
    expect(await judged()).toMatchObject({ trusted: true });
    expect(registry.moved().out).toBeLessThan(100_000);
    const other = await pushSmallImage(client);
    await attachBytes(client, other, SIGSTORE_BUNDLE, Buffer.alloc(10 * 1024 * 1024));
    const verdict = await judgedBy(policyOf([ci]), connectTo([registry]), client, other);
    expect(verdict).toMatchObject({
      trusted: false,
      reason: expect.stringContaining('it has 10485760 bytes, and at most 8388608 are read'),
    });
  });

  it('is trusted though manifests that cannot be read are attached to it and tagged, and the reason names them where nothing else is', async () => {
    const { registry, client, image, judged } = await signed();
    const spoil = (subject: Manifest) => {
      const bytes = Buffer.from(
        JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, layers: 'none', subject: descriptorOf(subject) }),
      );
      const digest = parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
      const tags = ['sig', 'att'].map((suffix) => `${subject.digest.replace(':', '-')}.${suffix}`);
      registry.repositories.putManifest('shop/web', digest, { mediaType: OCI_MANIFEST, bytes }, tags);
    };
    spoil(image);
    expect(await judged()).toMatchObject({ trusted: true });
    const other = await pushSmallImage(client);
    spoil(other);
    const verdict = await judgedBy(policyOf([ci]), connectTo([registry]), client, other);
    expect(verdict).toMatchObject({ trusted: false, reason: expect.stringMatching(/Not counted: .*it cannot be read/) });
  });

  it('is not held up by statements that nobody asks for and that say so', async () => {
    const { registry, client, image, judged } = await signed();
    const [layer, config] = [await send(client, SIGSTORE_BUNDLE, Buffer.from('{}')), await send(client, 'text/plain', Buffer.from('{}'))];
    for (let number = 0; number < 300; number += 1) {
      const annotations = { 'dev.sigstore.bundle.predicateType': PROVENANCE, number: `${number}` };
      const referrer = referrerTo(image, SIGSTORE_BUNDLE, layer, config, annotations);
      registry.repositories.putManifest('shop/web', referrer.digest, referrer);
    }
    registry.forget();
    expect(await judged()).toMatchObject({ trusted: true });
    const attested = policyOf([ci], { attestations: [{ predicateType: PROVENANCE, ...quorum([ci]) }] });
    await expect(judgedBy(attested, connectTo([registry]), client, image)).rejects.toMatchObject({ name: 'EvidenceFlood' });
  });

  it('is not judged by more documents than are read, and judged whatever else there is', async () => {
    const { registry, client, image, judged } = await signed();
    const [layer, config] = [await send(client, 'text/plain', Buffer.from('1')), await send(client, 'text/plain', Buffer.from('{}'))];
    const attachMany = async (type: string) => {
      for (let number = 0; number < 1_000; number += 1) {
        const numbered = referrerTo(image, type, { ...layer, annotations: { number: `${number}` } }, config);
        registry.repositories.putManifest('shop/web', numbered.digest, numbered);
      }
    };
    await attachMany('application/spdx+json');
    expect(await judged()).toMatchObject({ trusted: true });
    await attachMany(SIGSTORE_BUNDLE);
    await expect(judged()).rejects.toMatchObject({ name: 'EvidenceFlood', message: expect.stringContaining('there are 1001') });
  });

  it('is not known to be trusted when it takes too long', async () => {
    const { registry, client, image } = await signed();
    registry.faults.arm({ on: 'referrers', fault: silence });
    const evidence = createEvidenceSource(connectTo([registry], { limits: {} }).open);
    const parts = { policy: async () => policyOf([ci]), evidence, verify: createVerifier(), addresses: async () => [], now: Date.now };
    const { registry: address, path } = client.repository;
    const subjects = [{ component: 'web', digest: image.digest, repositories: [`${address}/${path}`] }];
    await expect(judgeRelease(parts, { policy: 'signed', subjects, signal, patienceMs: 50 })).rejects.toMatchObject({
      name: 'EvidenceLate',
    });
  });

  it('is given up at once by whoever gives up', async () => {
    const { registry, judged } = await signed();
    registry.faults.arm({ on: 'referrers', fault: silence });
    const stop = new AbortController();
    const asked = judged(stop.signal);
    stop.abort(new Error('nobody waits any more'));
    await expect(asked).rejects.toThrow('nobody waits any more');
  });
});
