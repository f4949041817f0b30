import type { ReleaseStatus } from '../../domain/release.ts';
import type { ReleaseSummary } from '../../temporal/engine.ts';
import { printReference } from '../reference.ts';
import { printSince } from './durations.ts';
import type { Page } from './page.ts';
import { oneLine } from './plain.ts';
import { type Style, toneOf, wordFor } from './styles.ts';
import { printTable } from './table.ts';

/** Below this, the stages have more need of the room than commit and age. */
const ROOMY_COLUMNS = 110;

/** Releases with the state of each of their stages. */
export function recentReleases(releases: readonly ReleaseStatus[], { style, columns, now }: Page): string {
  const roomy = columns === undefined || columns >= ROOMY_COLUMNS;
  const rows = releases.map((status) => [
    style('strong', printReference(status.release)),
    style(toneOf(status.state), wordFor(status.state)),
    ...(roomy ? [status.release.commit?.slice(0, 12) ?? 'images', `${printSince(status.release.createdAt, now)} ago`] : []),
    stageStates(status, style),
  ]);
  return printTable(rows, { columns, indent: '  ' });
}

function stageStates(status: ReleaseStatus, style: Style): string {
  if (status.fault !== undefined) return style('bad', couldNotBegin(status.fault));
  return status.stages.map(({ name, state }) => `${name} ${style(toneOf(state.kind), wordFor(state.kind))}`).join('  ');
}

/** A page of the list, a line for each. */
export function releaseListPage(releases: readonly ReleaseSummary[], { style, columns, now }: Page): string {
  const rows = releases.map((release) => [
    style('strong', printReference(release)),
    style(toneOf(release.state), wordFor(release.state)),
    release.commit?.slice(0, 12) ?? 'images',
    `${printSince(release.startedAt, now)} ago`,
    release.fault === undefined ? release.stage : style('bad', couldNotBegin(release.fault)),
  ]);
  return printTable(rows, { columns });
}

function couldNotBegin(fault: string): string {
  return `could not begin: ${oneLine(fault)}`;
}
