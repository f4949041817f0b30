import type { GuardStatus } from '../../domain/guard/guard.ts';
import { type CommonOptions, type Context, connect, printJson } from '../context.ts';
import { UsageError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { printSince } from '../rendering/durations.ts';
import { type Page, pageOf } from '../rendering/page.ts';
import { oneLine } from '../rendering/plain.ts';
import { printTable } from '../rendering/table.ts';

export interface GuardEndOptions extends CommonOptions {
  readonly environment: string;
  readonly reason: string;
}

/** Runs of GitHub Actions that are held back, and what each waits for. */
export async function listGuards(context: Context, options: CommonOptions): Promise<ExitCode> {
  const client = await connect(context, options);
  const page = await client.webhooks.guards();
  const { out } = context.terminal;
  if (options.json) printJson(context, page);
  else if (page.guards.length === 0) out.line('No run of GitHub Actions is held back');
  else out.line(guardsPage(page.guards, pageOf(out)));
  return EXIT.done;
}

/** Has a run turned away. */
export async function endGuard(context: Context, run: string, options: GuardEndOptions): Promise<ExitCode> {
  const client = await connect(context, options);
  const { environment, reason } = options;
  const guard = await client.webhooks.endGuard({ run: numberOf(run), environment, reason });
  if (options.json) printJson(context, guard);
  else context.terminal.out.line(oneLine(`Run ${guard.run} of ${guard.repository.name} is turned away from ${guard.environment}`));
  return EXIT.done;
}

function guardsPage(guards: readonly GuardStatus[], { style, columns, now }: Page): string {
  const rows = guards.map(({ run, repository, environment, since, waitsFor }) => [
    style('strong', String(run)),
    oneLine(repository.name),
    oneLine(environment),
    `since ${printSince(since, now)}`,
    oneLine(waitsFor),
  ]);
  return printTable(rows, { columns });
}

function numberOf(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new UsageError(`${JSON.stringify(text)} is no number of a run; 'tidegate guards list' shows them`);
}
