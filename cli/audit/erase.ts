import type { ApiClient } from '../client/api-client.ts';
import { type CommonOptions, type Context, connect, printJson } from '../context.ts';
import { CommandFailed, UsageError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { fitting, PAGE } from './lines.ts';

export interface EraseOptions extends CommonOptions {
  readonly actor?: string;
  readonly reason: string;
  readonly yes?: boolean;
}

/** Takes who did something, and why, out of records: of those that are named, or of all that somebody wrote. It cannot be undone, so that it asks first. */
export async function erase(context: Context, given: readonly number[], options: EraseOptions): Promise<ExitCode> {
  if ((given.length === 0) === (options.actor === undefined))
    throw new UsageError('It is not clear whose words are meant', 'give the numbers of records, or --actor with a name');
  const client = await connect(context, options);
  const records = options.actor === undefined ? given : await writtenBy(client, options.actor);
  if (records.length > 0 && !(await isMeant(context, records.length, options))) throw new CommandFailed('Nothing was erased');
  const erased: number[] = [];
  for (let start = 0; start < records.length; start += PAGE)
    erased.push(...(await client.audit.erase({ records: records.slice(start, start + PAGE), reason: options.reason })).erased);
  if (options.json) printJson(context, { erased });
  else context.terminal.out.line(erased.length === 0 ? 'There was nothing to erase' : `Erased who and why of ${counted(erased.length)}`);
  return EXIT.done;
}

async function writtenBy(client: ApiClient, actor: string): Promise<readonly number[]> {
  const found: number[] = [];
  for await (const { sequence } of fitting(client, { actor })) found.push(sequence);
  return found;
}

async function isMeant({ terminal, interrupted }: Context, count: number, { yes }: EraseOptions): Promise<boolean> {
  if (yes === true) return true;
  if (terminal.ask === undefined) throw new UsageError('Nobody is there to be asked', 'add --yes to erase without the question');
  const answer = await terminal.ask(`Erase for good who and why of ${counted(count)}? [y/N] `, interrupted);
  return /^y(es)?$/i.test(answer.trim());
}

function counted(count: number): string {
  return count === 1 ? '1 record' : `${count} records`;
}
