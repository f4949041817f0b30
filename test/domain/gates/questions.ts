import type { GateFacts } from '../../../domain/gates/facts.ts';
import type { GateQuestion } from '../../../domain/gates/question.ts';
import type { ApprovalRule, GateRules } from '../../../domain/gates/rules.ts';
import type { GateSubject, Vote } from '../../../domain/gates/votes.ts';
import { type Delegation, NOTHING_STANDS, type Standing } from '../../../domain/standing.ts';
import { digestNumber } from '../arbitraries.ts';

export const SINCE = Date.parse('2026-01-01T00:00:00Z');
export const SUBJECT: GateSubject = { release: 2, stage: 'production', planHash: 'plan', policyRevision: 'policy' };

export const at = (milliseconds: number): string => new Date(SINCE + milliseconds).toISOString();

export const rule = (more: Partial<ApprovalRule> = {}): ApprovalRule => ({
  approvers: ['ana', 'bo', 'cy'],
  count: 1,
  excludeInitiator: true,
  deadlineMs: 1_000,
  ...more,
});

export const vote = (person: string, more: Partial<Vote> = {}): Vote => ({
  subject: SUBJECT,
  person,
  decision: 'approve',
  comment: '',
  at: at(0),
  ...more,
});

export const delegation = (by: string, to: string, more: Partial<Delegation> = {}): Delegation => ({
  kind: 'delegation',
  id: `delegation-${by}-${to}`,
  reason: 'on holiday',
  by,
  to,
  groups: [],
  at: at(-1_000),
  until: at(1_000_000),
  ...more,
});

export const facts = (more: Partial<GateFacts> = {}, standing: Partial<Standing> = {}): GateFacts => ({
  standing: { kind: 'known', value: { ...NOTHING_STANDS, ...standing } },
  ...more,
});

/** Release 2 of the shop at the gates of production, by rules of the environment. */
export const question = (rules: GateRules = {}, more: Partial<GateQuestion> = {}): GateQuestion => ({
  subject: SUBJECT,
  application: 'shop',
  environment: 'production',
  digests: [digestNumber(2)],
  rules: [{ origin: 'environment', ...rules }],
  votes: [],
  initiator: 'dev',
  waitingSince: SINCE,
  facts: facts(),
  ...more,
});

export const known = <Value>(value: Value) => ({ kind: 'known' as const, value });
export const unknown = (reason: string) => ({ kind: 'unknown' as const, reason });
