import type { ReleaseStatus } from '../../domain/release.ts';
import type { StandingDecision } from '../../domain/standing.ts';
import { printReference } from '../reference.ts';
import { printMoment, printSince } from './durations.ts';
import type { Page } from './page.ts';
import { oneLine } from './plain.ts';
import { printTable } from './table.ts';

/** Something that waits for a person. */
export interface Wanted {
  readonly what: string;
  readonly why: string;
  readonly since: string;
  readonly until?: string;
  /** Whose word counts; nobody in particular where it is empty. */
  readonly from: readonly string[];
  /** Whose does not. */
  readonly notFrom: readonly string[];
  /** The verb that gives it. */
  readonly verb: string;
}

/** Gates of a release that a person can open. */
export function wantedOfRelease(status: ReleaseStatus): readonly Wanted[] {
  return status.stages.flatMap(({ name, state }) => {
    if (state.kind !== 'waiting') return [];
    const gates = state.gates.filter((gate) => !gate.open && gate.kind === 'approval' && gate.openedBy.length > 0);
    const reference = printReference(status.release);
    return gates.map(({ reason, openedBy, changesAt }) => ({
      what: `${reference} ${name}`,
      why: reason,
      since: state.since,
      ...(changesAt !== undefined && { until: changesAt }),
      from: openedBy,
      notFrom: [],
      verb: `tidegate approve '${reference}' --stage ${name}`,
    }));
  });
}

/** Broken glass that is to be ratified, by anybody but who broke it. */
export function wantedOfGlass(decision: StandingDecision): readonly Wanted[] {
  if (decision.kind !== 'break-glass' || decision.ratified !== undefined) return [];
  const { id, application, release, environment, skips, incident, by, at, ratifyBy, reason } = decision;
  return [
    {
      what: `${application}#${release} ${environment}`,
      why: `${by} broke the glass past ${skips.join(', ')} for ${incident}: ${reason}`,
      since: at,
      until: ratifyBy,
      from: [],
      notFrom: [by],
      verb: `tidegate ratify ${id}`,
    },
  ];
}

export function isFor({ from, notFrom }: Pick<Wanted, 'from' | 'notFrom'>, name: string): boolean {
  return (from.length === 0 || from.includes(name)) && !notFrom.includes(name);
}

/** What waits for this person comes first, and is marked. */
export function approvalsPage(wanted: readonly Wanted[], me: string, { style, now, columns }: Page): string {
  if (wanted.length === 0) return 'Nothing waits for anybody';
  const rows = wanted.map(({ what, why, since, until, from, notFrom, verb }) => {
    const mine = isFor({ from, notFrom }, me);
    const ends = until === undefined ? '' : `, until ${printMoment(until)}`;
    const who = mine ? verb : `waits for ${from.length === 0 ? 'a second person' : from.join(' or ')}`;
    return [
      style('strong', what),
      style(mine ? 'waits' : 'quiet', mine ? 'yours' : 'others'),
      `${oneLine(why)}; for ${printSince(since, now)}${ends}; ${who}`,
    ];
  });
  return printTable(rows, { columns });
}
