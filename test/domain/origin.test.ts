import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { commitSaid, type OriginEvidence, objectionTo, ownWords } from '../../domain/origin.ts';
import type { Claim } from '../../domain/trust/claim.ts';
import type { TrustPolicy } from '../../domain/trust/policy.ts';
import type { BuiltFrom } from '../../domain/trust/provenance.ts';
import { provenanceRules, signedSources } from '../../domain/trust/signed-sources.ts';

const PROVENANCE = 'https://slsa.dev/provenance/v1';
const SHOP = 'https://github.com/acme/shop';
const OURS = [SHOP];
const [A, B, C] = ['a'.repeat(40), 'b'.repeat(40), 'c'.repeat(40)] as const;

const commit = (of: string, ref?: string): BuiltFrom => ({
  kind: 'commit',
  repository: SHOP,
  commit: of,
  ...(ref !== undefined && { ref }),
});
const signed = (...sources: BuiltFrom[]) => sources.map((built) => ({ built, keys: ['ci'] }));
const label = (of: string) => ({ by: 'label', commit: of }) as const;
const ELSEWHERE: BuiltFrom = { kind: 'elsewhere', repository: 'https://github.com/mallory/shop', commit: A };

const anyCommit = fc.constantFrom(A, B, C);
const anyBuilt = fc.oneof(
  anyCommit.map((of) => commit(of)),
  anyCommit.map((of): BuiltFrom => ({ ...ELSEWHERE, kind: 'elsewhere', commit: of })),
  fc.uniqueArray(anyCommit, { minLength: 2 }).map((commits): BuiltFrom => ({ kind: 'unclear', commits })),
);
const anyWord = fc.record({ by: fc.constantFrom('label' as const, 'provenance' as const), commit: anyCommit });
const anyEvidence: fc.Arbitrary<OriginEvidence> = fc.record({
  signed: fc.array(anyBuilt, { maxLength: 3 }).map((sources) => signed(...sources)),
  own: fc.array(anyWord, { maxLength: 3 }),
});
const says = (built: BuiltFrom, of: string) => built.kind === 'commit' && built.commit === of;

describe('an image that is given for a commit', () => {
  it('is taken where what is signed names it, whatever it says itself, and where nothing speaks of another one', () => {
    expect(objectionTo(A, { signed: signed(commit(B), commit(A)), own: [label(C)] })).toBeUndefined();
    expect(objectionTo(A, { signed: [], own: [label(A)] })).toBeUndefined();
    expect(objectionTo(A, { signed: [], own: [] })).toBeUndefined();
  });

  it('is refused where what is signed names another commit, another repository or several, and where it says so itself', () => {
    const by = 'by provenance that ci signed';
    expect(objectionTo(A, { signed: signed(commit(B)), own: [label(A)] })).toBe(`was built from ${B} of github.com/acme/shop, ${by}`);
    const both = [{ built: commit(B), keys: ['ci', 'qa'] }];
    expect(objectionTo(A, { signed: both, own: [] })).toMatch(/by provenance that ci and qa signed$/);
    expect(commitSaid({ signed: both, own: [] })).toEqual({ commit: B, refs: [], by: 'provenance that ci and qa signed' });
    expect(objectionTo(A, { signed: signed(ELSEWHERE), own: [] })).toBe(`was built from ${A} of github.com/mallory/shop, ${by}`);
    expect(objectionTo(A, { signed: signed({ kind: 'unclear', commits: [A, B] }), own: [] })).toBe(
      `was built from several commits at once (${A}, ${B}), ${by}`,
    );
    expect(objectionTo(A, { signed: [], own: [label(A), { by: 'provenance', commit: B }] })).toBe(
      `says by its provenance that it was built from ${B}`,
    );
  });

  it('is decided by what is signed alone where there is anything, and otherwise by each of its own words', () => {
    fc.assert(
      fc.property(anyEvidence, anyCommit, fc.array(anyWord), (evidence, given, others) => {
        const isTaken = objectionTo(given, evidence) === undefined;
        if (evidence.signed.length === 0) expect(isTaken).toBe(evidence.own.every((word) => word.commit === given));
        else expect(isTaken).toBe(evidence.signed.some(({ built }) => says(built, given)));
        if (evidence.signed.length > 0) expect(objectionTo(given, { ...evidence, own: others })).toBe(objectionTo(given, evidence));
      }),
    );
  });
});

describe('the commit that an image is released with', () => {
  it('is the one that is signed, or else that of its own words, with the branches and tags that they name', () => {
    expect(commitSaid({ signed: signed(commit(A, 'main')), own: [label(B)] })).toEqual({
      commit: A,
      refs: ['main'],
      by: 'provenance that ci signed',
    });
    expect(
      commitSaid({
        signed: [],
        own: [
          { ...label(A), ref: 'v1' },
          { by: 'provenance', commit: A, ref: 'x' },
        ],
      }),
    ).toEqual({ commit: A, refs: ['v1', 'x'], by: 'its label' });
    expect(commitSaid({ signed: [], own: [] })).toBeUndefined();
  });

  it('is of several that are signed the one that the image says itself, and in words none', () => {
    expect(commitSaid({ signed: signed(commit(A), commit(B)), own: [label(B)] })).toMatchObject({
      commit: B,
      by: 'provenance that ci signed',
    });
    const unsaid = `has provenance of ${A} of github.com/acme/shop and of ${B} of github.com/acme/shop, all of it signed`;
    expect(commitSaid({ signed: signed(commit(A), commit(B)), own: [] })).toBe(unsaid);
    expect(commitSaid({ signed: signed(commit(A), commit(B)), own: [label(C)] })).toBe(unsaid);
    expect(commitSaid({ signed: signed(ELSEWHERE), own: [label(A)] })).toBe(
      `was built from ${A} of github.com/mallory/shop, by provenance that ci signed`,
    );
    expect(commitSaid({ signed: [], own: [label(A), label(B), label(A)] })).toBe(`says that it was built from ${A} and of ${B}`);
  });

  it('is never one that the image would be refused for, nor one that nobody named', () => {
    fc.assert(
      fc.property(anyEvidence, (evidence) => {
        const said = commitSaid(evidence);
        if (said === undefined) expect([evidence.signed, evidence.own]).toEqual([[], []]);
        if (typeof said !== 'object') return;
        expect(objectionTo(said.commit, evidence)).toBeUndefined();
        const named = [
          ...evidence.own.map((word) => word.commit),
          ...evidence.signed.flatMap(({ built }) => (built.kind === 'commit' ? [built.commit] : [])),
        ];
        expect(named).toContain(said.commit);
      }),
    );
  });
});

describe('what an image says itself', () => {
  const labels = { 'org.opencontainers.image.source': SHOP, 'org.opencontainers.image.revision': A };
  const provenance = { begun: { repository: `${SHOP}.git`, commit: B, ref: 'main' }, materials: [] };

  it('is its label and its builder’s provenance, as far as they are of the application’s own repository', () => {
    const version = { ...labels, 'org.opencontainers.image.version': 'v1' };
    expect(ownWords({ labels: version, provenance: [provenance] }, OURS)).toEqual([
      { by: 'label', commit: A, ref: 'v1' },
      { by: 'provenance', commit: B, ref: 'main' },
    ]);
    expect(ownWords({ labels, provenance: [provenance] }, ['https://github.com/acme/other'])).toEqual([]);
    expect(ownWords({ labels: {}, provenance: [{ materials: [] }] }, OURS)).toEqual([]);
    expect(ownWords({ labels, provenance: [] }, OURS)).toStrictEqual([{ by: 'label', commit: A }]);
  });

  it('is what BuildKit was told of a working copy where there is nothing else', () => {
    const hint = { repository: SHOP, commit: C };
    expect(ownWords({ labels: {}, provenance: [{ materials: [], hint }] }, OURS)).toStrictEqual([{ by: 'provenance', commit: C }]);
    expect(ownWords({ labels: {}, provenance: [{ ...provenance, hint }] }, OURS)).toMatchObject([{ commit: B }]);
  });
});

describe('provenance that is signed', () => {
  const NOON = Date.parse('2026-03-02T12:00:00Z');
  const key = (name: string, until?: string) =>
    ({ name, algorithm: 'ed25519', fingerprint: '', pem: '', ...(until !== undefined && { until }) }) as const;
  const policy = (more: Partial<TrustPolicy> = {}, count = 1): TrustPolicy => ({
    name: 'signed',
    revision: 'r',
    signedAs: [],
    attestations: [
      { predicateType: PROVENANCE, keys: ['ci', 'qa'], count },
      { predicateType: 'https://spdx.dev/Document', keys: ['ci'], count: 1 },
    ],
    keys: [key('ci'), key('qa'), key('mallory')],
    ...more,
  });
  const claim = (keys: string[], of: string, predicateType = PROVENANCE): Claim => ({
    source: 'x',
    keys,
    predicateType,
    provenance: { begun: { repository: SHOP, commit: of }, materials: [] },
  });
  const sources = (asked: TrustPolicy, ...claims: Claim[]) =>
    signedSources(asked, claims, OURS, NOON).map(({ built, keys }) => [builtCommit(built), keys]);
  const builtCommit = (built: BuiltFrom) => (built.kind === 'commit' ? built.commit : built.kind);

  it('counts when so many of the policy’s keys say the same commit, and by no other key', () => {
    expect(sources(policy(), claim(['ci'], A), claim(['qa'], B))).toEqual([
      [A, ['ci']],
      [B, ['qa']],
    ]);
    expect(sources(policy(), claim(['mallory'], A))).toEqual([]);
    expect(sources(policy({}, 2), claim(['ci'], A), claim(['qa'], B))).toEqual([]);
    expect(sources(policy({}, 2), claim(['qa'], A), claim(['ci'], A), claim(['ci'], B))).toEqual([[A, ['ci', 'qa']]]);
  });

  it('counts not by a key whose time is over, nor as anything but provenance', () => {
    const ended = policy({ keys: [key('ci', '2026-03-02T12:00:00Z'), key('qa', '2026-03-02T12:00:01Z')] });
    expect(sources(ended, claim(['ci'], A), claim(['qa'], B))).toEqual([[B, ['qa']]]);
    expect(sources(policy(), claim(['ci'], A, 'https://spdx.dev/Document'), claim(['ci'], A, 'https://slsa.dev/provenance/v0.2'))).toEqual(
      [],
    );
    expect(sources(policy(), { source: 'x', keys: ['ci'], predicateType: PROVENANCE })).toEqual([]);
  });

  it('is asked for by rules of policies that can be met', () => {
    expect(provenanceRules(policy()).map(({ predicateType }) => predicateType)).toEqual([PROVENANCE]);
    expect(provenanceRules(policy({ unmeetable: 'a key is gone' }))).toEqual([]);
    expect(sources(policy({ unmeetable: 'a key is gone' }), claim(['ci'], A))).toEqual([]);
  });
});
