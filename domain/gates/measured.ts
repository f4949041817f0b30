import { factKey, factOf, type GateFacts, type InPlace, type Known, type Measurement, placeKey } from './facts.ts';
import type { GateQuestion } from './question.ts';
import { changing, type GateReport } from './report.ts';
import type { ApplicationRule, CheckRule, MetricRule, OwnedRules } from './rules.ts';

/**
 * Whether a figure lies within its limits. What is not known, or was measured too long ago, does not. Nobody knows when a closed one will:
 * with a moment at which it is stale, whoever waits would ask as often for a week.
 */
export function metricReport(rule: MetricRule, origin: OwnedRules['origin'], { facts }: GateQuestion, now: number): GateReport {
  const fact = factOf(facts.metrics, factKey(origin, rule.name));
  const shared = { kind: 'metric' as const, name: rule.name, openedBy: [`${rule.name} ${limitsOf(rule)}`] };
  const stale = staleness(fact, rule, now);
  if (stale !== undefined) return { ...shared, open: false, reason: `${rule.name} is not known: ${stale}` };
  if (fact.kind === 'unknown') {
    const { reason, knownAt } = fact;
    return { ...shared, open: false, reason: `${rule.name} is not known: ${reason}`, ...(knownAt !== undefined && { changesAt: knownAt }) };
  }
  const open = isWithin(fact.value, rule);
  const reason = `${rule.name} is ${valueText(fact.value)}, and ${open ? '' : 'must be '}${limitsOf(rule)}`;
  return { ...shared, open, reason, ...(open && { openedBy: [] }) };
}

function valueText({ value, within, basis }: Measurement): string {
  return `${value}${within === undefined ? '' : ` ± ${within}`}${basis === undefined ? '' : ` ${basis}`}`;
}

function staleness(fact: Known<Measurement>, { freshMs }: MetricRule, now: number): string | undefined {
  if (fact.kind === 'unknown' || now < Date.parse(fact.value.at) + freshMs) return undefined;
  return `it was last measured at ${fact.value.at}`;
}

/** What may be off is within a limit when the worst that it can be is. */
function isWithin({ value, within = 0 }: Measurement, { atLeast, atMost }: MetricRule): boolean {
  return value - within >= (atLeast ?? Number.NEGATIVE_INFINITY) && value + within <= (atMost ?? Number.POSITIVE_INFINITY);
}

function limitsOf({ atLeast, atMost }: MetricRule): string {
  return [...(atLeast === undefined ? [] : [`at least ${atLeast}`]), ...(atMost === undefined ? [] : [`at most ${atMost}`])].join(' and ');
}

/** When an external check's answer comes too late, in milliseconds since the epoch; undefined while nobody knows that it was asked. */
export function checkDeadline(rule: CheckRule, origin: OwnedRules['origin'], { facts }: GateQuestion): number | undefined {
  const fact = factOf(facts.checks, factKey(origin, rule.name));
  return fact.kind === 'known' && fact.value.kind === 'asked' ? Date.parse(fact.value.at) + rule.deadlineMs : undefined;
}

/** Whether somebody else's system has said yes. */
export function checkReport(rule: CheckRule, origin: OwnedRules['origin'], question: GateQuestion): GateReport {
  const fact = factOf(question.facts.checks, factKey(origin, rule.name));
  const shared = { kind: 'check' as const, name: rule.name, openedBy: [rule.name] };
  if (fact.kind === 'unknown') return { ...shared, open: false, reason: `${rule.name} was not asked: ${fact.reason}` };
  const { value } = fact;
  if (value.kind === 'passed') return { ...shared, open: true, reason: `${rule.name} said yes: ${value.reason}`, openedBy: [] };
  if (value.kind === 'failed') return { ...shared, open: false, reason: `${rule.name} said no: ${value.reason}`, openedBy: [] };
  const trouble = value.trouble === undefined ? '' : `, which is asked again until its deadline: ${value.trouble}`;
  const reason = `Waiting for the answer of ${rule.name}${trouble}`;
  return { ...shared, open: false, reason, ...changing(checkDeadline(rule, origin, question)) };
}

/** Whether another application runs what this one needs. */
export function applicationReport(rule: ApplicationRule, question: GateQuestion): GateReport {
  const { application, environment } = rule;
  const fact = factOf(question.facts.applications, placeKey(rule));
  const lack = fact.kind === 'unknown' ? `it is not known what runs there: ${fact.reason}` : lackOf(rule, fact.value, question);
  const shared = { kind: 'application' as const, name: placeKey(rule) };
  if (lack === undefined) return { ...shared, open: true, reason: `${application} in ${environment} is in place`, openedBy: [] };
  const openedBy = [`a deployment of ${application} to ${environment}`];
  return { ...shared, open: false, reason: `Needs ${wanted(rule)} in ${environment}, and ${lack}`, openedBy };
}

function wanted({ application, atLeast, sameCommit }: ApplicationRule): string {
  const release = atLeast === undefined ? `a release of ${application}` : `release ${atLeast} of ${application} or a later one`;
  return sameCommit === true ? `${release} from the same commit` : release;
}

function lackOf(
  { atLeast = 0, sameCommit }: ApplicationRule,
  { current, isChanging }: InPlace,
  question: GateQuestion,
): string | undefined {
  if (current === null) return 'nothing runs there';
  if (isChanging) return 'it is being changed';
  if (current.release < atLeast) return `release ${current.release} runs there`;
  const isOther = current.commit === undefined || current.commit !== question.commit;
  return sameCommit === true && isOther ? `release ${current.release} is of another commit` : undefined;
}

/** Whether the images' evidence meets a trust policy. Nobody skips this, and what is not known is a no. */
export function trustReport(policy: string, facts: Pick<GateFacts, 'trust'>): GateReport {
  const fact = factOf(facts.trust, policy);
  const shared = { kind: 'trust' as const, name: policy, openedBy: [`evidence that meets ${policy}`] };
  if (fact.kind === 'unknown') return { ...shared, open: false, reason: `Whether the images meet ${policy} is not known: ${fact.reason}` };
  const { trusted, reason } = fact.value;
  return { ...shared, open: trusted, reason, ...(trusted && { openedBy: [] }) };
}
