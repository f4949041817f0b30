import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RepositoryClient } from '../../adapters/registry/contents.ts';
import { connectRegistries, type Registries } from '../../adapters/registry/registries.ts';
import { plainHttpAt } from '../../adapters/registry/settings.ts';
import { loadInstallation } from '../../config/installation-file.ts';
import { parsePinnedImage } from '../../domain/image.ts';
import { type Descriptor, OCI_MANIFEST } from '../../domain/oci-manifest.ts';
import type { OriginEvidence } from '../../domain/origin.ts';
import { type LabRegistry, startRegistry } from '../../lab/registry.ts';
import { connectOrigins, type ReadOrigin } from '../../worker/connect-origins.ts';
import { SMALL_INSTALLATION } from '../config/documents.ts';
import { attach, attachBytes } from '../support/attached.ts';
import { Pusher, TYPES } from '../support/pushed-images.ts';
import { eachRegistry } from '../support/registry-tools.ts';
import { SHOP } from '../support/shop.ts';
import { Signer, statement } from '../support/signed.ts';

const [V1, V02] = ['https://slsa.dev/provenance/v1', 'https://slsa.dev/provenance/v0.2'] as const;
const [A, B, C] = ['a'.repeat(40), 'b'.repeat(40), 'c'.repeat(40)] as const;
const ADDRESS = 'https://github.com/acme/shop';
const IN_TOTO = 'application/vnd.in-toto+json';
const [ci, mallory] = [new Signer('ci'), new Signer('mallory')] as const;
const { signal } = new AbortController();
const PIPELINE = { ...SHOP, stages: SHOP.stages.filter((stage) => stage.kind === 'deploy' && stage.environment === 'production') };

/** GitHub's attest-build-provenance. */
const github = (commit: string, repository = ADDRESS) => ({
  buildDefinition: {
    externalParameters: { workflow: { ref: 'refs/heads/main', repository, path: '.github/workflows/ci.yml' } },
    resolvedDependencies: [{ uri: `git+${repository}@refs/heads/main`, digest: { gitCommit: commit } }],
  },
});
/** BuildKit's, of a working copy and of an address. */
const buildkit = (commit: string, isWorkingCopy: boolean) => ({
  invocation: { configSource: isWorkingCopy ? { entryPoint: 'Dockerfile' } : { uri: `${ADDRESS}.git#main`, digest: { sha1: commit } } },
  materials: [{ uri: 'pkg:docker/alpine@3.20', digest: { sha256: 'd'.repeat(64) } }],
  metadata: { 'https://mobyproject.org/buildkit@v1#metadata': { vcs: { source: ADDRESS, revision: isWorkingCopy ? commit : C } } },
});

describe.each(eachRegistry())('where images of $title come from', ({ program }) => {
  let directory: string;
  let registry: LabRegistry;
  let registries: Registries;
  let client: RepositoryClient;
  let pusher: Pusher;
  let read: ReadOrigin;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tidegate-origins-'));
    registry = await startRegistry({ directory: join(directory, 'registry'), address: '127.0.0.1', program });
    registries = connectRegistries({ credentials: async () => undefined, access: plainHttpAt([registry.address]) });
    client = registries.open({ registry: registry.address, path: 'shop/web' });
    pusher = new Pusher(registry.address, 'shop/web');
    await writeFile(join(directory, 'tidegate.yaml'), installation());
    read = connectOrigins(await loadInstallation(join(directory, 'tidegate.yaml')), registries.open);
  });
  afterAll(async () => {
    await registries.close();
    await registry.stop();
    await rm(directory, { recursive: true });
  });

  /** Production asks for provenance, and for none of mallory's. */
  function installation(): string {
    const keys = [ci, mallory].map(({ key: { name, pem } }) => ({ name, pem }));
    const attestations = [V1, V02].map((predicateType) => ({ predicateType, keys: ['ci'] }));
    const policies = [
      { name: 'built', attestations },
      { name: 'unasked', attestations: [{ predicateType: V1, keys: ['mallory'] }] },
    ];
    return SMALL_INSTALLATION.replace('source: { git: ../shop }', 'source: { git: ../shop }, github: { repository: acme/shop }')
      .replace('hosts: [one] }', 'hosts: [one], protection: { trust: built } }')
      .concat(`github: { token: '\${env:GITHUB_TOKEN}' }\ntrust: ${JSON.stringify({ keys, policies })}\n`);
  }

  const origin = ({ digest }: Pick<Descriptor, 'digest'>): Promise<OriginEvidence> =>
    read(PIPELINE, parsePinnedImage(`${pusher.repository}@${digest}`), { signal });

  async function labelled(seed: string, commit?: string): Promise<Descriptor> {
    const Labels = { 'org.opencontainers.image.source': ADDRESS, 'org.opencontainers.image.revision': commit };
    const config = await pusher.blob(
      Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64', seed, config: { Labels } })),
      TYPES.config,
    );
    const platform = { os: 'linux', architecture: 'amd64' };
    return { ...(await pusher.manifest({ schemaVersion: 2, mediaType: TYPES.manifest, config, layers: [] }, TYPES.manifest)), platform };
  }

  /** An index as BuildKit pushes it: the image, and what is attested of it. */
  async function attested(image: Descriptor, predicateType: string, predicate: object, about: string = image.digest): Promise<Descriptor> {
    const config = await pusher.blob(Buffer.from('{}'), TYPES.config);
    const said = { ...statement(about, predicateType, { predicate }), _type: 'https://in-toto.io/Statement/v0.1' };
    const blob = await pusher.blob(Buffer.from(JSON.stringify(said)), IN_TOTO);
    const layer = { ...blob, annotations: { 'in-toto.io/predicate-type': predicateType } };
    const manifest = await pusher.manifest({ schemaVersion: 2, mediaType: TYPES.manifest, config, layers: [layer] }, TYPES.manifest);
    const annotations = { 'vnd.docker.reference.type': 'attestation-manifest', 'vnd.docker.reference.digest': image.digest };
    return pusher.index([image, { ...manifest, annotations, platform: { os: 'unknown', architecture: 'unknown' } }]);
  }

  const attachTo = async ({ digest }: Descriptor, document: Parameters<typeof attach>[2]) => {
    const subject = await client.getManifest(digest, { signal });
    if (subject === undefined) throw new Error('There is no such image');
    await attach(client, subject, document);
  };

  it('is what those say who hold the keys of the policies that its stages ask for, and nobody else', async () => {
    const image = await labelled('signed', A);
    expect(await origin(image)).toEqual({ signed: [], own: [{ by: 'label', commit: A }], isAwaited: true });
    for (const signer of [mallory, ci])
      await attachTo(image, signer.statement(statement(image.digest, V1, { predicate: github(signer === ci ? B : C) })));
    const signed = [{ built: { kind: 'commit', repository: ADDRESS, commit: B, ref: 'main' }, keys: ['ci'] }];
    expect(await origin(image)).toEqual({ signed, own: [{ by: 'label', commit: A }] });
    await attachTo(image, ci.statement(statement(image.digest, V02, { predicate: buildkit(A, false) })));
    expect((await origin(image)).signed).toMatchObject([{ built: { commit: B } }, { built: { commit: A, ref: 'main' } }]);
  });

  it('is not what is signed of another image, or attached by nobody’s key', async () => {
    const [image, other] = [await labelled('one'), await labelled('other')];
    await attachTo(image, ci.statement(statement(other.digest, V1, { predicate: github(A) })));
    const subject = await client.getManifest(image.digest, { signal });
    if (subject === undefined) throw new Error('There is no such image');
    await attachBytes(client, subject, IN_TOTO, Buffer.from(JSON.stringify(statement(image.digest, V1, { predicate: github(B) }))));
    expect(await origin(image)).toEqual({ signed: [], own: [], isAwaited: true });
  });

  it('is the own word of an image where BuildKit put it into its index', async () => {
    const image = await labelled('buildkit');
    expect(await origin(await attested(image, V02, buildkit(A, false)))).toEqual({
      signed: [],
      own: [{ by: 'provenance', commit: A, ref: 'main' }],
      isAwaited: true,
    });
    expect(await origin(await attested(image, V02, buildkit(B, true)))).toEqual({
      signed: [],
      own: [{ by: 'provenance', commit: B }],
      isAwaited: true,
    });
    expect(await origin(await attested(image, V1, github(A, 'https://github.com/acme/base')))).toMatchObject({ signed: [], own: [] });
    expect(await origin(await attested(image, V02, buildkit(A, false), `sha256:${'e'.repeat(64)}`))).toMatchObject({ signed: [], own: [] });
    const index = await attested(image, V02, buildkit(A, false));
    await attachTo(index, ci.statement(statement(index.digest, V1, { predicate: github(C) })));
    expect(await origin(index)).toMatchObject({ signed: [{ built: { commit: C } }], own: [{ commit: A }] });
  });

  it('is unknown of an index whose attestation is not there, and of an image that the registry has not', async () => {
    const image = await labelled('half');
    const gone = { mediaType: OCI_MANIFEST, digest: `sha256:${'9'.repeat(64)}`, size: 9 } as Descriptor;
    expect(await origin(gone)).toEqual({ signed: [], own: [] });
    const config = await pusher.blob(Buffer.from('{}'), TYPES.config);
    const noise = { ...(await pusher.blob(Buffer.from('no JSON'), IN_TOTO)), annotations: { 'in-toto.io/predicate-type': V1 } };
    const manifest = await pusher.manifest({ schemaVersion: 2, mediaType: TYPES.manifest, config, layers: [noise] }, TYPES.manifest);
    const annotations = { 'vnd.docker.reference.type': 'attestation-manifest', 'vnd.docker.reference.digest': image.digest };
    expect(
      await origin(await pusher.index([image, { ...manifest, annotations, platform: { os: 'unknown', architecture: 'unknown' } }])),
    ).toMatchObject({ signed: [], own: [] });
  });

  it('is not known where the registry does not answer', async () => {
    const image = await labelled('silent', A);
    await registry.stop();
    try {
      await expect(origin(image)).rejects.toMatchObject({ name: 'RegistryUnavailable' });
    } finally {
      await registry.restart();
    }
  });
});
