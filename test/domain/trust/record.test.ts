import { describe, expect, it } from '@jest/globals';
import type { GateQuestion } from '../../../domain/gates/question.ts';
import { doubtedPolicies, stageRevision, subjectsOf, trustRecordOf, unprovenPolicies } from '../../../domain/trust/record.ts';
import { givenFor, trustSubjects, unbuiltSubjects } from '../../../domain/trust/subject.ts';
import { closedByTrust, metBy } from '../../../domain/trust/way-back.ts';
import { digestNumber, good } from '../arbitraries.ts';
import { facts, known, question, unknown } from '../gates/questions.ts';

const asking = { protection: { trust: 'signed' }, trust: { signed: 'r1', more: 'm1' } };
const verdict = (trusted: boolean, revision = 'r1') => known({ trusted, revision, reason: `it is ${trusted}` });

describe('what a release was trusted by', () => {
  it.each([
    ['counts as long as the policy is the same', { signed: 'r1' }, asking, []],
    ['does not count when the policy is another', { signed: 'r0' }, asking, ['signed']],
    ['does not count where it was never asked', {}, asking, ['signed']],
    ['counts where nobody asks any more', { signed: 'r1' }, { trust: { signed: 'r1' } }, []],
    ['is asked again of a policy that a pipeline added, when that has changed', { signed: 'r1', more: 'm0' }, asking, ['more']],
    ['is not asked of a policy that its owners took away', { signed: 'r1', gone: 'g1' }, asking, []],
    ['is asked of a policy that the environment names and nobody knows', {}, { protection: { trust: 'lost' } }, ['lost']],
    ['is nothing where no policy is asked for', {}, {}, []],
  ])('%s', (_, met, policy, unproven) => {
    expect(unprovenPolicies(policy, { met })).toEqual(unproven);
  });

  it('stands for a policy whose keys cannot be read on the way back alone', () => {
    const unread = { ...asking, trust: { signed: 'unread', more: 'm1' }, unreadTrust: ['signed'] };
    expect([doubtedPolicies(unread, { met: { signed: 'r1' } }), unprovenPolicies(unread, { met: { signed: 'r1' } })]).toEqual([
      [],
      ['signed'],
    ]);
    expect(doubtedPolicies(unread, { met: { more: 'm0' } })).toEqual(['signed', 'more']);
    expect(doubtedPolicies(unread)).toEqual(['signed']);
    expect(doubtedPolicies(asking, { met: { signed: 'r0' } })).toEqual(['signed']);
  });

  it('is bound to the policy that its pipeline adds, and to none that nobody asks for', () => {
    const policy = { ...asking, policyRevision: 'p1' };
    const of = (trust?: string) => stageRevision(policy, trust === undefined ? {} : { protection: { trust } });
    expect([of(), of('signed'), of('more'), of('gone')]).toEqual(['p1', 'p1', 'p1+m1', 'p1']);
    expect(stageRevision({ policyRevision: 'p1' }, { protection: {} })).toBe('p1');
    expect(stageRevision({ policyRevision: 'p1', trust: { more: 'm2' } }, { protection: { trust: 'more' } })).toBe('p1+m2');
  });

  it('is not known of a release from before', () => {
    expect(unprovenPolicies(asking, undefined)).toEqual(['signed']);
  });

  it('is what its gates found, each policy with the revision by which it was judged, and where its images were before', () => {
    const asked: GateQuestion = question(
      { trust: 'signed' },
      {
        rules: [
          { origin: 'environment', trust: 'signed' },
          { origin: 'pipeline', trust: 'more' },
        ],
        facts: facts({ trust: { signed: verdict(true), more: verdict(false), other: verdict(true) } }),
      },
    );
    const there = { web: { repository: 'there', digest: digestNumber(2) } };
    const subjects = trustSubjects(there, { web: { repository: 'here', digest: digestNumber(2) } });
    expect(trustRecordOf(asking, asked, subjects)).toEqual({
      met: { signed: 'r1' },
      origins: { web: { repository: 'here', digest: digestNumber(2) } },
    });
    expect(trustRecordOf(asking, asked, trustSubjects(there))).toEqual({ met: { signed: 'r1' } });
    expect(trustRecordOf({}, asked, subjects)).toBeUndefined();
  });
});

describe('an image', () => {
  it('is looked for where it is and then where it was, if it is the same', () => {
    const [here, there] = [
      { web: { repository: 'here', digest: digestNumber(1) } },
      { web: { repository: 'there', digest: digestNumber(1) } },
    ];
    expect(trustSubjects(there, here)).toEqual([{ component: 'web', digest: digestNumber(1), repositories: ['there', 'here'] }]);
    expect(trustSubjects(here, here)).toEqual([{ component: 'web', digest: digestNumber(1), repositories: ['here'] }]);
    const other = { web: { repository: 'here', digest: digestNumber(3) } };
    expect(trustSubjects(there, other)).toEqual([{ component: 'web', digest: digestNumber(1), repositories: ['there'] }]);
    expect(unbuiltSubjects(['web', 'worker'], here)).toEqual([{ component: 'worker', repositories: [] }]);
    expect(subjectsOf(good(2))).toMatchObject([{ digest: digestNumber(2) }]);
  });
});

describe('a way back', () => {
  it('is closed by a no before it is by what is not known, and open when all is met', () => {
    const trust = { a: unknown('down'), b: verdict(false), c: verdict(true, 'c1') };
    expect(closedByTrust(['a', 'b', 'c'], trust)).toEqual({ reason: 'it is false', isKnown: true });
    expect(closedByTrust(['a', 'c'], trust)).toEqual({ reason: 'Whether the images meet a is not known: down', isKnown: false });
    expect(closedByTrust(['d'], trust)).toMatchObject({ isKnown: false });
    expect(closedByTrust(['c'], trust)).toBeUndefined();
    expect(metBy(trust)).toEqual({ c: 'c1' });
  });
});

describe('what images are given for', () => {
  const [web, worker] = ['web', 'worker'].map((component) => ({ component, repositories: [] }));
  const subjects = [web, worker].filter((subject) => subject !== undefined);

  it('is the commit of their release, but for those that were kept from an earlier one', () => {
    const from = { application: 'shop', commit: 'c' };
    expect(givenFor(from, subjects)).toEqual([
      { ...web, from },
      { ...worker, from },
    ]);
    expect(givenFor({ ...from, kept: ['web'] }, subjects)).toStrictEqual([web, { ...worker, from }]);
  });

  it('is nothing where the release is of no commit', () => {
    expect(givenFor({ application: 'shop' }, subjects)).toStrictEqual(subjects);
  });
});
