import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseDigest } from '../../../domain/digest.ts';
import { unsignedProvenance } from '../../../domain/trust/claim.ts';
import { builtFrom, builtText, disagreement, provenanceIn, sourceKey } from '../../../domain/trust/provenance.ts';

const [V1, V02] = ['https://slsa.dev/provenance/v1', 'https://slsa.dev/provenance/v0.2'] as const;
const [A, B] = ['a'.repeat(40), 'b'.repeat(40)] as const;
const SHOP = 'https://github.com/acme/shop';
const OURS = [SHOP];
const git = (commit: string, uri: unknown = `git+${SHOP}@refs/heads/main`) => ({ uri, digest: { gitCommit: commit } });
const sha1 = (commit: string, uri: string) => ({ uri, digest: { sha1: commit } });
const base = { uri: 'pkg:docker/alpine@3.20', digest: { sha256: 'c'.repeat(64) } };

/** GitHub's attest-build-provenance. */
const github = (commit: string, repository = SHOP) => ({
  buildDefinition: {
    buildType: 'https://actions.github.io/buildtypes/workflow/v1',
    externalParameters: { workflow: { ref: 'refs/heads/main', repository, path: '.github/workflows/ci.yml' } },
    resolvedDependencies: [git(commit, `git+${repository}@refs/heads/main`)],
  },
});
const v1 = (resolvedDependencies: unknown, externalParameters: unknown = {}, metadata: unknown = undefined) => ({
  buildDefinition: { resolvedDependencies, externalParameters },
  runDetails: { metadata: { buildkit_metadata: metadata } },
});
const v02 = (materials: unknown, configSource: unknown = {}, vcs: unknown = undefined) => ({
  materials,
  invocation: { configSource },
  metadata: { 'https://mobyproject.org/buildkit@v1#metadata': { vcs } },
});
const built = (type: string, predicate: unknown, repositories: readonly string[] = OURS) => {
  const provenance = provenanceIn(type, predicate);
  return provenance && builtFrom(provenance, repositories);
};

describe('provenance names the commit that was built', () => {
  it.each<readonly [string, string, unknown, string | undefined]>([
    ['as GitHub’s attest-build-provenance writes it', V1, github(A), 'main'],
    [
      'as BuildKit writes it in version 1',
      V1,
      v1([base, sha1(A, `${SHOP}.git#refs/tags/v1.0`)], { configSource: sha1(A, `${SHOP}.git#refs/tags/v1.0`) }),
      'v1.0',
    ],
    ['as BuildKit writes it in version 0.2', V02, v02([base, sha1(A, `${SHOP}.git#main:web`)], sha1(A, `${SHOP}.git#main:web`)), 'main'],
    [
      'as SLSA’s generators do',
      V02,
      v02([sha1(A, `git+${SHOP}@refs/tags/v2`)], { ...sha1(A, `git+${SHOP}@refs/tags/v2`), entryPoint: 'ci.yml' }),
      'v2',
    ],
    ['as SLSA’s builders of containers do', V1, v1([], { source: git(A) }), 'main'],
    ['by its materials alone', V1, v1([base, git(A, 'ssh://git@github.com/acme/shop')]), undefined],
    ['by both digests, which are one', V1, v1([{ uri: SHOP, digest: { gitCommit: A, sha1: A } }]), undefined],
    ['written as git writes it without a user', V1, v1([git(A, 'github.com:acme/shop.git@refs/heads/x')]), 'x'],
    ['of a branch that is named like a place of branches', V1, v1([git(A, `git+${SHOP}@x/refs/heads/y`)]), 'x/refs/heads/y'],
    ['written as git writes it', V1, v1([git(A, 'git@github.com:acme/shop.git@refs/heads/x/y')]), 'x/y'],
    ['twice the same', V1, v1([git(A, SHOP), git(A)]), undefined],
    ['beside other repositories', V1, v1([git(B, 'https://github.com/acme/library'), git(A)]), 'main'],
    [
      'beside an older commit of itself, where it says what the build began with',
      V1,
      v1([git(B), git(A)], { configSource: git(A) }),
      'main',
    ],
    ['of a repository that another one built', V1, v1([git(A)], { configSource: git(B, 'https://github.com/acme/builder') }), 'main'],
  ])('%s', (_, type, predicate, ref) => {
    const source = built(type, predicate);
    expect(source).toMatchObject({ kind: 'commit', commit: A });
    expect(source && 'ref' in source ? source.ref : undefined).toBe(ref);
  });

  it('and none where it has none that can be read, or the application has no address', () => {
    for (const dependencies of [
      undefined,
      {},
      'x',
      [],
      [base],
      [null, 7, 'x', {}],
      [git('main')],
      [git(A.slice(1))],
      [git(`x${A}`)],
      [git(`${A}a`)],
      [git(A.toUpperCase())],
      [git(A, 7)],
      [git(A, `${SHOP}@`.padEnd(1_001, 'x'))],
    ])
      expect(built(V1, v1(dependencies))).toBeUndefined();
    expect(built(V1, v1([git(A, `${SHOP}@`.padEnd(1_000, 'x'))]))).toMatchObject({ commit: A });
    expect(built(V1, v1([{ uri: SHOP, digest: { gitCommit: A, sha1: B } }]))).toBeUndefined();
    expect(built(V1, v1(Array(10_000).fill(git(A))))).toMatchObject({ commit: A });
    expect(built(V1, v1(Array(10_001).fill(git(A))))).toBeUndefined();
    expect(built(V1, github(A), [])).toBeUndefined();
    expect(built(V02, github(A))).toBeUndefined();
    expect(built('https://slsa.dev/provenance/v0.1', v02([sha1(A, SHOP)]))).toBeUndefined();
    for (const predicate of [undefined, null, 7, 'x', []])
      expect([built(V1, predicate), built(V02, predicate)]).toEqual([undefined, undefined]);
  });

  it('elsewhere where the build began in another repository, and nothing of a library’s', () => {
    expect(built(V1, github(A, 'https://github.com/mallory/shop'))).toMatchObject({ kind: 'elsewhere', commit: A });
    expect(built(V1, v1([git(A, 'https://github.com/acme/library')]))).toBeUndefined();
  });

  it('unclear where there are several, and none that it began with', () => {
    const several = built(V1, v1([git(A), git(B)]));
    expect(several).toEqual({ kind: 'unclear', commits: [A, B] });
    expect(several && [builtText(several), sourceKey(several)]).toEqual([`several commits at once (${A}, ${B})`, `${A},${B}`]);
  });

  it('in words that are short, whatever a stranger wrote', () => {
    const commits = [A, B, 'c'.repeat(40), 'd'.repeat(40)];
    expect(builtText({ kind: 'unclear', commits })).toBe(`several commits at once (${commits.slice(0, 3).join(', ')})`);
    const long = `https://github.com/${'x'.repeat(200)}`;
    expect(builtText({ kind: 'elsewhere', repository: long, commit: A })).toBe(`${A} of github.com/${'x'.repeat(89)}`);
  });

  it('and as a hint what BuildKit’s caller says of its working copy, which is none of what it was built from', () => {
    const vcs = { source: `${SHOP}.git`, revision: A };
    const hint = { repository: `${SHOP}.git`, commit: A };
    expect(provenanceIn(V1, v1([base], {}, { vcs }))).toEqual({ materials: [], hint });
    expect(provenanceIn(V02, v02([base], {}, vcs))).toEqual({ materials: [], hint });
    expect(built(V02, v02([base], {}, vcs))).toBeUndefined();
    expect(provenanceIn(V02, v02([], {}, { ...vcs, revision: `${A}-dirty` }))).toEqual({ materials: [] });
  });

  it('of any commit, however its repository is written, and disagrees with every other', () => {
    const commit = fc.stringMatching(/^[0-9a-f]{40}$/);
    const written = fc.constantFrom(
      SHOP,
      `git+${SHOP}.git`,
      `${SHOP}@refs/tags/v1`,
      `${SHOP}.git#main`,
      'git+ssh://git@github.com/Acme/Shop',
      'git@github.com:acme/shop.git',
    );
    fc.assert(
      fc.property(commit, commit, written, fc.boolean(), (own, other, uri, isOld) => {
        const provenance = isOld ? provenanceIn(V02, v02([sha1(own, uri)])) : provenanceIn(V1, v1([git(own, uri)]));
        if (provenance === undefined) throw new Error('this is provenance');
        expect(builtFrom(provenance, OURS)).toMatchObject({ kind: 'commit', commit: own });
        expect(disagreement(provenance, own, OURS)).toBeUndefined();
        if (own !== other)
          expect(disagreement(provenance, other, OURS)).toBe(
            `it says that the image was built from ${own} of github.com/acme/shop, and the release is of ${other}`,
          );
        expect(disagreement(provenance, other, ['https://github.com/acme/library'])).toBeUndefined();
      }),
    );
  });

  it('and whatever a stranger writes, nothing is thrown and no commit is read that is none', () => {
    fc.assert(
      fc.property(fc.constantFrom(V1, V02), fc.anything(), fc.anything(), (type, materials, config) => {
        const predicate = type === V1 ? v1(materials, { configSource: config, workflow: config }) : v02(materials, config, config);
        const source = built(type, predicate);
        if (source?.kind === 'commit') expect(source.commit).toMatch(/^[0-9a-f]{40}$/);
        else expect(source?.kind ?? 'nothing').toMatch(/elsewhere|unclear|nothing/);
      }),
    );
  });
});

describe('provenance that nobody signed', () => {
  const IMAGE = parseDigest(`sha256:${'1'.repeat(64)}`);
  const statement = (more: object = {}) =>
    new TextEncoder().encode(
      JSON.stringify({
        _type: 'https://in-toto.io/Statement/v0.1',
        subject: [{ digest: { sha256: '1'.repeat(64) } }],
        predicateType: V1,
        predicate: github(A),
        ...more,
      }),
    );

  it('is read where it is about the image, and provenance', () => {
    expect(unsignedProvenance(statement(), IMAGE)?.begun?.commit).toBe(A);
    expect(unsignedProvenance(statement({ subject: [{ digest: { sha256: '2'.repeat(64) } }] }), IMAGE)).toBeUndefined();
    expect(unsignedProvenance(statement({ predicateType: 'https://spdx.dev/Document' }), IMAGE)).toBeUndefined();
    expect(unsignedProvenance(statement({ _type: 'x' }), IMAGE)).toBeUndefined();
    expect(unsignedProvenance(new TextEncoder().encode('no JSON'), IMAGE)).toBeUndefined();
  });
});
