import type { Digest } from './digest.ts';
import type { RetentionPlan, Verdict } from './retention.ts';
import type { RepositoryManifest } from './retention-contents.ts';
import { digestOf } from './retention-contents.ts';
import { printReason } from './retention-reasons.ts';

/** One tag, or one manifest without a tag, and what becomes or became of it. */
export interface RetentionRow {
  /** The tag; undefined for a manifest that has none. */
  readonly tag?: string;
  readonly digest?: Digest;
  /** Undefined where nobody can tell any more. */
  readonly form?: RepositoryManifest['kind'];
  /** `stays`: the rules let it go, and the registry cannot delete a tag alone, or what was confirmed is without it. */
  readonly outcome: 'kept' | 'deleted' | 'stays';
  /** In words, each of them enough by itself. */
  readonly reasons: readonly string[];
}

export interface RetentionCounts {
  readonly kept: number;
  readonly deleted: number;
  readonly stays: number;
}

/** What retention would do, or did, in one repository. */
export interface RetentionReport {
  readonly repository: string;
  /** Hash of all deletions: what a person confirms. */
  readonly planHash: string;
  /** Tags, and manifests without a tag. */
  readonly counts: RetentionCounts;
  /** Deletions first. */
  readonly rows: readonly RetentionRow[];
  /** Rows that were too many to be shown. */
  readonly leftOut: number;
}

/** Every tag, and every manifest that has none: what is deleted first, then what is kept. */
export function rowsOf(plan: RetentionPlan): readonly RetentionRow[] {
  const forms = new Map(plan.manifests.map(({ digest, manifest }) => [digest, manifest]));
  const tags = plan.tags.map(({ tag, verdict }): RetentionRow => {
    const digest = digestOf(tag);
    const form = digest === undefined ? undefined : forms.get(digest);
    return { tag: tag.name, ...(digest !== undefined && { digest }), ...(form !== undefined && { form }), ...outcomeOf(verdict) };
  });
  const untagged = plan.manifests
    .filter((one) => one.tags.length === 0)
    .map(({ digest, manifest, verdict }): RetentionRow => ({ digest, form: manifest, ...outcomeOf(verdict) }));
  return inOrder([...tags, ...untagged]);
}

/** Deletions first, then what stays against the rules, then what is kept; each by name. */
export function inOrder(rows: readonly RetentionRow[]): readonly RetentionRow[] {
  return rows.toSorted((a, b) => RANK[a.outcome] - RANK[b.outcome] || compare(nameOf(a), nameOf(b)));
}

export function countRows(rows: readonly RetentionRow[]): RetentionCounts {
  const count = (outcome: RetentionRow['outcome']) => rows.filter((row) => row.outcome === outcome).length;
  return { kept: count('kept'), deleted: count('deleted'), stays: count('stays') };
}

/** As many of the first rows as have this many characters of JSON in all. */
export function fitting(rows: readonly RetentionRow[], characters: number): readonly RetentionRow[] {
  const shown: RetentionRow[] = [];
  let left = characters;
  for (const row of rows) {
    left -= JSON.stringify(row).length + 1;
    if (left < 0) break;
    shown.push(row);
  }
  return shown;
}

function outcomeOf({ kind, reasons }: Verdict): Pick<RetentionRow, 'outcome' | 'reasons'> {
  return { outcome: kind === 'keep' ? 'kept' : 'deleted', reasons: [...new Set(reasons.map(printReason))] };
}

const RANK = { deleted: 0, stays: 1, kept: 2 } as const;

function nameOf(row: RetentionRow): string {
  return row.tag ?? row.digest ?? '';
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
