import { printDuration } from '../../cli/rendering/durations.ts';
import { printTable } from '../../cli/rendering/table.ts';
import { shortDigest } from '../../domain/digest.ts';
import type { DemoDocument, Digests, ReleaseFacts, StatusFacts } from './document.ts';

/** The facts for people: stages with their digests and durations, requests, and what GitHub was told. */
export function closingTable(document: DemoDocument): string {
  return [stages(document), requests(document), statuses(document.releases)].join('\n\n');
}

function stages({ releases, rollback }: DemoDocument): string {
  const rows = releases.flatMap((release) => [
    [`version ${release.version}`, release.outcome, '', `commit ${release.commit.slice(0, 12)}`],
    ...release.stages.map((stage) => [`  ${stage.name}`, stage.outcome, printDuration(stage.milliseconds), printDigests(stage.digests)]),
  ]);
  const [restored = {}] = Object.values(rollback.hosts);
  const by = `rolled back to ${rollback.to} by hand`;
  return printTable([...rows, [`version ${rollback.from}`, by, printDuration(rollback.milliseconds), printDigests(restored)]]);
}

function printDigests(digests: Digests): string {
  return Object.entries(digests)
    .map(([component, digest]) => `${component} ${shortDigest(digest)}`)
    .join('  ');
}

function requests({ requests: { sent, lost, byVersion } }: DemoDocument): string {
  const rows = Object.entries(byVersion).map(([version, count]) => [`  answered by version ${version}`, String(count)]);
  return printTable([['requests to production', String(sent)], ...rows, ['  lost or reset', String(lost)]]);
}

function statuses(releases: readonly ReleaseFacts[]): string {
  const rows = releases.flatMap((release) => [
    [`GitHub, commit ${release.commit.slice(0, 12)} (version ${release.version})`],
    ...latestOfEachContext(release.statuses).map(({ context, state, description }) => [`  ${context}`, state, description]),
  ]);
  return printTable(rows.map((row) => (row.length === 1 ? [...row, '', ''] : row)));
}

function latestOfEachContext(all: readonly StatusFacts[]): StatusFacts[] {
  return [...new Map(all.map((status) => [status.context, status])).values()];
}
