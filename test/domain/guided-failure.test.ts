import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EnvironmentPolicy } from '../../domain/environment.ts';
import type { ApprovalRule } from '../../domain/gates/rules.ts';
import {
  FAILURE_ANSWERS,
  failureRule,
  type HostQuestion,
  type OnFailure,
  objectionToDecision,
  shortReason,
} from '../../domain/guided-failure.ts';
import type { Stage } from '../../domain/pipeline.ts';

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

describe('a reason that is shown with a question', () => {
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
