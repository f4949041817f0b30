import { printDuration } from '../duration.ts';
import { factOf, type Stint } from './facts.ts';
import type { GateQuestion } from './question.ts';
import { changing, type GateReport } from './report.ts';
import type { SoakRule } from './rules.ts';

/** How long an environment ran one set of images without a break. */
interface Stay {
  readonly digests: readonly string[];
  /** Of the last release that ran them. */
  readonly release: number;
  readonly from: number;
  /** What came then; undefined while they run. */
  readonly next?: Stint;
}

/** Whether the images that would run here ran long enough in an earlier environment. */
export function soakReport(rule: SoakRule, question: GateQuestion, now: number): GateReport {
  const fact = factOf(question.facts.stints, rule.environment);
  const shared = { kind: 'soak' as const, name: rule.environment };
  if (fact.kind === 'unknown')
    return { ...shared, open: false, reason: `What ${rule.environment} runs is not known: ${fact.reason}`, openedBy: [] };
  const stays = staysOf(fact.value).filter(({ digests }) => isSame(digests, question.digests));
  const enough = stays.find((stay) => counts(stay, rule) && lengthOf(stay, now) >= rule.forMs);
  if (enough !== undefined)
    return { ...shared, open: true, reason: `Ran in ${rule.environment} for ${printDuration(rule.forMs)}`, openedBy: [] };
  return { ...shared, open: false, ...whyNot(rule, stays.at(-1), now) };
}

function whyNot(rule: SoakRule, last: Stay | undefined, now: number): Pick<GateReport, 'reason' | 'changesAt' | 'openedBy'> {
  const { environment, forMs, mayBeReplaced } = rule;
  const wanted = printDuration(forMs);
  const again = { openedBy: [`a deployment to ${environment}`] };
  if (last === undefined) return { reason: `Has to run in ${environment} for ${wanted}, and does not run there`, ...again };
  if (last.next === undefined)
    return { reason: `Runs in ${environment} for ${wanted} first`, openedBy: ['time'], ...changing(last.from + forMs) };
  const ended = isTakenBack(last) ? 'was taken back' : `was replaced by release ${last.next.release}`;
  const short = mayBeReplaced && !isTakenBack(last) ? ` after ${wholeMinutes(lengthOf(last, now))} of ${wanted}` : '';
  return { reason: `Has to run in ${environment} for ${wanted}, and ${ended} there${short}`, ...again };
}

/** What came one after the other with the same images is one stay: images are what soaks, and a release is a name for them. */
function staysOf(stints: readonly Stint[]): readonly Stay[] {
  const inOrder = [...stints].sort((left, right) => Date.parse(left.since) - Date.parse(right.since));
  return inOrder.reduce<readonly Stay[]>((stays, stint) => {
    const last = stays.at(-1);
    const begun: Stay = { digests: stint.digests, release: stint.release, from: Date.parse(stint.since) };
    if (last === undefined) return [begun];
    const before = stays.slice(0, -1);
    return isSame(last.digests, stint.digests)
      ? [...before, { ...last, release: stint.release }]
      : [...before, { ...last, next: stint }, begun];
  }, []);
}

function counts(stay: Stay, { mayBeReplaced }: SoakRule): boolean {
  return stay.next === undefined || (mayBeReplaced && !isTakenBack(stay));
}

/** An earlier release came after it: somebody, or an alarm, rolled back. */
function isTakenBack({ release, next }: Stay): boolean {
  return next !== undefined && next.release < release;
}

function lengthOf({ from, next }: Stay, now: number): number {
  return (next === undefined ? now : Date.parse(next.since)) - from;
}

function isSame(left: readonly string[], right: readonly string[]): boolean {
  return left.every((digest) => right.includes(digest)) && right.every((digest) => left.includes(digest));
}

function wholeMinutes(milliseconds: number): string {
  return `${Math.floor(milliseconds / 60_000)}m`;
}
