import { describe, expect, it } from '@jest/globals';
import { type ImageEvidence, judgeImage, verdictOf } from '../../../domain/trust/judge.ts';
import type { TrustKey, TrustPolicy } from '../../../domain/trust/policy.ts';
import { digestNumber } from '../arbitraries.ts';

const NOON = Date.parse('2026-03-02T12:00:00Z');
const key = (name: string, until?: string): TrustKey => ({
  name,
  algorithm: 'ed25519',
  fingerprint: '',
  pem: '',
  ...(until !== undefined && { until }),
});
const policy = (more: Partial<TrustPolicy> = {}): TrustPolicy => ({
  name: 'signed',
  revision: 'sha256:r',
  attestations: [],
  signedAs: [],
  keys: ['ci', 'qa', 'old'].map((name) => key(name)),
  ...more,
});
const signatures = (count: number, ...keys: string[]) => ({ signatures: { keys, count } });
const WEB = { component: 'web', digest: digestNumber(7), repositories: ['r/web', 'built/web'] };
const claim = (keys: string[], predicateType?: string) => ({
  source: digestNumber(1),
  keys,
  ...(predicateType !== undefined && { predicateType }),
});
const judge = (asked: TrustPolicy, ...claims: ImageEvidence['claims']) => judgeImage(asked, WEB, { claims, refused: [] }, NOON);

describe('an image', () => {
  it('has what so many of the keys signed, each of them once', () => {
    expect(judge(policy(signatures(1, 'ci')), claim(['ci']))).toEqual({ subject: WEB, has: ['signature by ci'], lacks: [], refused: [] });
    expect(judge(policy(signatures(2, 'ci', 'qa')), claim(['ci']), claim(['qa'])).has).toEqual(['signatures by ci and qa']);
    expect(judge(policy(signatures(2, 'ci', 'qa')), claim(['ci', 'qa'])).has).toEqual(['signatures by ci and qa']);
    expect(judge(policy(signatures(2, 'ci', 'qa')), claim(['ci']), claim(['ci'])).lacks).toEqual(['lacks 1 of 2 signatures by ci or qa']);
    expect(judge(policy(signatures(1, 'ci'))).lacks).toEqual(['lacks 1 of 1 signature by ci']);
  });

  it('has no attestation by a signature, nor the other way round', () => {
    const asked = policy({ ...signatures(1, 'ci'), attestations: [{ predicateType: 'sbom', keys: ['qa', 'ci'], count: 2 }] });
    expect(judge(asked, claim(['ci'])).lacks).toEqual(['lacks 2 of 2 attestations sbom by qa or ci']);
    expect(judge(asked, claim(['ci'], 'sbom')).lacks).toEqual([
      'lacks 1 of 1 signature by ci',
      'lacks 1 of 2 attestations sbom by qa or ci',
    ]);
    expect(judge(asked, claim(['ci', 'qa']), claim(['qa', 'ci'], 'sbom'))).toMatchObject({
      has: ['signature by ci', 'attestations sbom by qa and ci'],
      refused: [],
    });
    expect(judge(policy({ attestations: [{ predicateType: 'sbom', keys: ['qa'], count: 1 }] }), claim(['qa'], 'sbom')).has).toEqual([
      'attestation sbom by qa',
    ]);
  });

  it('has nothing by a key whose time is over, or that the rule does not name', () => {
    const ending = (until: string) => policy({ ...signatures(1, 'old', 'qa'), keys: [key('old', until), key('qa')] });
    expect(judge(ending('2026-03-02T12:00:00Z'), claim(['old'])).lacks).toEqual([
      'lacks 1 of 1 signature by old or qa (old counts no more, as its time is over)',
    ]);
    expect(judge(ending('2026-03-02T12:00:01Z'), claim(['old'])).lacks).toEqual([]);
    const over = policy({ ...signatures(1, 'old', 'qa'), keys: [key('old', '2026-03-02'), key('qa', '2026-03-01')] });
    expect(judge(over, claim(['old', 'qa'])).lacks).toEqual([
      'lacks 1 of 1 signature by old or qa (old and qa counts no more, as its time is over)',
    ]);
    const other = judge(policy(signatures(1, 'ci')), claim(['qa']), claim(['ci'], 'sbom'));
    expect(other.lacks).toEqual(['lacks 1 of 1 signature by ci']);
    expect(other.refused).toEqual([
      { source: digestNumber(1), reason: 'no signature by qa is asked for' },
      { source: digestNumber(1), reason: 'no attestation sbom by ci is asked for' },
    ]);
  });

  it('has nothing where nothing is asked for, or so many as none, and while it is not built', () => {
    expect(judge(policy()).lacks).toEqual(['has a policy that asks for nothing']);
    expect(judge(policy(signatures(0, 'ci')), claim(['ci'])).has).toEqual([]);
    const unbuilt = { component: 'web', repositories: [] };
    expect(judgeImage(policy(signatures(1, 'ci')), unbuilt, { claims: [], refused: [] }, NOON)).toEqual({
      subject: unbuilt,
      has: [],
      lacks: ['is not built yet'],
      refused: [],
    });
  });
});

describe('the verdict on a release', () => {
  const revision = 'sha256:r';
  const asked = policy(signatures(1, 'ci'));
  const good = judge(asked, claim(['ci']));
  const bad = judgeImage(asked, WEB, { claims: [], refused: [{ source: digestNumber(2), reason: 'it is no JSON' }] }, NOON);

  it('is yes where all images have all of it', () => {
    expect(verdictOf(asked, [good, good])).toEqual({
      trusted: true,
      revision,
      reason: 'By signed: web has signature by ci; web has signature by ci',
    });
  });

  it('names all that an image has', () => {
    const both = policy({ ...signatures(1, 'ci'), attestations: [{ predicateType: 'sbom', keys: ['ci'], count: 1 }] });
    const { reason } = verdictOf(both, [judge(both, claim(['ci']), claim(['ci'], 'sbom'))]);
    expect(reason).toBe('By signed: web has signature by ci, attestation sbom by ci');
  });

  it('is no where one lacks anything, with what to do and what did not count', () => {
    expect(verdictOf(asked, [good, bad])).toEqual({
      trusted: false,
      revision,
      reason: `By signed: web lacks 1 of 1 signature by ci. Attach it to r/web@${digestNumber(7)}. Not counted: sha256:000000000000, as it is no JSON`,
    });
    const unbuilt = judgeImage(asked, { component: 'web', repositories: [] }, { claims: [], refused: [] }, NOON);
    expect(verdictOf(asked, [unbuilt]).reason).toBe('By signed: web is not built yet');
    expect(verdictOf(asked, [unbuilt, good, unbuilt]).reason).toBe('By signed: web is not built yet; web is not built yet');
  });

  it('is no where there is no image', () => {
    expect(verdictOf(asked, [])).toEqual({ trusted: false, revision, reason: 'There is no image that could meet signed' });
  });

  it('names three, and how many more there are', () => {
    expect(verdictOf(asked, [good, good, good]).reason).not.toContain('more');
    expect(verdictOf(asked, Array(5).fill(good)).reason).toMatch(/(web has signature by ci; ){3}and 2 more$/);
    const two = judge(policy({ ...signatures(1, 'ci'), attestations: [{ predicateType: 'sbom', keys: ['ci'], count: 1 }] }));
    expect(verdictOf(asked, [two]).reason).toContain('web lacks 1 of 1 signature by ci, and lacks 1 of 1 attestation sbom by ci. Attach');
    const both = { ...bad, refused: [...bad.refused, ...bad.refused] };
    expect(verdictOf(asked, [both]).reason).toMatch(/as it is no JSON; sha256:0+, as it is no JSON$/);
  });
});
