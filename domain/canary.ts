import type { Comparison, Tally } from './canary-figures.ts';

/** So much of the requests goes to the new version, for so long; then it is judged. */
export interface CanaryStep {
  /** Percent of the requests, 1 to 99. */
  readonly weight: number;
  readonly pauseMs: number;
}

/** How much worse than the old version still counts as equal: worse is only what exceeds both. */
export interface Tolerance {
  /** Percentage points of the requests. */
  readonly points: number;
  readonly times: number;
}

/** By what a new version is judged against the old one. */
export interface Judgement {
  /** Requests that each version must have had since the step began: of fewer nobody can say that all is well. */
  readonly requests: number;
  /** Answers of 500 and above, no answer, an answer cut short. */
  readonly failed: Tolerance;
  /** Answers of 400 to 499. */
  readonly refused: Tolerance;
  /** Mean time until an answer begins. */
  readonly latency: { readonly moreMs: number; readonly times: number };
}

/** What happens when the figures do not tell. */
export interface OnUnclear {
  readonly ask: boolean;
  readonly deadlineMs: number;
  readonly default: 'proceed' | 'roll-back';
}

export interface CanaryRules {
  /** Weights rise from step to step; after the last one all requests move. */
  readonly steps: readonly CanaryStep[];
  readonly judgement: Judgement;
  readonly onUnclear: OnUnclear;
}

export interface Verdict {
  readonly kind: 'better-or-equal' | 'worse' | 'unclear';
  /** Sentences, at least one: what led to it. */
  readonly reasons: readonly string[];
}

/** The 95 % quantile of the normal distribution: one in twenty chance findings at the very limit of a tolerance, far fewer within it. */
const Z = 1.645;

const FIRST_LOOK_MS = 30_000;
const REASONS_TOLD = 10;
/** What a run of a deployment's workflow may do on hosts, one by one: Temporal ends it at 51,200 events and 50 MB, and a canary begins a new run between steps alone. */
const HOST_STEPS = 4_000;

/**
 * Whether the new version may have more requests. `worse` only when chance does not explain it: the least of the new version's
 * share that its requests allow for exceeds what is tolerated above the most of the old one's (Wilson's interval, which holds for few requests and
 * shares near zero). `better-or-equal` only when both had enough requests and no figure exceeds its tolerance. Everything between is
 * `unclear`. A container of the new version that restarted, ran out of memory or is not well is worse by itself.
 */
export function judgeCanary(comparisons: readonly Comparison[], rules: Judgement): Verdict {
  const findings = comparisons.flatMap((comparison) => findingsOf(comparison, rules));
  for (const kind of ['worse', 'unclear'] as const) {
    const reasons = findings.filter((finding) => finding.kind === kind).map(({ reason }) => reason);
    if (reasons.length > 0) return { kind, reasons: told(reasons) };
  }
  if (comparisons.length === 0) return { kind: 'unclear', reasons: ['No host has figures of both versions'] };
  return { kind: 'better-or-equal', reasons: told(comparisons.map(comparisonText)) };
}

/** A whole fleet can have one trouble: people need to read some of it, and histories hold all of it. */
function told(reasons: readonly string[]): readonly string[] {
  const others = reasons.length - REASONS_TOLD;
  return others > 0 ? [...reasons.slice(0, REASONS_TOLD), `and ${others} more`] : reasons;
}

interface Finding {
  readonly kind: 'worse' | 'unclear';
  readonly reason: string;
}

/** What speaks against a component of the new version; nothing where it is as good as the old one. */
function findingsOf(comparison: Comparison, rules: Judgement): Finding[] {
  const { component, newer, older, troubles } = comparison;
  const isEnough = Math.min(newer.requests, older.requests) >= rules.requests;
  const figures = [
    shareFinding(comparison, 'failed', rules.failed),
    shareFinding(comparison, 'refused', rules.refused),
    ...(isEnough ? [latencyFinding(comparison, rules)] : []),
  ];
  const few: Finding = {
    kind: 'unclear',
    reason: `${component}: ${newer.requests} requests to the new version and ${older.requests} to the old one, where ${rules.requests} of each would tell`,
  };
  return [
    ...troubles.map((trouble): Finding => ({ kind: 'worse', reason: `${component}: ${trouble}` })),
    ...figures.filter((finding) => finding !== undefined),
    ...(isEnough ? [] : [few]),
  ];
}

function shareFinding(
  { component, newer, older }: Comparison,
  what: 'failed' | 'refused',
  { points, times }: Tolerance,
): Finding | undefined {
  const limit = (share: number): number => Math.max(share + points / 100, share * times);
  const kind = isAbove(newer, older, what, limit);
  if (kind === undefined) return undefined;
  return { kind, reason: `${component}: ${shareText(newer, what)} of the new version, and ${shareText(older, what)} of the old one` };
}

function isAbove(newer: Tally, older: Tally, what: 'failed' | 'refused', limit: (share: number) => number): Finding['kind'] | undefined {
  if (shareBounds(newer[what], newer.requests).least > limit(shareBounds(older[what], older.requests).most)) return 'worse';
  return share(newer, what) > limit(share(older, what)) ? 'unclear' : undefined;
}

/** The shares that so many of so many allow for: Wilson 1927, as in https://en.wikipedia.org/wiki/Binomial_proportion_confidence_interval */
export function shareBounds(count: number, requests: number): { readonly least: number; readonly most: number } {
  if (requests === 0) return { least: 0, most: 1 };
  const [p, z2] = [count / requests, (Z * Z) / requests];
  const centre = p + z2 / 2;
  const reach = Z * Math.sqrt((p * (1 - p)) / requests + z2 / (4 * requests));
  // The share itself is always allowed for, whatever is rounded.
  return { least: Math.max(0, Math.min(p, (centre - reach) / (1 + z2))), most: Math.min(1, Math.max(p, (centre + reach) / (1 + z2))) };
}

/** Means are known no better than within what the router's rounding leaves open. */
function latencyFinding({ component, newer, older }: Comparison, { latency }: Judgement): Finding | undefined {
  if (newer.time === undefined || older.time === undefined) return undefined;
  const limit = (ms: number): number => Math.max(ms + latency.moreMs, ms * latency.times);
  if (newer.time.meanMs <= limit(older.time.meanMs)) return undefined;
  const isSure = newer.time.meanMs - newer.time.withinMs > limit(older.time.meanMs + older.time.withinMs);
  const reason = `${component}: ${timeText(newer)} until the new version answers, and ${timeText(older)} until the old one does`;
  return { kind: isSure ? 'worse' : 'unclear', reason };
}

function share(tally: Tally, what: 'failed' | 'refused'): number {
  return tally.requests === 0 ? 0 : tally[what] / tally.requests;
}

/** `web: 0.2% of 1200 requests failed (before 0.3% of 22800), 0% refused (before 0%), 12 ms (before 11 ms)` */
function comparisonText({ component, newer, older }: Comparison): string {
  const refused = `${percent(share(newer, 'refused'))} refused (before ${percent(share(older, 'refused'))})`;
  const failed = `${percent(share(newer, 'failed'))} of ${newer.requests} requests failed (before ${percent(share(older, 'failed'))} of ${older.requests})`;
  return `${component}: ${failed}, ${refused}, ${timeText(newer)} (before ${timeText(older)})`;
}

function shareText(tally: Tally, what: 'failed' | 'refused'): string {
  return `${percent(share(tally, what))} of ${tally.requests} requests ${what}`;
}

function timeText({ time }: Tally): string {
  return time === undefined ? 'no time' : `${Math.round(time.meanMs)} ms`;
}

function percent(value: number): string {
  return `${Number((value * 100).toFixed(2))}%`;
}

/**
 * When a step is looked at before its pause is over, in milliseconds from its beginning: what is plainly worse ends there and then.
 * They are few, as each asks every host: after 30 s, 5 min, 50 min and so on.
 */
export function earlyLooks({ pauseMs }: CanaryStep): number[] {
  const looks: number[] = [];
  for (let at = FIRST_LOOK_MS; at * 2 <= pauseMs; at *= 10) looks.push(at);
  return looks;
}

/** How many hosts may take the steps of a canary together: each host is weighed, and measured at each look, by an activity of its own. */
export function mostHosts({ steps }: Pick<CanaryRules, 'steps'>): number {
  return Math.floor(HOST_STEPS / Math.max(...steps.map((step) => 2 + earlyLooks(step).length)));
}
