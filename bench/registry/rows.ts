import { type Row, row } from '../report.ts';
import { OURS, OURS_RUNNING } from './contender.ts';
import type { Count } from './counting.ts';
import type { Usage } from './measured-command.ts';
import type { Subject } from './subjects.ts';
import type { Result, Route } from './timing.ts';

/** All that was found of one subject on one route. */
export interface Finding {
  readonly subject: Subject;
  readonly route: Route;
  readonly results: readonly Result[];
  readonly counts: readonly Count[];
  /** Who checks nothing of what it passes on. */
  readonly unchecking: readonly string[];
}

type State = 'cold' | 'repeated';
type Values = readonly (readonly [contender: string, value: number])[];

/** The report's rows of one finding: for a cold copy and a repeated one, what each contender took and what it asked of the registries. */
export function rowsOf(finding: Finding): readonly Row[] {
  return (['cold', 'repeated'] as const).flatMap((state) => [...timeRows(finding, state), ...countRows(finding, state)]);
}

function timeRows(finding: Finding, state: State): Row[] {
  const { subject, route, results } = finding;
  const rivals = rivalsIn(finding, state);
  const name = `${subject.name}, ${route.name}, ${state}`;
  const of = (pick: (usage: Usage) => number): Values => results.map((result) => [result.contender, pick(result[state])]);
  return [
    ...bothForms(
      `${name}: wall time`,
      'ms',
      of(({ wallMs }) => wallMs),
      rivals,
    ),
    ...bothForms(
      `${name}: processor time`,
      'ms',
      of(({ cpuMs }) => cpuMs),
      rivals,
    ),
    ...bothForms(
      `${name}: peak memory`,
      'MB',
      of(({ peakMb }) => peakMb),
      rivals,
    ),
  ];
}

function countRows(finding: Finding, state: State): Row[] {
  const { subject, route, counts } = finding;
  const rivals = rivalsIn(finding, state);
  const name = `${subject.name}, ${route.name}, ${state}`;
  return [
    ...bothForms(
      `${name}: requests`,
      'requests',
      counts.map((count) => [count.contender, count[state].requests]),
      rivals,
    ),
    ...bothForms(
      `${name}: bytes`,
      'bytes',
      counts.map((count) => [count.contender, count[state].bytes]),
      rivals,
    ),
    ...bothForms(
      `${name}: bytes of blobs`,
      'bytes',
      counts.map((count) => [count.contender, count[state].blobBytes]),
      rivals,
    ),
  ];
}

/**
 * Whom ours is compared with. Whoever leaves something behind, or does not check bytes that pass through it, does less than was to be
 * done: it is shown, and no rival.
 */
function rivalsIn({ route, results, unchecking }: Finding, state: State): string[] {
  const whole = results.filter(({ keepsReferrers }) => keepsReferrers).map(({ contender }) => contender);
  const passesBytes = state === 'cold' && route.source !== route.target;
  return passesBytes ? whole.filter((contender) => !unchecking.includes(contender)) : whole;
}

/** Ours once as a command, as the peers are, and once as the engine does it, in a process that runs already. */
function bothForms(name: string, unit: string, values: Values, rivals: readonly string[]): Row[] {
  const rounded = values.map(([contender, value]) => [contender, Number(value.toFixed(1))] as const);
  const peers = Object.fromEntries(rounded.filter(([contender]) => contender !== OURS && contender !== OURS_RUNNING));
  const compared = Object.keys(peers).filter((peer) => rivals.includes(peer));
  return rounded.flatMap(([contender, ours]) => {
    if (contender === OURS) return [row(`${name}, as a command`, unit, ours, peers, compared)];
    return contender === OURS_RUNNING ? [row(`${name}, in a running worker`, unit, ours, peers, compared)] : [];
  });
}
