import { shortDigest } from '../../domain/digest.ts';
import type { JobReport, PlannedJob } from '../../domain/job.ts';
import { printDuration } from './durations.ts';
import type { Page } from './page.ts';
import { oneLine } from './plain.ts';
import { printTable } from './table.ts';

const UNDO: Readonly<Record<PlannedJob['undo'], string>> = {
  down: 'a way back undoes it with its down command',
  'forward-only': 'forward-only: no way back leads past it unless a person says so',
  nothing: 'nothing to undo',
};

/** The jobs of a plan, with what a way back makes of them; empty where there are none. */
export function plannedJobsText(jobs: readonly PlannedJob[], { style }: Page): string {
  return jobs.map((job) => plannedJobText(job, style)).join('\n\n');
}

function plannedJobText({ job, when, host, command, digest, isDone, undo }: PlannedJob, style: Page['style']): string {
  const word = isDone ? style('quiet', 'done') : style('waits', 'run');
  const head = `  ${word} ${style('strong', job)}  ${when}, from ${shortDigest(digest)} on ${host}`;
  const what = isDone ? 'it ran for this release here before, and does not run again' : oneLine(command.join(' '));
  return [
    head,
    `    ${what}`,
    ...(when === 'pre-deploy' ? [style(undo === 'forward-only' ? 'bad' : 'quiet', `    ${UNDO[undo]}`)] : []),
  ].join('\n');
}

/** What became of the jobs of a deployment, a row each. */
export function jobTable(jobs: readonly JobReport[], { style, columns }: Page, indent: string): string {
  const rows = jobs.map(({ job, release, direction, outcome, host, milliseconds, detail }) => [
    direction === 'down' ? `${job} of #${release}, undone` : `${job} of #${release}`,
    style(outcome === 'done' ? 'good' : 'bad', outcome === 'timed-out' ? 'timed out' : outcome),
    host,
    printDuration(milliseconds),
    outcome === 'done' ? '' : oneLine(detail),
  ]);
  return rows.length === 0 ? '' : printTable(rows, { columns, indent });
}
