import { shortDigest } from '../../domain/digest.ts';
import type { RetentionRow } from '../../domain/retention-report.ts';
import type { RepositoryProgress, RetentionStatus } from '../../domain/retention-run.ts';
import type { Page } from './page.ts';
import type { Style, Tone } from './styles.ts';
import { printTable } from './table.ts';

/** A run of retention with the rows of each repository that it went through. */
export interface RetentionResult extends Omit<RetentionStatus, 'repositories'> {
  readonly run: string;
  readonly repositories: readonly (RepositoryProgress & { readonly rows: readonly RetentionRow[] })[];
}

/** What becomes, or became, of every tag, and of every manifest without one; a table for each repository. */
export function retentionPage(result: RetentionResult, page: Page): string {
  return result.repositories.map((one) => repositoryTable(one, result.apply, page)).join('\n\n');
}

function repositoryTable(one: RetentionResult['repositories'][number], apply: boolean, { style, columns }: Page): string {
  const title = `${style('strong', one.repository)}  ${endText(one, apply, style)}`;
  const rows = one.rows.map((row) => [nameOf(row), style(TONES[row.outcome], wordFor(row.outcome, apply)), row.reasons.join('\n')]);
  const more = one.kind === 'done' && one.leftOut > 0 ? [style('quiet', `  and ${one.leftOut} more, which are kept or not shown`)] : [];
  return [title, ...(rows.length === 0 ? [] : [printTable(rows, { columns, indent: '  ' })]), ...more].join('\n');
}

function nameOf({ tag, digest, form }: RetentionRow): string {
  if (tag !== undefined) return tag;
  return `${shortDigest(digest ?? '')}${form === undefined ? '' : ` (${form})`}`;
}

/** How a repository stands, in a few words. */
export function endText(one: RepositoryProgress, apply: boolean, style: Style): string {
  if (one.kind === 'waiting') return style('quiet', 'waits');
  if (one.kind === 'working') return style('busy', one.detail);
  if (one.kind === 'stopped') return style('bad', 'stopped');
  if (one.kind === 'failed') return style('bad', `failed: ${one.reason}`);
  const { deleted, kept, stays } = one.counts;
  const counts = [`${deleted} ${apply ? 'deleted' : 'to delete'}`, `${kept} kept`, ...(stays === 0 ? [] : [`${stays} cannot be deleted`])];
  return counts.join(', ');
}

function wordFor(outcome: RetentionRow['outcome'], apply: boolean): string {
  if (outcome === 'kept') return apply ? 'kept' : 'keep';
  if (outcome === 'stays') return 'stays';
  return apply ? 'deleted' : 'delete';
}

const TONES: Readonly<Record<RetentionRow['outcome'], Tone>> = { kept: 'good', deleted: 'bad', stays: 'waits' };

/** Deletions of a run, asked for or done. */
export function deletionsIn({ repositories }: Pick<RetentionStatus, 'repositories'>): number {
  return repositories.reduce((sum, one) => sum + (one.kind === 'done' ? one.counts.deleted : 0), 0);
}
