import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseDigest } from '../../domain/digest.ts';
import {
  childrenOf,
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
