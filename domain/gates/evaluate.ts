import { type GateIdentity, gateId } from '../skippable-gate.ts';
import { type Forward, glassPast, nextChange, obstaclesTo } from '../standing.ts';
import { approvalReport, deadlineOf } from './approval.ts';
import { factKey, factOf } from './facts.ts';
import { applicationReport, checkDeadline, checkReport, metricReport, trustReport } from './measured.ts';
import type { GateQuestion } from './question.ts';
import { changing, type GateReport } from './report.ts';
import type { ApprovalRule, CheckRule, OwnedRules } from './rules.ts';
import { soakReport } from './soak.ts';
import { standingRejection } from './voters.ts';
import { windowReport } from './windows.ts';

export type GateVerdict =
  | { readonly kind: 'open'; readonly gates: readonly GateReport[] }
  | { readonly kind: 'closed'; readonly gates: readonly GateReport[] }
  | { readonly kind: 'rejected'; readonly gates: readonly GateReport[]; readonly by: string; readonly comment: string }
  | { readonly kind: 'expired'; readonly gates: readonly GateReport[]; readonly reason: string };

/**
 * Whether a stage may start now, with every gate that it has: open or closed, why, who or what opens it, and when that can change. `now` is
 * in milliseconds since the epoch. A no counts before a yes, and a vote before its deadline: what was expired is never open, whatever comes
 * later. What is not known is closed.
 */
export function evaluateGates(question: GateQuestion, now: number): GateVerdict {
  const gates = gateReports(question, now);
  const rejection = standingRejection(question);
  if (rejection !== undefined) return { kind: 'rejected', gates, by: rejection.person, comment: rejection.comment };
  const refusal = gates.find((gate) => gate.kind === 'check' && !gate.open && hasFailed(gate, question));
  if (refusal !== undefined) return { kind: 'rejected', gates, by: refusal.name ?? '', comment: refusal.reason };
  if (gates.every((gate) => gate.open)) return { kind: 'open', gates };
  return expired(question, gates, now) ?? { kind: 'closed', gates };
}

/** Every gate of a stage. */
export function gateReports(question: GateQuestion, now: number): readonly GateReport[] {
  const all = [
    ...reachReport(question),
    ...question.rules.flatMap((rules) => ruleReports(rules, question, now)),
    ...standingReports(question, now),
  ];
  return all.map((gate) => withBreakGlass(gate, question, now));
}

/** What is looked at once more when the deployment's turn has come: it can have changed since the stage's gates opened. */
export function lastReports(question: GateQuestion, now: number): readonly GateReport[] {
  const windows = question.rules.flatMap((rules) => windowReports(rules, question, now));
  return [...windows, ...standingReports(question, now)].map((gate) => withBreakGlass(gate, question, now));
}

/** The next moment at which the verdict can change by itself, in milliseconds since the epoch; infinite where nothing but people and facts change it. */
export function nextLook(question: GateQuestion, now: number): number {
  const reports = gateReports(question, now).filter((gate) => !gate.open);
  const moments = reports.flatMap(({ changesAt }) => (changesAt === undefined ? [] : [Date.parse(changesAt)]));
  const { standing } = question.facts;
  const change = standing.kind === 'known' ? nextChange(standing.value, now) : undefined;
  const later = [...moments, ...(change === undefined ? [] : [change])].filter((moment) => moment > now);
  return Math.min(Number.POSITIVE_INFINITY, ...later);
}

function ruleReports(rules: OwnedRules, question: GateQuestion, now: number): GateReport[] {
  const { approvals = [], soaks = [], metrics = [], checks = [], applications = [], trust, origin } = rules;
  const named = (reports: readonly GateReport[]) => reports.map((report) => withId(report, origin));
  return [
    ...named(rules.promotion === 'manual' ? [promotionReport(question)] : []),
    ...named(approvals.map((rule) => approvalReport(rule, question))),
    ...named(soaks.map((rule) => soakReport(rule, question, now))),
    ...windowReports(rules, question, now),
    ...named(metrics.map((rule) => metricReport(rule, origin, question, now))),
    ...named(checks.map((rule) => checkReport(rule, origin, question))),
    ...named(applications.map((rule) => applicationReport(rule, question))),
    ...named(trust === undefined ? [] : [trustReport(trust, question.facts)]),
  ];
}

/** The windows of a file are one gate: together they say when deployments may begin. */
function windowReports(rules: OwnedRules, question: GateQuestion, now: number): GateReport[] {
  return windowReport(rules, question, now).map((report) => ({ ...report, id: gateId(rules.origin, 'window') }));
}

function withId(report: GateReport, origin: OwnedRules['origin']): GateReport {
  return { ...report, id: gateId(origin, report.kind, report.name) };
}

function promotionReport({ promotedBy, environment }: GateQuestion): GateReport {
  if (promotedBy !== undefined) return { kind: 'promotion', open: true, reason: `${promotedBy} promoted it`, openedBy: [] };
  return {
    kind: 'promotion',
    open: false,
    reason: `${environment} takes a release when somebody promotes it`,
    openedBy: ["'tidegate promote'"],
  };
}

/** Nobody brings a release by way of another environment to where they may not take it. */
function reachReport(question: GateQuestion): GateReport[] {
  const { promotedBy, outOfReachOf, environment, rules } = question;
  if (outOfReachOf === undefined || promotedBy !== undefined || rules.some(({ promotion }) => promotion === 'manual')) return [];
  const why =
    question.isUnproved === true
      ? `Nothing but a delivery says that ${outOfReachOf} set it off, and ${environment} depends on who did`
      : `${outOfReachOf} brought it this far, and not to ${environment}`;
  const way = question.isUnproved === true ? '. What the GitHub App’s own webhook tells of goes on by itself' : '';
  const reason = `${why}: somebody who may take a release there has to promote it${way}`;
  return [{ kind: 'promotion', id: 'promotion', open: false, reason, openedBy: [howToPromote(question)] }];
}

function howToPromote({ application, subject: { release, stage } }: GateQuestion): string {
  const name = `${application}#${release}`;
  return `'tidegate promote ${name} --to ${stage}', or the comment '/promote ${name} ${stage}'`;
}

/** Freezes, blocks and holds. */
function standingReports(question: GateQuestion, now: number): GateReport[] {
  const { standing } = question.facts;
  if (standing.kind === 'unknown') {
    const reason = `It is not known whether a freeze, a block or a hold stands: ${standing.reason}`;
    return [{ kind: 'freeze', open: false, reason, openedBy: [] }];
  }
  return obstaclesTo(forwardOf(question), standing.value, now).map(({ kind, id, reason, owner, until }) => ({
    ...{ kind, id, name: id },
    open: false,
    reason,
    openedBy: [owner],
    ...changing(until === undefined ? undefined : Date.parse(until)),
  }));
}

/** A gate that a broken glass names is open, and says for whom and why. */
function withBreakGlass(gate: GateReport, question: GateQuestion, now: number): GateReport {
  const { standing } = question.facts;
  if (gate.open || standing.kind === 'unknown') return gate;
  const glass = glassPast(gate, forwardOf(question), standing.value, now);
  if (glass === undefined) return gate;
  const reason = `Skipped: ${glass.by} broke the glass for ${glass.incident}, ${glass.reason}. It was: ${gate.reason}`;
  return { ...gate, open: true, reason, openedBy: [], ...changing(Date.parse(glass.expiresAt)) };
}

function forwardOf({ application, environment, subject, digests }: GateQuestion): Forward {
  return { application, environment, release: subject.release, digests };
}

function hasFailed({ name }: GateReport, { rules, facts }: GateQuestion): boolean {
  const named = rules.flatMap(({ origin, checks = [] }) => checks.filter((rule) => rule.name === name).map(() => origin));
  return named.some((origin) => {
    const fact = factOf(facts.checks, factKey(origin, name ?? ''));
    return fact.kind === 'known' && fact.value.kind === 'failed';
  });
}

/** The first deadline that has passed of what is still closed. */
function expired(question: GateQuestion, gates: readonly GateReport[], now: number): GateVerdict | undefined {
  const late = question.rules.flatMap(({ origin, approvals = [], checks = [] }) => [
    ...approvals
      .filter((rule) => now >= deadlineOf(rule, question) && !approvalReport(rule, question).open)
      .map((rule) => lateApproval(rule, origin)),
    ...checks
      .filter((rule) => now >= (checkDeadline(rule, origin, question) ?? Number.POSITIVE_INFINITY))
      .map((rule) => lateCheck(rule, origin)),
  ]);
  const [first] = late.filter((gate) => !isPassedBy(gate, question, now));
  if (first === undefined) return undefined;
  const { reason, isRejection } = first;
  return isRejection ? { kind: 'rejected', gates, by: 'tidegate', comment: reason } : { kind: 'expired', gates, reason };
}

interface Late extends GateIdentity {
  readonly reason: string;
  readonly isRejection: boolean;
}

function lateApproval({ name, afterDeadline }: ApprovalRule, origin: OwnedRules['origin']): Late {
  const reason = 'Nobody opened the approval gate before its deadline';
  return { kind: 'approval', id: gateId(origin, 'approval', name), reason, isRejection: afterDeadline === 'reject' };
}

function lateCheck({ name }: CheckRule, origin: OwnedRules['origin']): Late {
  const reason = `${name} did not answer before its deadline`;
  return { kind: 'check', id: gateId(origin, 'check', name), reason, isRejection: false };
}

function isPassedBy(gate: GateIdentity, question: GateQuestion, now: number): boolean {
  const { standing } = question.facts;
  return standing.kind === 'known' && glassPast(gate, forwardOf(question), standing.value, now) !== undefined;
}
