import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EnvironmentPolicy } from '../../domain/environment.ts';
import {
  FAILURE_ANSWERS,
  failureRule,
  type HostQuestion,
  type OnFailure,
  objectionToDecision,
  shortReason,
} from '../../domain/guided-failure.ts';
import type { ApprovalRule, Stage } from '../../domain/pipeline.ts';

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
const policy = (more: Partial<EnvironmentPolicy> = {}): EnvironmentPolicy => ({
  name: 'production',
  hosts: [],
  policyRevision: 'p',
  bakeMs: 0,
  ...more,
});

describe('who is asked when a host fails', () => {
  it('is nobody where neither environment nor stage says so', () => {
    expect(failureRule(stage(), policy())).toBeUndefined();
    expect(failureRule(stage({ onFailure: { ...ASK, ask: false } }), policy())).toBeUndefined();
  });

  it("is said by the environment before the stage, so that a pipeline cannot hold up its owners' way back", () => {
    expect(failureRule(stage({ onFailure: ASK }), policy({ onFailure: { ...ASK, ask: false } }))).toBeUndefined();
    expect(failureRule(stage({ onFailure: ASK }), policy({ onFailure: { ...ASK, deadlineMs: 5 } }))).toEqual({
      deadlineMs: 5,
      default: 'skip',
    });
  });

  it('are the approvers of the environment, else of the stage, else everybody with a token', () => {
    const asking = stage({ onFailure: ASK, approval: approval('sam') });
    expect(failureRule(asking, policy({ approval: approval('rita') }))?.deciders).toEqual(['rita']);
    expect(failureRule(asking, policy())?.deciders).toEqual(['sam']);
    expect(failureRule(stage({ onFailure: ASK }), policy())).not.toHaveProperty('deciders');
  });
});

describe('an answer', () => {
  const question = (host: string, deciders?: readonly string[]): HostQuestion => ({
    host,
    step: 'switching',
    reason: 'web answered 503',
    since: '',
    until: '',
    default: 'roll-back',
    ...(deciders !== undefined && { deciders }),
  });

  it('counts exactly when its host is asked about, it is one of the four, and the person may decide', () => {
    const person = fc.constantFrom('ana', 'bo', 'cy');
    const host = fc.constantFrom('p1', 'p2', 'p3');
    const open = fc.uniqueArray(fc.record({ host, deciders: fc.option(fc.uniqueArray(person), { nil: undefined }) }), {
      selector: (one) => one.host,
    });
    fc.assert(
      fc.property(open, host, person, fc.constantFrom(...FAILURE_ANSWERS, 'jump', ''), (asked, about, who, answer) => {
        const found = asked.find((one) => one.host === about);
        const counts = found !== undefined && FAILURE_ANSWERS.some((known) => known === answer) && (found.deciders?.includes(who) ?? true);
        const decision = { host: about, answer: answer as 'retry', person: who, reason: '' };
        const objection = objectionToDecision(
          decision,
          asked.map((one) => question(one.host, one.deciders)),
        );
        expect(objection === undefined).toBe(counts);
      }),
    );
  });

  it('is refused with whom to ask', () => {
    const decision = { host: 'p1', answer: 'skip', person: 'dev', reason: '' } as const;
    expect(objectionToDecision(decision, [question('p1', ['rita', 'sam'])])).toBe('dev may not decide about p1; ask rita or sam');
    expect(objectionToDecision(decision, [])).toBe('Host p1 waits for no decision; nothing does');
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
