import { describe, expect, it } from '@jest/globals';
import { finish } from '../../../domain/ended-deployment.ts';
import type { EnvironmentPolicy } from '../../../domain/environment-policy.ts';
import { begin, enqueue, enqueueRollback } from '../../../domain/environment-queue.ts';
import { type EnvironmentState, emptyEnvironment } from '../../../domain/environment-state.ts';
import type { Work } from '../../../domain/environment-work.ts';
import { isForeignSignature, mayBeEvidence } from '../../../domain/trust/evidence.ts';
import type { TrustRecord } from '../../../domain/trust/record.ts';
import { doubtedReturn, isOvertaken, isStillTrusted, trustedPolicies, trustWords, withTrust } from '../../../domain/trust/turn.ts';
import { good, request } from '../arbitraries.ts';

const AT = '2026-01-01T00:00:00.000Z';
const WELL = { kind: 'succeeded', hosts: [] } as const;
const R1 = `sha256:${'1'.repeat(64)}`;
const R2 = `sha256:${'2'.repeat(64)}`;
const asking = (revision: string): EnvironmentPolicy => ({
  ...{ name: 'production', hosts: [], policyRevision: 'policy', bakeMs: 0 },
  ...{ protection: { trust: 'signed' }, trust: { signed: revision } },
});

const started = (state: EnvironmentState) => begin(state, (generation) => `deployment/${generation}`, AT);
const promoted = (state: EnvironmentState, release: number, trust?: TrustRecord) =>
  finish(started(enqueue(state, { ...request(`r${release}`, release), ...(trust !== undefined && { trust }) }, AT)), WELL, AT, 0);
const back = (state: EnvironmentState, to: number) => started(enqueueRollback(state, { person: 'rita', reason: 'slow' }, good(to), AT));
const workOf = ({ running }: EnvironmentState): Work => {
  if (running === null) throw new Error('nothing runs');
  return running.work;
};

/** Release 1 came before there were policies, 2 and 3 by the first revision of one. */
const lived = promoted(promoted(promoted(emptyEnvironment('shop', 'production'), 1), 2, { met: { signed: R1 } }), 3, {
  met: { signed: R1 },
});

describe('an environment', () => {
  it('keeps with a release what its images were trusted by, on its way there and back', () => {
    expect(lived.current?.trust).toEqual({ met: { signed: R1 } });
    const again = finish(back(lived, 2), WELL, AT, 0);
    expect([again.current?.release.number, again.current?.trust]).toEqual([2, { met: { signed: R1 } }]);
    expect(finish(back(lived, 1), WELL, AT, 0).current).not.toHaveProperty('trust');
    const proven = withTrust(back(lived, 1), 1, { signed: R2 });
    expect(finish(proven, WELL, AT, 0).current?.trust).toEqual({ met: { signed: R2 } });
    const more = withTrust(lived, 2, { more: R2 });
    expect(more.history.map(({ trust }) => trust)).toEqual([{ met: { signed: R1, more: R2 } }, undefined]);
  });

  it('doubts an earlier release that came by other rules, and neither what runs nor what is promoted', () => {
    const doubted = (to: number, revision: string, state = lived) => doubtedReturn(state, workOf(back(state, to)), asking(revision));
    expect([doubted(2, R1), doubted(2, R2)?.release.number, doubted(1, R1)?.release.number]).toEqual([undefined, 2, 1]);
    expect(doubted(3, R2)).toBeUndefined();
    expect(doubted(2, R2)?.trust).toEqual({ met: { signed: R1 } });
    // What it has forgotten is not known to be good.
    expect(doubted(9, R1)).toEqual({ release: good(9).release });
    expect(doubtedReturn(lived, workOf(started(enqueue(lived, request('r4', 4), AT))), asking(R2))).toBeUndefined();
  });

  it('asks once more when the turn comes whether all that the gates trusted is trusted by the same rules', () => {
    const came = { ...request('r4', 4), trust: { met: { signed: R1, scanned: R2 } } };
    expect([trustedPolicies(came), trustedPolicies(request('r4', 4))]).toEqual([['signed', 'scanned'], []]);
    const judged = (trusted: boolean, revision: string) => ({ kind: 'known' as const, value: { trusted, reason: 'so', revision } });
    const unknown = { kind: 'unknown' as const, reason: 'the registry is down' };
    const still = (signed: ReturnType<typeof judged> | typeof unknown) => isStillTrusted(came, { signed, scanned: judged(true, R2) });
    expect([judged(true, R1), judged(false, R1), judged(true, R2), unknown].map(still)).toEqual([true, false, false, false]);
    expect(isStillTrusted(came, { signed: judged(true, R1) })).toBe(false);
    expect(isStillTrusted(request('r4', 4), {})).toBe(true);
  });

  it('sends a promotion back to its gates that came by other rules, or by no trust where it is asked', () => {
    const came = { ...request('r4', 4), policy: asking(R1), trust: { met: { signed: R1 } } };
    expect(isOvertaken(came, asking(R1))).toBe(false);
    expect(isOvertaken(came, { ...asking(R1), policyRevision: 'other' })).toBe(true);
    expect(isOvertaken(came, asking(R2))).toBe(true);
    expect(isOvertaken(request('r4', 4), asking(R1))).toBe(true);
    expect(isOvertaken(request('r4', 4), request('r4', 4).policy)).toBe(false);
  });

  it('tells the ledger by which policies a release is trusted', () => {
    expect(trustWords(lived, workOf(back(lived, 2)))).toBe('; trusted by signed (sha256:111111111111)');
    expect(trustWords(lived, workOf(back(lived, 1)))).toBe('');
    const asked = { ...request('r4', 4), trust: { met: { signed: R1, more: R2 } } };
    expect(trustWords(lived, workOf(started(enqueue(lived, asked, AT))))).toBe(
      '; trusted by signed (sha256:111111111111) and more (sha256:222222222222)',
    );
    expect(trustWords(lived, workOf(started(enqueue(lived, request('r4', 4), AT))))).toBe('');
  });
});

describe('what is attached', () => {
  it.each([
    [undefined, true],
    ['', true],
    ['application/vnd.dev.sigstore.bundle.v0.3+json', true],
    ['application/vnd.dev.sigstore.bundle+json;version=0.2', true],
    ['application/vnd.dsse.envelope.v1+json', true],
    ['application/vnd.dev.cosign.artifact.sig.v1+json', true],
    ['application/vnd.cncf.notary.signature', true],
    ['application/spdx+json', false],
    ['x/application/vnd.dev.sigstore.bundle', false],
  ])('as %s may be a signature: %s', (type, may) => {
    expect(mayBeEvidence(type)).toBe(may);
  });

  it.each([
    ['application/jose+json', true],
    ['application/cose', true],
    ['application/vnd.dev.sigstore.bundle.v9+json', true],
    ['application/spdx+json', false],
    ['text/plain', false],
  ])('and holds %s is somebody’s signature: %s', (type, is) => {
    expect(isForeignSignature(type)).toBe(is);
  });
});
