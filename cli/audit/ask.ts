import { open, writeFile } from 'node:fs/promises';
import { cefLine } from '../../domain/audit/cef.ts';
import { CSV_HEADER, csvLine } from '../../domain/audit/csv.ts';
import { EXPORT_FORMAT, type ExportedRecord, printLine } from '../../domain/audit/export-lines.ts';
import { entryOf } from '../../domain/audit/record.ts';
import type { ApiClient } from '../client/api-client.ts';
import { type CommonOptions, type Context, connect, printJson } from '../context.ts';
import { UsageError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { pageOf } from '../rendering/page.ts';
import { plain } from '../rendering/plain.ts';
import { printTable } from '../rendering/table.ts';

export interface FilterOptions extends CommonOptions {
  readonly release?: number;
  readonly actor?: string;
  readonly action?: string;
  readonly since?: string;
  readonly until?: string;
}

export interface LogOptions extends FilterOptions {
  readonly limit: number;
}

export interface ExportOptions extends FilterOptions {
  readonly format: 'jsonl' | 'csv' | 'cef';
  readonly output?: string;
}

export interface ProveOptions extends CommonOptions {
  readonly output?: string;
}

const PAGE = 1_000;

/** Records, newest first. */
export async function log(context: Context, application: string | undefined, options: LogOptions): Promise<ExitCode> {
  const client = await connect(context, options);
  const filter = filterOf(application, options);
  const found = await client.auditRecords({ ...filter, order: 'newest', limit: String(Math.min(options.limit, PAGE)) });
  const { out } = context.terminal;
  if (options.json) printJson(context, found);
  else out.line(printTable(found.records.map(rowOf), { columns: pageOf(out).columns }));
  return EXIT.done;
}

/** A record whole. */
export async function show(context: Context, sequence: number, options: CommonOptions): Promise<ExitCode> {
  const record = await (await connect(context, options)).auditRecord(sequence);
  if (options.json) printJson(context, record);
  else {
    const members = Object.entries({ sequence, ...entryOf(record), hash: record.hash }).map(([name, value]) => [
      name,
      plain(String(value)),
    ]);
    context.terminal.out.line(printTable(members, { columns: undefined }));
  }
  return EXIT.done;
}

/** A record with all that proves it. */
export async function prove(context: Context, sequence: number, options: ProveOptions): Promise<ExitCode> {
  const proof = await (await connect(context, options)).auditProof(sequence);
  if (options.output === undefined) printJson(context, proof);
  else await writeFile(options.output, `${JSON.stringify(proof, null, 2)}\n`);
  return EXIT.done;
}

/** All records, page by page: of a ledger that grows meanwhile, those that were there when it began. */
export async function exportRecords(context: Context, application: string | undefined, options: ExportOptions): Promise<ExitCode> {
  const filter = filterOf(application, options);
  if (options.format === 'jsonl' && Object.keys(filter).length > 0)
    throw new UsageError(
      'An export that proves itself has every record',
      "take the filters away, or choose '--format csv' or '--format cef'",
    );
  const client = await connect(context, options);
  const { size } = await client.auditCheckpoint();
  const lines =
    options.format === 'jsonl' ? provable(client) : filtered(client, { ...filter, last: String(size) }, context.version, options.format);
  if (options.output === undefined) for await (const line of lines) context.terminal.out.write(line);
  else await writeLines(options.output, lines);
  return EXIT.done;
}

async function* provable(client: ApiClient): AsyncIterable<string> {
  const { checkpoint, size, key, checkpoints } = await client.auditCheckpoint();
  yield printLine({ format: EXPORT_FORMAT, checkpoint, key, checkpoints });
  for (let after = 0; after < size; after += PAGE) {
    const last = Math.min(size, after + PAGE);
    const { records } = await client.auditRecords({ after: String(after), last: String(last), limit: String(PAGE) });
    const signed = new Map((await client.auditCheckpoints(after, last)).checkpoints.map((one) => [one.size, one.checkpoint]));
    for (const record of records) {
      yield printLine(record);
      const note = record.sequence === size ? undefined : signed.get(record.sequence);
      if (note !== undefined) yield printLine({ checkpoint: note });
    }
  }
}

async function* filtered(
  client: ApiClient,
  filter: Readonly<Record<string, string>>,
  version: string,
  format: 'csv' | 'cef',
): AsyncIterable<string> {
  if (format === 'csv') yield CSV_HEADER;
  for (let after: number | undefined = 0; after !== undefined; ) {
    const page: Awaited<ReturnType<ApiClient['auditRecords']>> = await client.auditRecords({
      ...filter,
      after: String(after),
      limit: String(PAGE),
    });
    for (const record of page.records) yield format === 'csv' ? csvLine(record) : cefLine(record, version);
    after = page.next;
  }
}

async function writeLines(path: string, lines: AsyncIterable<string>): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    for await (const line of lines) await file.write(line);
    await file.sync();
  } finally {
    await file.close();
  }
}

function filterOf(application: string | undefined, { release, actor, action, since, until }: FilterOptions): Record<string, string> {
  const all = {
    application,
    release: release?.toString(),
    actor,
    action,
    since: instant('--since', since),
    until: instant('--until', until),
  };
  return Object.fromEntries(Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

function instant(name: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const time = Date.parse(text);
  if (Number.isNaN(time))
    throw new UsageError(`${name} ${JSON.stringify(text)} is no moment`, 'write 2026-11-30 or 2026-11-30T08:00+01:00');
  return new Date(time).toISOString();
}

function rowOf(record: ExportedRecord): string[] {
  const { at, action, actor, application, release, stage, environment, reason } = entryOf(record);
  const about = application === undefined ? '' : `${application}${release === undefined ? '' : `#${release}`}`;
  return [String(record.sequence), at, action, plain(actor), about, stage ?? environment ?? '', plain(reason)];
}
