import { factKey, factOf, type Openings } from './facts.ts';
import type { GateQuestion } from './question.ts';
import { changing, type GateReport } from './report.ts';
import type { OwnedRules, WindowRule } from './rules.ts';

/** What the windows of one file come to. */
interface Calendar {
  readonly allow: readonly NamedOpenings[];
  readonly deny: readonly NamedOpenings[];
  /** From here on nobody knows. */
  readonly knownUntil: number;
}

interface NamedOpenings {
  readonly name: string;
  readonly intervals: Openings['intervals'];
}

/** Whether a deployment may begin now by the change windows of one file; none where it has no windows. */
export function windowReport({ origin, windows = [] }: OwnedRules, { facts }: GateQuestion, now: number): GateReport[] {
  if (windows.length === 0) return [];
  const facet = windows.map((rule) => ({ rule, fact: factOf(facts.windows, factKey(origin, rule.name)) }));
  const unread = facet.find(({ fact }) => fact.kind === 'unknown');
  const shared = { kind: 'window' as const, name: origin, openedBy: ['time'] };
  if (unread?.fact.kind === 'unknown')
    return [{ ...shared, open: false, reason: `Window ${unread.rule.name} is not known: ${unread.fact.reason}`, openedBy: [] }];
  const known = facet.flatMap(({ rule, fact }) => (fact.kind === 'known' ? [{ rule, openings: fact.value }] : []));
  return [{ ...shared, ...stateOf(calendarOf(known), now) }];
}

function calendarOf(known: readonly { readonly rule: WindowRule; readonly openings: Openings }[]): Calendar {
  const named = (kind: WindowRule['kind']) =>
    known.filter(({ rule }) => rule.kind === kind).map(({ rule, openings }) => ({ name: rule.name, intervals: openings.intervals }));
  const ends = known.map(({ openings }) => openings.knownUntil ?? Number.POSITIVE_INFINITY);
  return { allow: named('allow'), deny: named('deny'), knownUntil: Math.min(...ends) };
}

type WindowState = Pick<GateReport, 'open' | 'reason' | 'changesAt'> & Partial<Pick<GateReport, 'openedBy'>>;

function stateOf(calendar: Calendar, now: number): WindowState {
  if (now >= calendar.knownUntil) return { open: false, reason: 'The change windows have to be read anew', openedBy: [] };
  const denied = openAt(calendar.deny, now);
  const allowed = openAt(calendar.allow, now);
  if (isOpen(calendar, now)) {
    const reason = allowed === undefined ? 'No window forbids it now' : `Window ${allowed.name} is open`;
    return { open: true, reason, ...changing(nextMoment(calendar, now, false)) };
  }
  const opens = nextMoment(calendar, now, true);
  const reason = denied === undefined ? `Outside ${windowsOf(calendar)}` : `Window ${denied.name} forbids it`;
  if (opens === undefined && calendar.knownUntil === Number.POSITIVE_INFINITY)
    return { open: false, reason: `${reason}, and none opens any more`, openedBy: ['other change windows'] };
  return { open: false, reason, ...changing(opens ?? calendar.knownUntil) };
}

function windowsOf({ allow }: Calendar): string {
  return `${allow.length === 1 ? 'window' : 'windows'} ${allow.map(({ name }) => name).join(', ')}`;
}

/** A denial wins; without a window that allows, everything else is allowed. */
function isOpen({ allow, deny }: Calendar, moment: number): boolean {
  if (openAt(deny, moment) !== undefined) return false;
  return allow.length === 0 || openAt(allow, moment) !== undefined;
}

function openAt(windows: readonly NamedOpenings[], moment: number): NamedOpenings | undefined {
  return windows.find(({ intervals }) => intervals.some(([from, until]) => from <= moment && moment < until));
}

/** The first known moment after now at which deployments may begin, or may not any more. */
function nextMoment(calendar: Calendar, now: number, open: boolean): number | undefined {
  const edges = [...calendar.allow, ...calendar.deny].flatMap(({ intervals }) => intervals.flat());
  const later = edges.filter((edge) => edge > now && edge < calendar.knownUntil).sort((left, right) => left - right);
  return later.find((edge) => isOpen(calendar, edge) === open);
}
