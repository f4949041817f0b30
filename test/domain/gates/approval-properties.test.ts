import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { evaluateGates } from '../../../domain/gates/evaluate.ts';
import type { GateQuestion } from '../../../domain/gates/question.ts';
import type { ApprovalRule } from '../../../domain/gates/rules.ts';
import { objectionToVote } from '../../../domain/gates/voters.ts';
import type { Vote } from '../../../domain/gates/votes.ts';
import type { Delegation } from '../../../domain/standing.ts';
import { at, delegation, facts, question, SINCE, SUBJECT } from './questions.ts';

/** Who is in which groups, for good: what credentials tell. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  ana: ['release'],
  bo: ['release', 'ops'],
  cy: ['ops'],
  dev: ['release', 'ops'],
  eve: [],
};
const PEOPLE = Object.keys(GROUPS);
const PERSON = fc.constantFrom(...PEOPLE);

const RULE: fc.Arbitrary<ApprovalRule> = fc
  .record({
    approvers: fc.uniqueArray(PERSON, { maxLength: 4 }),
    count: fc.integer({ min: 1, max: 3 }),
    groups: fc.uniqueArray(fc.record({ group: fc.constantFrom('release', 'ops'), count: fc.integer({ min: 1, max: 2 }) }), {
      selector: ({ group }) => group,
      maxLength: 2,
    }),
    excludeInitiator: fc.boolean(),
    excludeAuthors: fc.boolean(),
    deadlineMs: fc.integer({ min: 1, max: 1_000 }),
  })
  .map((rule) => ({ ...rule, count: rule.approvers.length === 0 ? 0 : rule.count }));

/** Each person lends their vote to one other at most, for ever: what was lent at another time is in the examples. */
const DELEGATIONS: fc.Arbitrary<readonly Delegation[]> = fc.uniqueArray(
  fc.record({ by: PERSON, to: PERSON }).map(({ by, to }) => delegation(by, to, { groups: GROUPS[by] ?? [] })),
  { selector: ({ by }) => by, maxLength: 3 },
);

const voteOf = (delegations: readonly Delegation[]): fc.Arbitrary<Vote> =>
  fc
    .record({
      subject: fc.record({
        release: fc.constantFrom(2, 2, 2, 3),
        stage: fc.constant(SUBJECT.stage),
        planHash: fc.constantFrom('plan', 'plan', 'plan', 'other'),
        policyRevision: fc.constantFrom('policy', 'policy', 'policy', 'other'),
      }),
      person: PERSON,
      decision: fc.constantFrom('approve', 'approve', 'approve', 'withdraw', 'reject'),
      comment: fc.constant(''),
      at: fc.nat(1_200).map(at),
    })
    .map((vote) => ({
      ...vote,
      groups: GROUPS[vote.person] ?? [],
      lent: delegations.filter(({ to, by }) => to === vote.person && by !== to),
    }));

interface Case {
  readonly asked: GateQuestion;
  readonly delegations: readonly Delegation[];
  readonly one: Vote;
}

const CASE: fc.Arbitrary<Case> = DELEGATIONS.chain((delegations) =>
  fc.record({
    asked: fc
      .record({
        rules: fc.array(RULE, { minLength: 1, maxLength: 2 }),
        votes: fc.array(voteOf(delegations), { maxLength: 7 }),
        initiator: PERSON,
        authors: fc.uniqueArray(PERSON, { maxLength: 2 }),
      })
      .map(({ rules, votes, initiator, authors }) =>
        question(
          {},
          {
            rules: rules.map((rule, index) => ({ origin: index === 0 ? 'environment' : 'pipeline', approvals: [rule] })),
            votes: [...votes].sort((left, right) => Date.parse(left.at) - Date.parse(right.at)),
            initiator,
            facts: facts({ authors: { kind: 'known', value: authors } }, { delegations }),
          },
        ),
      ),
    delegations: fc.constant(delegations),
    one: voteOf(delegations),
  }),
);
const MOMENT = fc.nat(1_500).map((ms) => SINCE + ms);

const kindOf = (asked: GateQuestion, now: number) => evaluateGates(asked, now).kind;
const authorsOf = ({ facts: { authors } }: GateQuestion) => (authors?.kind === 'known' ? authors.value : []);

/** What each person says last, as the design tells it: a withdrawal takes back all before it, and a no stays. */
function lastWords({ votes }: GateQuestion): Map<string, Vote> {
  const words = new Map<string, Vote>();
  for (const vote of votes.filter(({ subject }) => JSON.stringify(subject) === JSON.stringify(SUBJECT))) {
    const before = words.get(vote.person);
    if (vote.decision === 'withdraw') words.delete(vote.person);
    else if (before === undefined || (before.decision === 'approve' && vote.decision === 'reject')) words.set(vote.person, vote);
  }
  return words;
}

/** Tries every way of giving each voter one seat, with nothing of how the gate is written. */
function canSeat(voters: readonly (readonly number[])[], free: readonly number[]): boolean {
  if (free.every((count) => count === 0)) return true;
  const [first, ...others] = voters;
  if (first === undefined) return false;
  const taken = first.filter((seat) => (free[seat] ?? 0) > 0);
  return (
    canSeat(others, free) ||
    taken.some((seat) =>
      canSeat(
        others,
        free.map((count, index) => (index === seat ? count - 1 : count)),
      ),
    )
  );
}

function isMet(rule: ApprovalRule, asked: GateQuestion, words: ReadonlyMap<string, Vote>): boolean {
  const seats = [
    ...(rule.approvers.length === 0 ? [] : [{ count: rule.count, fits: (person: string) => rule.approvers.includes(person) }]),
    ...(rule.groups ?? []).map(({ group, count }) => ({ count, fits: (person: string) => (GROUPS[person] ?? []).includes(group) })),
  ];
  if (seats.length === 0) return false;
  const excluded = [...(rule.excludeInitiator ? [asked.initiator] : []), ...(rule.excludeAuthors ? authorsOf(asked) : [])];
  const counted = [...words.values()].filter(
    ({ person, decision, at: given }) =>
      decision === 'approve' && Date.parse(given) - SINCE < rule.deadlineMs && !excluded.includes(person),
  );
  const voters = counted.map(({ person, lent = [] }) => {
    const standsFor = [person, ...lent.map(({ by }) => by).filter((lender) => !words.has(lender) && !excluded.includes(lender))];
    return seats.flatMap(({ fits }, index) => (standsFor.some(fits) ? [index] : []));
  });
  return canSeat(
    voters,
    seats.map(({ count }) => count),
  );
}

describe('an approval gate, whatever was voted, lent and withdrawn', () => {
  it('opens exactly when every rule has its people, one seat for each, and nobody who may said no', () => {
    fc.assert(
      fc.property(CASE, MOMENT, ({ asked }, now) => {
        const words = lastWords(asked);
        const kind = kindOf(asked, now);
        if (kind === 'rejected') expect([...words.values()].some(({ decision }) => decision === 'reject')).toBe(true);
        else expect(kind === 'open').toBe(asked.rules.every(({ approvals = [] }) => approvals.every((rule) => isMet(rule, asked, words))));
      }),
      { numRuns: 1_000 },
    );
  });

  it('does not depend on the order in which different people spoke', () => {
    const shuffled = CASE.chain(({ asked }) =>
      fc
        .shuffledSubarray(PEOPLE, { minLength: PEOPLE.length })
        .map((order) => ({ asked, votes: order.flatMap((name) => asked.votes.filter(({ person }) => person === name)) })),
    );
    fc.assert(
      fc.property(shuffled, MOMENT, ({ asked, votes }, now) => {
        expect(kindOf({ ...asked, votes }, now)).toBe(kindOf(asked, now));
      }),
    );
  });

  it('is never closed by one more yes', () => {
    fc.assert(
      fc.property(CASE, MOMENT, ({ asked, one }, now) => {
        const more = { ...asked, votes: [...asked.votes, { ...one, decision: 'approve' as const }] };
        if (kindOf(asked, now) === 'open') expect(kindOf(more, now)).toBe('open');
      }),
    );
  });

  it('is never opened by a no', () => {
    fc.assert(
      fc.property(CASE, MOMENT, ({ asked, one }, now) => {
        const more = { ...asked, votes: [...asked.votes, { ...one, decision: 'reject' as const }] };
        if (kindOf(asked, now) !== 'open') expect(kindOf(more, now)).not.toBe('open');
      }),
    );
  });

  it('is as if nothing had been said by somebody who withdraws it', () => {
    fc.assert(
      fc.property(CASE, MOMENT, ({ asked, one }, now) => {
        const withdrawn = { ...asked, votes: [...asked.votes, { ...one, subject: SUBJECT, decision: 'withdraw' as const }] };
        const silent = {
          ...asked,
          votes: asked.votes.filter(
            ({ person, subject }) =>
              person !== one.person || subject.planHash !== 'plan' || subject.release !== 2 || subject.policyRevision !== 'policy',
          ),
        };
        expect(kindOf(withdrawn, now)).toBe(kindOf(silent, now));
      }),
    );
  });

  it('once expired is not opened by a vote that comes later', () => {
    fc.assert(
      fc.property(CASE, MOMENT, ({ asked, one }, now) => {
        const late = { ...one, at: new Date(now).toISOString() };
        if (kindOf(asked, now) === 'expired') expect(kindOf({ ...asked, votes: [...asked.votes, late] }, now)).not.toBe('open');
      }),
    );
  });

  it('does not open by the mere passing of time', () => {
    fc.assert(
      fc.property(CASE, MOMENT, fc.nat(2_000), ({ asked }, now, later) => {
        if (kindOf(asked, now) !== 'open') expect(kindOf(asked, now + later)).not.toBe('open');
      }),
    );
  });

  it('counts no vote for a changed release, plan or policy', () => {
    fc.assert(
      fc.property(CASE, MOMENT, fc.constantFrom('release', 'planHash', 'policyRevision'), ({ asked }, now, member) => {
        const changed = { ...asked, subject: { ...SUBJECT, [member]: member === 'release' ? 9 : 'changed' } };
        expect(['closed', 'expired']).toContain(kindOf(changed, now));
      }),
    );
  });

  it('counts no vote of somebody who is told that they may not vote', () => {
    fc.assert(
      fc.property(CASE, MOMENT, ({ asked }, now) => {
        const unspoken = { ...asked, votes: [] };
        const allowed = asked.votes.filter(
          ({ person, groups = [], at: given, decision }) =>
            decision === 'withdraw' || objectionToVote({ person, groups, decision }, unspoken, Date.parse(given)) === undefined,
        );
        expect(kindOf({ ...asked, votes: allowed }, now)).toBe(kindOf(asked, now));
      }),
    );
  });
});
