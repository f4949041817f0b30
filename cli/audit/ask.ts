import type { ExportedRecord } from '../../domain/audit/export-lines.ts';
import { entryOf } from '../../domain/audit/record.ts';
import type { ApiClient } from '../client/api-client.ts';
import { type CommonOptions, type Context, connect, printJson } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { pageOf } from '../rendering/page.ts';
import { plain } from '../rendering/plain.ts';
import { printTable } from '../rendering/table.ts';
import { type FilterOptions, filterOf } from './filter.ts';
import { PAGE } from './lines.ts';
import { writeText } from './write-file.ts';

export interface LogOptions extends FilterOptions {
  readonly limit: number;
  readonly before?: number;
}

export interface OutputOptions extends CommonOptions {
  readonly output?: string;
}

/** Records, newest first. */
export async function log(context: Context, application: string | undefined, options: LogOptions): Promise<ExitCode> {
  const client = await connect(context, options);
  const filter = filterOf(application, options);
  const found = await newest(client, filter, options);
  const { out, err } = context.terminal;
  if (options.json) printJson(context, found);
  else if (found.records.length === 0) out.line(`The ledger has no record${nothingFits(filter, options) ? ' that fits' : ''}`);
  else out.line(printTable(found.records.map(rowOf), { columns: pageOf(out).columns }));
  if (!options.json && found.next !== undefined) err.line(err.style('quiet', `There are older ones: add --before ${found.next + 1}`));
  return EXIT.done;
}

/** A record whole. */
export async function show(context: Context, sequence: number, options: CommonOptions): Promise<ExitCode> {
  const record = await (await connect(context, options)).audit.record(sequence);
  const { out } = context.terminal;
  if (options.json) printJson(context, record);
  else {
    const members = Object.entries({ sequence, ...entryOf(record), hash: record.hash });
    out.line(
      printTable(
        members.map(([name, value]) => [name, plain(Array.isArray(value) ? value.join('\n') : String(value))]),
        pageOf(out),
      ),
    );
  }
  return EXIT.done;
}

/** The signed checkpoint of all records, to be kept elsewhere: what the ledger is later held against. */
export async function checkpoint(context: Context, options: OutputOptions): Promise<ExitCode> {
  const found = await (await connect(context, options)).audit.checkpoint();
  if (options.json) printJson(context, found);
  else
    await write(context, options.output, found.checkpoint, `The checkpoint of ${found.size === 1 ? '1 record' : `${found.size} records`}`);
  return EXIT.done;
}

/** The public key that checkpoints are signed with. */
export async function key(context: Context, options: OutputOptions): Promise<ExitCode> {
  const found = await (await connect(context, options)).audit.checkpoint();
  if (options.json) printJson(context, { key: found.key });
  else await write(context, options.output, `${found.key}\n`, "The ledger's public key");
  return EXIT.done;
}

async function write({ terminal: { out, err } }: Context, file: string | undefined, text: string, what: string): Promise<void> {
  if (file === undefined) return out.write(text);
  await writeText(file, text);
  err.line(`${what} is in ${file}`);
}

interface Found {
  readonly records: readonly ExportedRecord[];
  /** The number of the next older one. */
  readonly next?: number;
}

/** As many as are asked for, though the server gives a page at a time. */
async function newest(client: ApiClient, filter: Readonly<Record<string, string>>, { limit, before }: LogOptions): Promise<Found> {
  const records: ExportedRecord[] = [];
  let next = before === undefined ? undefined : before - 1;
  do {
    if (next === 0) return { records };
    const last: Record<string, string> = next === undefined ? {} : { last: String(next) };
    const wanted = Math.min(PAGE, limit - records.length);
    const page = await client.audit.records({ ...filter, ...last, order: 'newest', limit: String(wanted) });
    records.push(...page.records);
    next = page.next;
  } while (next !== undefined && records.length < limit);
  return { records, ...(next !== undefined && { next }) };
}

function nothingFits(filter: Readonly<Record<string, string>>, { before }: LogOptions): boolean {
  return before !== undefined || Object.keys(filter).length > 0;
}

function rowOf(record: ExportedRecord): string[] {
  const { at, action, actor, application, release, stage, environment, reason } = entryOf(record);
  const about = application === undefined ? '' : `${application}${release === undefined ? '' : `#${release}`}`;
  return [String(record.sequence), at, action, plain(actor), about, stage ?? environment ?? '', plain(reason)];
}
