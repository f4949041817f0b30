import type { EnvironmentView } from '../../server/schemas/environment.ts';
import { printSince } from './durations.ts';
import type { Page } from './page.ts';
import { oneLine } from './plain.ts';
import { printTable } from './table.ts';

/** What waits for one environment, application by application: since when, behind whom, why, and how to take it out. */
export function queuePage(environment: string, views: readonly EnvironmentView[], page: Page): string {
  const rows = views.flatMap((view) => [...runningRow(view, page), ...queueRows(view, page), ...gateRows(view, page)]);
  if (rows.length === 0) return `Nothing waits for ${environment}`;
  return printTable(rows, { columns: page.columns });
}

function runningRow({ application, running }: EnvironmentView, { style, now }: Page): string[][] {
  if (running === null) return [];
  const what = running.kind === 'host' ? 'a host' : running.kind;
  return [
    [
      style('strong', `${application}#${running.release}`),
      style('busy', running.waitsFor === undefined ? 'is being deployed' : 'waits for a checkpoint of the ledger'),
      `${what}, for ${printSince(running.since, now)}`,
    ],
  ];
}

function queueRows({ application, running, queue }: EnvironmentView, { style, now }: Page): string[][] {
  return queue.map((waiting, index) => {
    const ahead = queue[index - 1]?.release ?? running?.release;
    const held = (waiting.held ?? []).map(({ reason }) => oneLine(reason)).join('; ');
    const why = held !== '' ? held : ahead === undefined ? 'its turn comes' : `behind #${ahead}`;
    const name = `${application}#${waiting.release}`;
    const asked = `for ${printSince(waiting.since, now)}, asked by ${waiting.requestedBy}; 'tidegate cancel ${name}' takes it out`;
    return [style('strong', name), style('waits', `number ${index + 1} in line`), `${why}; ${asked}`];
  });
}

function gateRows({ application, atGates = [] }: EnvironmentView, { style, now }: Page): string[][] {
  return atGates.map(({ release, since, requestedBy }) => [
    style('strong', `${application}#${release}`),
    style('quiet', 'at the gates'),
    `for ${printSince(since, now)}, asked by ${requestedBy}; 'tidegate status ${application}#${release}' says what it waits for`,
  ]);
}
