import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseDigest } from '../../domain/digest.ts';
import {
  childrenOf,
  isIndexType,
  isManifestType,
  LARGEST_MANIFEST,
  MANIFEST_TYPES,
  ManifestMalformed,
  OCI_INDEX,
  OCI_MANIFEST,
  readManifest,
  referrerOf,
  SchemaOneUnsupported,
} from '../../domain/oci-manifest.ts';

const DOCKER = 'application/vnd.docker.distribution.manifest.v2+json';
const digest = parseDigest(`sha256:${'a'.repeat(64)}`);
const layer = (more: object = {}) => ({ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest, size: 3, ...more });
const config = { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: 2 };
const image = (more: object = {}) => JSON.stringify({ schemaVersion: 2, config, layers: [layer()], ...more });

describe('a manifest', () => {
  it('of an image has its config and its layers as children, whatever their types', () => {
    const layers = [
      layer({ mediaType: 'application/vnd.oci.image.layer.v1.tar+zstd' }),
      layer({ mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', urls: ['https://example.com/x'] }),
      layer({ mediaType: 'application/vnd.example.model; version=1', size: 0, annotations: { title: 'x' } }),
    ];
    const content = readManifest(DOCKER, image({ layers }));
    expect(content).toMatchObject({ kind: 'image', mediaType: DOCKER });
    expect(childrenOf(content)).toEqual([config, ...layers]);
  });

  it('of several platforms has its manifests as children', () => {
    const manifests = [
      { mediaType: OCI_MANIFEST, digest, size: 1, platform: { os: 'linux', architecture: 'arm', variant: 'v7', 'os.features': ['x'] } },
      {
        mediaType: OCI_MANIFEST,
        digest,
        size: 1,
        platform: { os: 'unknown', architecture: 'unknown' },
        annotations: { kind: 'attestation' },
      },
    ];
    const content = readManifest(OCI_INDEX, JSON.stringify({ schemaVersion: 2, manifests }));
    expect(childrenOf(content).map(({ platform }) => platform)).toEqual([
      { os: 'linux', architecture: 'arm', variant: 'v7' },
      { os: 'unknown', architecture: 'unknown' },
    ]);
  });

  it('of an artifact has a type and a subject, and is listed by that type', () => {
    const subject = { mediaType: OCI_MANIFEST, digest, size: 9 };
    const typed = readManifest(OCI_MANIFEST, image({ artifactType: 'sbom/x', subject, annotations: { a: 'b' } }));
    expect(typed).toMatchObject({ artifactType: 'sbom/x', subject });
    expect(referrerOf(typed, digest, 5)).toEqual({
      mediaType: OCI_MANIFEST,
      digest,
      size: 5,
      artifactType: 'sbom/x',
      annotations: { a: 'b' },
    });
    expect(referrerOf(readManifest(OCI_MANIFEST, image()), digest, 5)).toEqual({
      mediaType: OCI_MANIFEST,
      digest,
      size: 5,
      artifactType: config.mediaType,
    });
    const old = { mediaType: 'application/vnd.oci.artifact.manifest.v1+json', artifactType: 'sbom/x', blobs: [layer()], subject };
    expect(childrenOf(readManifest(old.mediaType, JSON.stringify(old)))).toEqual([layer()]);
  });

  it('tells its type itself where the server does not, and by its shape where nobody does', () => {
    expect(readManifest('application/json', image({ mediaType: DOCKER })).mediaType).toBe(DOCKER);
    expect(readManifest('', image()).mediaType).toBe(OCI_MANIFEST);
    expect(readManifest('application/octet-stream', JSON.stringify({ schemaVersion: 2, manifests: [] })).kind).toBe('index');
  });

  it.each([
    ['no JSON', OCI_MANIFEST, '{'],
    ['a list', OCI_MANIFEST, '[]'],
    ['null', OCI_MANIFEST, 'null'],
    ['two kinds at once', OCI_MANIFEST, image({ manifests: [] })],
    ['an index with layers', OCI_INDEX, JSON.stringify({ schemaVersion: 2, manifests: [], layers: [] })],
    ['two types at once', OCI_MANIFEST, image({ mediaType: DOCKER })],
    ['no version', OCI_MANIFEST, JSON.stringify({ config, layers: [] })],
    ['no config', OCI_MANIFEST, JSON.stringify({ schemaVersion: 2, layers: [] })],
    ['a size below nothing', OCI_MANIFEST, image({ layers: [layer({ size: -1 })] })],
    ['a size in pieces', OCI_MANIFEST, image({ layers: [layer({ size: 1.5 })] })],
    ['a digest that leads elsewhere', OCI_MANIFEST, image({ layers: [layer({ digest: '../../x' })] })],
    ['a digest of another kind', OCI_MANIFEST, image({ layers: [layer({ digest: `sha512:${'a'.repeat(128)}` })] })],
    ['a type with a line break', OCI_MANIFEST, image({ layers: [layer({ mediaType: 'a\nb' })] })],
    ['annotations that are no text', OCI_MANIFEST, image({ annotations: { a: 1 } })],
    ['too many annotations', OCI_MANIFEST, image({ annotations: Object.fromEntries(Array.from({ length: 2000 }, (_, n) => [n, ''])) })],
    ['too many layers', OCI_MANIFEST, image({ layers: Array.from({ length: 5000 }, () => layer()) })],
    ['an unknown type', 'text/html', image()],
  ])('with %s is refused', (_, type, text) => {
    expect(() => readManifest(type, text)).toThrow(ManifestMalformed);
  });

  const type = 'application/vnd.docker.image.rootfs.diff.tar.gzip';
  const layered = (more: object) => image({ layers: [layer(more)] });
  const many = <Value>(count: number, value: Value) => Array.from({ length: count }, () => value);
  const notes = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [n, '']));

  it.each([
    ['it is no JSON', OCI_MANIFEST, '{'],
    ['it is a list, no object', OCI_MANIFEST, '[]'],
    ['it is null, no object', OCI_MANIFEST, 'null'],
    ['it is true, no object', OCI_MANIFEST, 'true'],
    ['it is a text of 6 characters, no object', OCI_MANIFEST, '"secret"'],
    ['it has manifests, and is to be read by its layers', OCI_MANIFEST, image({ manifests: [] })],
    ['it has layers, and is to be read by its manifests', OCI_INDEX, '{"schemaVersion":2,"manifests":[],"layers":[]}'],
    ['it has config, and is to be read by its manifests', OCI_INDEX, '{"schemaVersion":2,"manifests":[],"config":{}}'],
    [`it calls itself "${DOCKER}", and the registry calls it "${OCI_MANIFEST}"`, OCI_MANIFEST, image({ mediaType: DOCKER })],
    ['it calls itself 7, and the registry calls it a text of 0 characters', '', image({ mediaType: 7 })],
    ['it is of type "text/html", not an image\'s manifest or index', 'text/html', image()],
    ['it is of type "text/html", not an image\'s manifest or index', '', image({ mediaType: 'text/html' })],
    ['its schemaVersion is absent, not 2', OCI_MANIFEST, JSON.stringify({ config, layers: [] })],
    ['its schemaVersion is 3, not 2', OCI_MANIFEST, image({ schemaVersion: 3 })],
    ['config is absent, no object', OCI_MANIFEST, '{"schemaVersion":2,"layers":[]}'],
    ['its layers is no list', OCI_MANIFEST, image({ layers: {} })],
    ['its layers has 4097 entries, more than 4096', OCI_MANIFEST, image({ layers: many(4_097, layer()) })],
    ['layers[0].size is -1', OCI_MANIFEST, layered({ size: -1 })],
    ['layers[0].size is 1.5', OCI_MANIFEST, layered({ size: 1.5 })],
    ['layers[0].size is a text of 1 characters', OCI_MANIFEST, layered({ size: '3' })],
    ['layers[0].digest is a text of 7 characters, and sha256 alone is read', OCI_MANIFEST, layered({ digest: '../../x' })],
    [
      `layers[0].digest is "sha512:${'a'.repeat(32)}", and sha256 alone is read`,
      OCI_MANIFEST,
      layered({ digest: `sha512:${'a'.repeat(32)}` }),
    ],
    ['layers[0].digest is an object', OCI_MANIFEST, layered({ digest: {} })],
    ['layers[0].mediaType is a text of 3 characters, no media type', OCI_MANIFEST, layered({ mediaType: 'a\nb' })],
    ['layers[0].mediaType is absent, no media type', OCI_MANIFEST, layered({ mediaType: undefined })],
    ['layers[0].mediaType is a text of 256 characters, no media type', OCI_MANIFEST, layered({ mediaType: 'a'.repeat(256) })],
    ['layers[0].artifactType is a text of 3 characters, no media type', OCI_MANIFEST, layered({ artifactType: 'a b' })],
    ['layers[0].annotations is a list, no object', OCI_MANIFEST, layered({ annotations: [] })],
    ['layers[0].platform is 1, no object', OCI_MANIFEST, layered({ platform: 1 })],
    ['layers[0].platform.os is false', OCI_MANIFEST, layered({ platform: { os: false } })],
    ['layers[0].platform.architecture is a text of 256 characters', OCI_MANIFEST, layered({ platform: { architecture: 'a'.repeat(256) } })],
    ['layers[0].platform.variant is 7', OCI_MANIFEST, layered({ platform: { variant: 7 } })],
    ['layers[0].urls is no list of addresses', OCI_MANIFEST, layered({ urls: 'https://a' })],
    ['layers[0].urls is no list of addresses', OCI_MANIFEST, layered({ urls: many(4_097, 'https://a') })],
    ['layers[0].urls is a text of 4097 characters', OCI_MANIFEST, layered({ urls: ['a'.repeat(4_097)] })],
    ['subject is a text of 1 characters, no object', OCI_MANIFEST, image({ subject: 'x' })],
    ['artifactType is 3, no media type', OCI_MANIFEST, image({ artifactType: 3 })],
    ['annotations[a text of 1 characters] is no text', OCI_MANIFEST, image({ annotations: { a: 1 } })],
    ['annotations has 1025 entries, more than 1024', OCI_MANIFEST, image({ annotations: notes(1_025) })],
    [
      'config.mediaType is a text of 123 characters, no media type',
      OCI_MANIFEST,
      image({ config: { ...config, mediaType: `${'a'.repeat(60)}/${'b'.repeat(60)} x` } }),
    ],
  ])('is refused because %s', (reason, mediaType, text) => {
    expect(() => readManifest(mediaType, text)).toThrow(
      expect.objectContaining({
        name: 'ManifestMalformed',
        reason,
        message: `Expected the manifest to be a manifest as the OCI image specification says, and ${reason}. Push it again with a current tool`,
      }),
    );
  });

  it('is read up to its limits', () => {
    const layers = many(4_096, layer({ mediaType: 'a'.repeat(255) }));
    expect(childrenOf(readManifest(OCI_MANIFEST, image({ layers, annotations: notes(1_024) })))).toHaveLength(4_097);
    const urls = many(4_096, 'a');
    const platform = { os: 'a'.repeat(255), architecture: 'b' };
    const read = readManifest(OCI_MANIFEST, layered({ urls: ['a'.repeat(4_096)], platform, artifactType: 'sbom/x', size: 0 }));
    expect(childrenOf(read)[1]).toEqual({ ...layer({ size: 0 }), urls: ['a'.repeat(4_096)], platform, artifactType: 'sbom/x' });
    expect(childrenOf(readManifest(OCI_MANIFEST, layered({ urls })))[1]?.urls).toHaveLength(4_096);
  });

  it('has nothing of what it leaves out, leaves empty or says is null', () => {
    const empty = { artifactType: '', annotations: null, platform: null, urls: null };
    const read = readManifest(OCI_MANIFEST, image({ artifactType: '', subject: null, annotations: null, layers: [layer(empty)] }));
    expect(read).toStrictEqual({ kind: 'image', mediaType: OCI_MANIFEST, annotations: {}, config, layers: [layer()] });
    const plain = readManifest(OCI_MANIFEST, layered({ artifactType: 7, platform: { variant: '' } }));
    expect(childrenOf(plain)[1]).toStrictEqual({ ...layer(), platform: { os: '', architecture: '' } });
    expect(childrenOf(readManifest(OCI_MANIFEST, image({ layers: null })))).toEqual([config]);
    expect(Object.keys(referrerOf(readManifest(OCI_MANIFEST, image()), digest, 5))).toEqual([
      'mediaType',
      'digest',
      'size',
      'artifactType',
    ]);
  });

  it('of an artifact needs no blobs, and no version', () => {
    const old = 'application/vnd.oci.artifact.manifest.v1+json';
    const bare = readManifest(old, '{}');
    expect(bare).toStrictEqual({ kind: 'artifact', mediaType: old, annotations: {}, blobs: [] });
    expect(referrerOf(bare, digest, 5)).toStrictEqual({ mediaType: old, digest, size: 5 });
  });

  it('is one of the types of indexes and manifests, schema 1 included', () => {
    expect([OCI_INDEX, 'application/vnd.docker.distribution.manifest.list.v2+json', OCI_MANIFEST].map(isIndexType)).toEqual([
      true,
      true,
      false,
    ]);
    expect(MANIFEST_TYPES.every(isManifestType)).toBe(true);
    const one = 'application/vnd.docker.distribution.manifest.v1+json';
    expect([one, `x${one}`, `${one}x`, type].map(isManifestType)).toEqual([true, false, false, false]);
    expect(LARGEST_MANIFEST).toBe(4_194_304);
    expect(readManifest('text/plain', image()).mediaType).toBe(OCI_MANIFEST);
  });

  it('of schema 1 is refused with what to do', () => {
    expect(() => readManifest('', '{"schemaVersion":1}')).toThrow(
      expect.objectContaining({
        name: 'SchemaOneUnsupported',
        message:
          "Expected the manifest to be of Docker's second schema or of OCI, and it is of schema 1, whose digest does not name its content. Pull it and push it again with a current docker",
      }),
    );
  });

  it.each([
    ['a'.repeat(50), 'a text of 50 characters'],
    [`${'a'.repeat(49)}/${'b'.repeat(50)}`, `"${'a'.repeat(49)}/${'b'.repeat(50)}"`],
    [`${'a'.repeat(50)}/${'b'.repeat(50)}`, 'a text of 101 characters'],
    ['Bearer a/b', 'a text of 10 characters'],
    ['a/b c', 'a text of 5 characters'],
    ['a/', 'a text of 2 characters'],
    ['/b', 'a text of 2 characters'],
    [`sha1:${'0'.repeat(32)}`, `"sha1:${'0'.repeat(32)}"`],
    [`sha1:${'0'.repeat(31)}`, 'a text of 36 characters'],
    [`x sha1:${'0'.repeat(32)}`, 'a text of 39 characters'],
    [`sha1:${'0'.repeat(32)}x`, 'a text of 38 characters'],
    [`:${'0'.repeat(32)}`, 'a text of 33 characters'],
  ])('that calls a digest %j is refused with no free text of it', (value, words) => {
    expect(() => readManifest(OCI_MANIFEST, layered({ digest: value }))).toThrow(`layers[0].digest is ${words}, and sha256 alone is read`);
  });

  it.each([
    ['application/vnd.docker.distribution.manifest.v1+json', '{"schemaVersion":1}'],
    ['application/vnd.docker.distribution.manifest.v1+prettyjws', '{}'],
    ['application/json', '{"schemaVersion":1}'],
    [OCI_MANIFEST, '{"schemaVersion":1}'],
  ])('of schema 1 is refused by name: %s %s', (type, text) => {
    expect(() => readManifest(type, text)).toThrow(SchemaOneUnsupported);
  });

  it('of any JSON is read or refused by name, and a refusal repeats no text of it', () => {
    const word = fc.constantFrom('schemaVersion', 'mediaType', 'config', 'layers', 'manifests', 'digest', 'size', 'subject', '__proto__');
    const leaf = fc.oneof(fc.constantFrom<unknown>(2, 1, -1, null, true, digest, ...MANIFEST_TYPES), fc.constant('Bearer my-secret'));
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie('value'), { maxLength: 3 }), fc.dictionary(word, tie('value'), { maxKeys: 6 })),
    }));
    fc.assert(
      fc.property(fc.constantFrom('', ...MANIFEST_TYPES), value, (type, json) => {
        try {
          childrenOf(readManifest(type, JSON.stringify(json)));
        } catch (error) {
          expect(error).toMatchObject({ name: expect.stringMatching(/^(ManifestMalformed|SchemaOneUnsupported)$/) });
          expect(String(error)).not.toContain('my-secret');
        }
      }),
      { numRuns: 1000 },
    );
  });
});
