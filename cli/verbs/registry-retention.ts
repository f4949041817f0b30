import type { RetentionOrder, RetentionStatus } from '../../domain/retention-run.ts';
import type { ApiClient } from '../client/api-client.ts';
import { type CommonOptions, type Context, connect, printJson, progressOutput } from '../context.ts';
import { CommandFailed, UsageError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { pageOf } from '../rendering/page.ts';
import { deletionsIn, type RetentionResult, retentionPage } from '../rendering/retention-page.ts';
import type { Output } from '../terminal.ts';
import { followRetention } from '../watching/follow-retention.ts';

export interface RetentionOptions extends CommonOptions {
  readonly apply?: boolean;
  readonly yes?: boolean;
}

/** Says what the rules keep and delete, and why; deletes where that is asked for, and what was confirmed where somebody was asked. */
export async function retention(context: Context, repositories: readonly string[], options: RetentionOptions): Promise<ExitCode> {
  requireAnswer(context, options);
  const client = await connect(context, options);
  const wish = repositories.length === 0 ? {} : { repositories };
  if (options.apply !== true) return tell(context, await runToEnd(context, client, { apply: false, ...wish }, options), options);
  if (options.yes) return tell(context, await runToEnd(context, client, { apply: true, ...wish }, options), options);
  const seen = await runToEnd(context, client, { apply: false, ...wish }, options);
  const out = progressOutput(context, options);
  showPage(out, seen);
  if (deletionsIn(seen) === 0 || !(await isConfirmed(context, seen))) return leave(context, seen, options);
  return tell(context, await runToEnd(context, client, confirmedOrder(seen), options), options);
}

/** Throws UsageError where a question would have nobody to answer it. */
function requireAnswer({ terminal }: Context, { apply, yes }: RetentionOptions): void {
  if (yes === true && apply !== true) throw new UsageError('--yes belongs to --apply', 'add --apply to delete');
  if (apply !== true || yes === true || terminal.ask !== undefined) return;
  throw new UsageError('Nobody is here to confirm what is to be deleted', 'look at it without --apply, then add --yes');
}

async function runToEnd(
  context: Context,
  client: ApiClient,
  order: Omit<RetentionOrder, 'actor'>,
  options: RetentionOptions,
): Promise<RetentionResult> {
  const { run } = await client.retention.start(order);
  const status = await followRetention(context, client, run, options);
  if (status.fault !== undefined) throw new CommandFailed(status.fault);
  const repositories: RetentionResult['repositories'][number][] = [];
  for (const one of status.repositories) {
    const rows = one.kind === 'done' ? (await client.retention.rows(run, one.repository)).rows : [];
    repositories.push({ ...one, rows });
  }
  return { ...status, run, repositories };
}

async function isConfirmed({ terminal, interrupted }: Context, seen: RetentionStatus): Promise<boolean> {
  const count = deletionsIn(seen);
  const answer = await terminal.ask?.(`Delete ${count === 1 ? 'this one' : `these ${count}`} for good? [y/N] `, interrupted);
  return /^y(es)?$/i.test(answer?.trim() ?? '');
}

/** Exactly what was seen: a repository whose plan is another by then is left alone. */
function confirmedOrder({ repositories }: RetentionResult): Omit<RetentionOrder, 'actor'> {
  const wanted = repositories.flatMap((one) => (one.kind === 'done' && one.counts.deleted > 0 ? [one] : []));
  return {
    apply: true,
    repositories: wanted.map((one) => one.repository),
    planHashes: Object.fromEntries(wanted.map((one) => [one.repository, one.planHash])),
  };
}

function leave(context: Context, seen: RetentionResult, options: RetentionOptions): ExitCode {
  if (options.json) printJson(context, seen);
  progressOutput(context, options).line('Nothing was deleted');
  return exitCodeOf(seen);
}

function tell(context: Context, result: RetentionResult, options: RetentionOptions): ExitCode {
  const { out } = context.terminal;
  if (options.json) printJson(context, result);
  else {
    showPage(out, result);
    out.line(out.style('quiet', wayOn(result)));
  }
  return exitCodeOf(result);
}

function showPage(out: Output, result: RetentionResult): void {
  if (result.repositories.length > 0) out.line(retentionPage(result, pageOf(out)));
  else out.line('No rule of tidegate.yaml is for any repository that Tidegate knows');
}

function wayOn(result: RetentionResult): string {
  const count = deletionsIn(result);
  if (result.repositories.length === 0) return 'docs/configuration.md says how to write rules, under retention';
  if (count === 0) return 'There is nothing to delete';
  if (!result.apply) return "Nothing was deleted; '--apply' deletes this";
  return "The registry frees the space when its own garbage collection runs: docs/operating.md, 'Registries'";
}

function exitCodeOf({ state }: RetentionResult): ExitCode {
  return state === 'done' ? EXIT.done : EXIT.failed;
}
