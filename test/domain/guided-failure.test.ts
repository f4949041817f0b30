import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EnvironmentPolicy } from '../../domain/environment-policy.ts';
import type { ApprovalRule } from '../../domain/gates/rules.ts';
import {
  answersTo,
  FAILURE_ANSWERS,
  failureRule,
  forwardOnlyRule,
  type HostQuestion,
  type OnFailure,
  objectionToDecision,
  shortReason,
  subjectOf,
  UNCLEAR_ANSWERS,
  unclearRule,
} from '../../domain/guided-failure.ts';
import type { Stage } from '../../domain/pipeline.ts';
import { CANARY } from './arbitraries.ts';

type DeployStage = Extract<Stage, { kind: 'deploy' }>;

const ASK: OnFailure = { ask: true, deadlineMs: 60_000, default: 'skip' };
const approval = (...approvers: string[]): ApprovalRule => ({ approvers, count: 1, excludeInitiator: false, deadlineMs: 1 });
const stage = (more: Partial<DeployStage> = {}): DeployStage => ({
  kind: 'deploy',
  name: 'production',
  needs: [],
  environment: 'production',
  strategy: { kind: 'rolling', batch: 1 },
  ...more,
});
const ruleOf = (of: DeployStage, by: EnvironmentPolicy, starters: readonly (string | undefined)[] = ['dev']) =>
  failureRule(of, by, starters);
const policy = (more: Partial<EnvironmentPolicy> = {}): EnvironmentPolicy => ({
  name: 'production',
  hosts: [],
  policyRevision: 'p',
  bakeMs: 0,
  ...more,
});

describe('who is asked when a host fails', () => {
  it('is nobody where neither environment nor stage says so', () => {
    expect(ruleOf(stage(), policy())).toBeUndefined();
    expect(ruleOf(stage({ onFailure: { ...ASK, ask: false } }), policy())).toBeUndefined();
  });

  it("is said by the environment before the stage, so that a pipeline cannot hold up its owners' way back", () => {
    expect(ruleOf(stage({ onFailure: ASK }), policy({ onFailure: { ...ASK, ask: false } }))).toBeUndefined();
    expect(ruleOf(stage({ onFailure: ASK }), policy({ onFailure: { ...ASK, deadlineMs: 5 } }))).toEqual({
      deadlineMs: 5,
      default: 'skip',
    });
  });

  it('are the approvers of the environment, else of the stage, else everybody with a token', () => {
    const asking = stage({ onFailure: ASK, approval: approval('sam') });
    expect(ruleOf(asking, policy({ approval: approval('rita') }))?.deciders).toEqual(['rita']);
    expect(ruleOf(asking, policy())?.deciders).toEqual(['sam']);
    expect(ruleOf(stage({ onFailure: ASK }), policy())).not.toHaveProperty('deciders');
  });

  it('is nobody who started the release, where the rule excludes them', () => {
    const excluding = { ...approval('rita', 'sam', 'tom'), excludeInitiator: true };
    expect(ruleOf(stage({ onFailure: ASK }), policy({ approval: excluding }), ['sam', 'tom'])?.deciders).toEqual(['rita']);
    const letting = { ...excluding, excludeInitiator: false };
    expect(ruleOf(stage({ onFailure: ASK }), policy({ approval: letting }), ['sam'])?.deciders).toHaveLength(3);
  });

  it('is nobody at all, so that it goes back at once, where everybody who might answer is excluded', () => {
    const excluding = { ...approval('sam'), excludeInitiator: true };
    expect(ruleOf(stage({ onFailure: ASK }), policy({ approval: excluding }), ['sam', undefined])).toBeUndefined();
  });
});

describe('an answer', () => {
  const question = (host: string, deciders?: readonly string[], id = '2.1'): HostQuestion => ({
    id,
    host,
    step: 'switching',
    reason: 'web answered 503',
    since: '',
    until: '',
    default: 'roll-back',
    ...(deciders !== undefined && { deciders }),
  });

  it('counts exactly when it is for the question that is open about its host, it is one of the four, and the person may decide', () => {
    const person = fc.constantFrom('ana', 'bo', 'cy');
    const host = fc.constantFrom('p1', 'p2', 'p3');
    const id = fc.constantFrom('2.1', '2.2', '3.1');
    const open = fc.uniqueArray(fc.record({ host, id, deciders: fc.option(fc.uniqueArray(person), { nil: undefined }) }), {
      selector: (one) => one.host,
    });
    fc.assert(
      fc.property(open, host, person, fc.constantFrom(...FAILURE_ANSWERS, 'jump', ''), id, (asked, about, who, answer, seen) => {
        const found = asked.find((one) => one.host === about);
        const isKnown = FAILURE_ANSWERS.some((known) => known === answer);
        const counts = found !== undefined && found.id === seen && isKnown && (found.deciders?.includes(who) ?? true);
        const decision = { host: about, question: seen, answer: answer as 'retry', person: who, reason: '' };
        const objection = objectionToDecision(
          decision,
          asked.map((one) => question(one.host, one.deciders, one.id)),
        );
        expect(objection === undefined).toBe(counts);
      }),
    );
  });

  it('is refused with whom to ask', () => {
    const decision = { host: 'p1', question: '2.1', answer: 'skip', person: 'dev', reason: '' } as const;
    expect(objectionToDecision(decision, [question('p1', ['rita', 'sam'])])).toBe('dev may not decide about p1; ask rita or sam');
    expect(objectionToDecision(decision, [])).toBe('Host p1 waits for no decision; nothing does');
    expect(objectionToDecision(decision, [question('p1', ['dev'], '2.2')])).toBe(
      'Question 2.1 is not open any more; about p1 it is now 2.2: it failed while switching: web answered 503. Look at it, and answer that',
    );
  });
});

describe('who is asked about a canary', () => {
  const onUnclear = CANARY.onUnclear;
  const canary = (more: Partial<DeployStage> = {}) => stage({ strategy: { kind: 'canary', ...CANARY }, ...more });
  const goesBack = { ...onUnclear, ask: false, default: 'roll-back' };

  it('is nobody where there is none', () => {
    expect(unclearRule(stage(), policy(), ['dev'])).toBeUndefined();
  });

  it('are the approvers, or everybody where none is named', () => {
    expect(unclearRule(canary(), policy(), ['dev'])).toStrictEqual(onUnclear);
    expect(unclearRule(canary({ approval: approval('sam') }), policy(), ['dev'])).toStrictEqual({ ...onUnclear, deciders: ['sam'] });
    const groups = { ...approval(), groups: [{ group: 'ops', count: 1 }] };
    expect(unclearRule(canary({ approval: groups }), policy(), ['dev'])).toStrictEqual(onUnclear);
  });

  it('is nobody, so that it goes back, where the environment asks nobody or nobody is left', () => {
    expect(unclearRule(canary(), policy({ onFailure: { ...ASK, ask: false } }), ['dev'])).toStrictEqual(goesBack);
    expect(unclearRule(canary(), policy({ onFailure: ASK }), ['dev'])).toStrictEqual(onUnclear);
    const excluding = { ...approval('sam'), excludeInitiator: true };
    expect(unclearRule(canary({ approval: excluding }), policy(), ['sam'])).toStrictEqual(goesBack);
  });
});

describe('who is asked once a job ran that nothing undoes', () => {
  const week = { deadlineMs: 7 * 24 * 3_600_000, default: 'roll-back' };

  it('is somebody in any case, for a week', () => {
    expect(forwardOnlyRule(stage(), policy(), ['dev'])).toStrictEqual(week);
    expect(forwardOnlyRule(stage({ approval: approval('sam') }), policy(), ['dev'])).toStrictEqual({ ...week, deciders: ['sam'] });
    const excluding = { ...approval('sam'), excludeInitiator: true };
    expect(forwardOnlyRule(stage({ approval: excluding }), policy(), ['sam'])).toStrictEqual({ ...week, deciders: ['sam'] });
    const own = { ...approval('rita'), excludeInitiator: true };
    expect(forwardOnlyRule(stage({ approval: excluding }), policy({ approval: own }), ['rita', 'sam'])).toStrictEqual({
      ...week,
      deciders: ['rita'],
    });
  });

  it('are those who are asked about other failures, for as long', () => {
    expect(forwardOnlyRule(stage({ onFailure: ASK }), policy(), ['dev'])).toStrictEqual({ deadlineMs: 60_000, default: 'skip' });
  });
});

describe('what is asked about a canary', () => {
  const open: HostQuestion = { id: '2.1', step: 'step 2', reason: 'too few requests', since: '', until: '', default: 'roll-back' };
  const decision = { question: '2.1', answer: 'proceed', person: 'dev', reason: '' } as const;

  it('is about no host, and has answers of its own', () => {
    expect([subjectOf(open), subjectOf({ host: 'p1' })]).toEqual(['the canary', 'p1']);
    expect([answersTo(open), answersTo({ host: 'p1' })]).toEqual([UNCLEAR_ANSWERS, FAILURE_ANSWERS]);
    expect(objectionToDecision(decision, [open])).toBeUndefined();
  });

  it('is refused in its own words', () => {
    expect(
      objectionToDecision(decision, [
        { ...open, host: 'p1' },
        { ...open, host: 'p2' },
      ]),
    ).toBe('The canary waits for no decision; these do: p1, p2');
    expect(objectionToDecision({ ...decision, answer: 'skip' }, [open])).toBe(
      'skip is no answer here; the answers are proceed, retry, roll-back',
    );
    expect(objectionToDecision(decision, [{ ...open, id: '2.2' }])).toBe(
      'Question 2.1 is not open any more; about the canary it is now 2.2: unclear at step 2: too few requests. Look at it, and answer that',
    );
    expect(objectionToDecision(decision, [{ ...open, deciders: ['sam'] }])).toBe('dev may not decide about the canary; ask sam');
  });
});

describe('a reason that is shown with a question', () => {
  it('is all of it where it is short, and else its beginning', () => {
    expect(shortReason('  web\n\n answered   503 ')).toBe('web answered 503');
    expect(shortReason('x'.repeat(300))).toBe('x'.repeat(300));
    expect(shortReason('x'.repeat(301))).toBe(`${'x'.repeat(299)}…`);
  });

  it('is one line of at most 300 characters', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 1_000 }), (text) => {
        const short = shortReason(text);
        expect(short.length).toBeLessThanOrEqual(300);
        expect(short).not.toMatch(/[\r\n]/);
      }),
    );
  });
});
