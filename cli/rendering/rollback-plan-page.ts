import type { NamedJob, RollbackPreview } from '../../domain/rollback-preview.ts';
import { plannedJobsText } from './job-text.ts';
import type { Page } from './page.ts';
import { LONGEST_REASON, oneLine } from './plain.ts';
import { effectBlocks, sumOf } from './plan-page.ts';

type Planned = Extract<RollbackPreview, { kind: 'planned' }>;

/** What a rollback would do: what there is of the earlier release on each host, what is run anew or undone, and what forbids it. */
export function rollbackPlanPage(place: string, { from, to, plan, undo, forwardOnly, untrusted }: Planned, page: Page): string {
  const { style } = page;
  const head = `${style('strong', place)} ${to > from ? 'forward' : 'back'} from #${from} to #${to}\n  ${plan.strategy}`;
  const forbidden = forwardOnly.map(
    (job) =>
      `  ${style('bad', 'forbidden')} by ${jobText(job)}, which nothing undoes: 'tidegate rollback' goes past it with --past-forward-only alone`,
  );
  const undone = undo.map((job) => `  ${style('waits', 'undo')} ${jobText(job)}, once #${to} serves: ${oneLine(job.command.join(' '))}`);
  const distrust = untrusted === undefined ? '' : `  ${style('bad', 'refused')} ${oneLine(untrusted, LONGEST_REASON)}`;
  return [head, ...forbidden, distrust, plannedJobsText(plan.jobs ?? [], page), ...effectBlocks(plan, page), ...undone, sumOf(plan)]
    .filter((block) => block !== '')
    .join('\n\n');
}

function jobText({ job, release }: NamedJob): string {
  return `${job} of #${release}`;
}
