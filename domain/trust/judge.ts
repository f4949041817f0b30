import { shortDigest } from '../digest.ts';
import type { TrustVerdict } from '../gates/facts.ts';
import type { Claim } from './claim.ts';
import type { Refused } from './envelope.ts';
import type { AttestationRule, KeyQuorum, TrustPolicy } from './policy.ts';
import type { TrustSubject } from './subject.ts';

/** What an image has of what a policy asks, and what it lacks. */
export interface ImageJudgement {
  readonly subject: TrustSubject;
  readonly has: readonly string[];
  readonly lacks: readonly string[];
  readonly refused: readonly Refused[];
}

export interface ImageEvidence {
  readonly claims: readonly Claim[];
  readonly refused: readonly Refused[];
}

/** Whether an image carries what a policy asks, at a time in milliseconds since the epoch. Only what is there counts for it: nothing can speak against. */
export function judgeImage(policy: TrustPolicy, subject: TrustSubject, { claims, refused }: ImageEvidence, now: number): ImageJudgement {
  if (subject.digest === undefined) return { subject, has: [], lacks: ['is not built yet'], refused: [] };
  const rules = rulesOf(policy);
  const judged = rules.map((rule) => judgeRule(rule, claims, policy, now));
  const unused = claims.filter((claim) => !rules.some((rule) => isFor(rule, claim) && claim.keys.some((key) => rule.keys.includes(key))));
  const idle = unused.map((claim) => ({ source: claim.source, reason: `no ${wordsOf(claim)} by ${claim.keys.join()} is asked for` }));
  return {
    subject,
    has: judged.flatMap(({ has }) => has ?? []),
    // A policy that asks nothing is met by nothing: it says that somebody has forgotten what it was for.
    lacks: rules.length === 0 ? ['has a policy that asks for nothing'] : judged.flatMap(({ lacks }) => lacks ?? []),
    refused: [...refused, ...idle],
  };
}

/** Whether all images meet a policy, with the reason, and what to do where one does not. A release without images meets none. */
export function verdictOf({ name, revision }: TrustPolicy, judgements: readonly ImageJudgement[]): TrustVerdict {
  const lacking = judgements.filter(({ lacks }) => lacks.length > 0);
  if (judgements.length === 0) return { trusted: false, revision, reason: `There is no image that could meet ${name}` };
  if (lacking.length === 0) return { trusted: true, revision, reason: `By ${name}: ${shortList(judgements.map(hasText), '; ')}` };
  return { trusted: false, revision, reason: `By ${name}: ${shortList(lacking.map(lackText), '; ')}` };
}

type Rule = KeyQuorum & Partial<Pick<AttestationRule, 'predicateType'>>;

function rulesOf({ signatures, attestations }: TrustPolicy): readonly Rule[] {
  return [...(signatures === undefined ? [] : [signatures]), ...attestations];
}

function isFor({ predicateType }: Rule, claim: Claim): boolean {
  return claim.predicateType === predicateType;
}

function judgeRule(
  rule: Rule,
  claims: readonly Claim[],
  policy: TrustPolicy,
  now: number,
): { readonly has?: string; readonly lacks?: string } {
  const ended = rule.keys.filter((key) =>
    policy.keys.some(({ name, until }) => name === key && until !== undefined && now >= Date.parse(until)),
  );
  const made = new Set(claims.filter((claim) => isFor(rule, claim)).flatMap(({ keys }) => keys));
  const makers = rule.keys.filter((key) => made.has(key) && !ended.includes(key));
  if (rule.count > 0 && makers.length >= rule.count) return { has: `${wordsOf(rule, makers.length)} by ${makers.join(' and ')}` };
  const note = ended.length === 0 ? '' : ` (${ended.join(' and ')} counts no more, as its time is over)`;
  const missing = `${rule.count - makers.length} of ${rule.count} ${wordsOf(rule, rule.count)}`;
  return { lacks: `lacks ${missing} by ${rule.keys.join(' or ')}${note}` };
}

function wordsOf({ predicateType }: Rule | Claim, count = 1): string {
  if (predicateType !== undefined) return `${count === 1 ? 'attestation' : 'attestations'} ${predicateType}`;
  return count === 1 ? 'signature' : 'signatures';
}

function hasText({ subject, has }: ImageJudgement): string {
  return `${subject.component} has ${has.join(', ')}`;
}

function lackText({ subject, lacks, refused }: ImageJudgement): string {
  const { component, digest, repositories } = subject;
  const place = digest === undefined ? '' : `. Attach it to ${repositories[0]}@${digest}`;
  const others = refused.map(({ source, reason }) => `${shortDigest(source)}, as ${reason}`);
  const ignored = others.length === 0 ? '' : `. Not counted: ${shortList(others, '; ')}`;
  return `${component} ${lacks.join(', and ')}${place}${ignored}`;
}

const MOST_LISTED = 3;

/** A reason travels in every history: a thousand bad signatures are told by three. */
function shortList(texts: readonly string[], separator: string): string {
  const more = texts.length - MOST_LISTED;
  return [...texts.slice(0, MOST_LISTED), ...(more > 0 ? [`and ${more} more`] : [])].join(separator);
}
