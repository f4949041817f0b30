import { shortDigest } from '../../domain/digest.ts';
import type { EnvironmentView } from '../../server/schemas/environment.ts';
import { printMoment, printSince } from './durations.ts';
import type { Page } from './page.ts';
import { oneLine } from './plain.ts';
import { progressText } from './stage-text.ts';
import { printTable } from './table.ts';

/** The environments of one application: what each runs, what changes it, and who waits. */
export function environmentsPage(environments: readonly EnvironmentView[], page: Page): string {
  const rows = environments.map((environment) => [
    environment.environment,
    currentText(environment, page),
    [digests(environment), ...driftText(environment, page), ...activity(environment, page)].filter((line) => line !== '').join('\n'),
  ]);
  return printTable(rows, { columns: page.columns, indent: '  ' });
}

function currentText({ current }: EnvironmentView, { style, now }: Page): string {
  if (current === null) return style('quiet', 'nothing yet');
  return `${style('strong', `#${current.release.number}`)} for ${printSince(current.since, now)}`;
}

function digests({ current }: EnvironmentView): string {
  return (current?.release.components ?? []).map((component) => `${component.name} ${shortDigest(component.image.digest)}`).join('  ');
}

/** Hosts that do not run what their environment runs. */
function driftText({ behind }: EnvironmentView, { style, now }: Page): string[] {
  return behind.map(({ host, outcome, runs, reason, since }) => {
    const what = runs === null ? 'nothing' : `#${runs}`;
    const state = outcome === 'skipped' ? `still runs ${what}` : `may run anything (before: ${what})`;
    return style('bad', `drift: ${host} ${state}, ${outcome} ${printSince(since, now)} ago: ${oneLine(reason)}`);
  });
}

function activity(environment: EnvironmentView, page: Page): string[] {
  return [
    ...runningText(environment, page),
    ...queueText(environment, page),
    ...watchText(environment, page),
    ...lastText(environment, page),
  ];
}

const DOING = { promotion: 'deploying', rollback: 'rolling back to', host: 'bringing a host to' } as const;

function runningText({ running }: EnvironmentView, { style, now }: Page): string[] {
  if (running === null) return [];
  const what = `${DOING[running.kind]} #${running.release}`;
  const waits = running.waitsFor === undefined ? '' : ', waits for a checkpoint of the ledger';
  const progress = running.progress === null ? waits : `, ${progressText(running.progress)}`;
  return [style('busy', `${what}${progress}, for ${printSince(running.since, now)}`)];
}

/** Who waits, since when and behind whom. */
function queueText({ running, queue }: EnvironmentView, { style, now }: Page): string[] {
  return queue.map((wish, index) => {
    const ahead = queue[index - 1]?.release ?? running?.release;
    const behind = ahead === undefined ? '' : `, behind #${ahead}`;
    return style('waits', `#${wish.release} of ${wish.requestedBy} waits for ${printSince(wish.since, now)}${behind}`);
  });
}

/** What watches over a release that bakes. */
function watchText({ watched, current }: EnvironmentView, { style, now }: Page): string[] {
  if (watched === undefined || Date.parse(watched.until) <= now) return [];
  const names = watched.alarms.map(({ name }) => name).join(', ');
  return [style('quiet', `#${current?.release.number ?? ''} bakes until ${printMoment(watched.until)}, watched by ${names}`)];
}

/** The last deployment is told where it did not leave the environment as asked. */
function lastText({ last }: EnvironmentView, { style, now }: Page): string[] {
  if (last === null) return [];
  const warning = last.warning === undefined ? [] : [style('waits', oneLine(last.warning))];
  // A person knows of a rollback that they asked for; one that an alarm did is news.
  if (last.outcome.kind === 'succeeded' && last.alarm !== undefined)
    return [style('bad', `rolled back to #${last.release} ${printSince(last.endedAt, now)} ago: ${oneLine(last.reason)}`), ...warning];
  if (last.outcome.kind === 'succeeded') return warning;
  const how = last.outcome.kind.replaceAll('-', ' ');
  const why = 'reason' in last.outcome ? `: ${oneLine(last.outcome.reason)}` : '';
  return [style('bad', `last deployment (#${last.release}) ${how} ${printSince(last.endedAt, now)} ago${why}`), ...warning];
}
