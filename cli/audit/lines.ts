import { cefLine } from '../../domain/audit/cef.ts';
import { CSV_HEADER, csvLine } from '../../domain/audit/csv.ts';
import { EXPORT_FORMAT, type ExportedRecord, printLine } from '../../domain/audit/export-lines.ts';
import type { ApiClient } from '../client/api-client.ts';

/** As many records as the server gives at once. */
export const PAGE = 1_000;

/** All records with what proves them, page by page: of a ledger that grows meanwhile, those that were there at the beginning. Each with its end. */
export async function* provable(client: ApiClient): AsyncIterable<string> {
  const { checkpoint, size, key, checkpoints } = await client.audit.checkpoint();
  yield printLine({ format: EXPORT_FORMAT, checkpoint, key, checkpoints });
  for (let after = 0; after < size; after += PAGE) {
    const last = Math.min(size, after + PAGE);
    const { records } = await client.audit.records({ after: String(after), last: String(last), limit: String(PAGE) });
    const signed = new Map((await client.audit.checkpoints(after, last)).checkpoints.map((one) => [one.size, one.checkpoint]));
    for (const record of records) {
      yield printLine(record);
      const note = record.sequence === size ? undefined : signed.get(record.sequence);
      if (note !== undefined) yield printLine({ checkpoint: note });
    }
  }
}

/** Records that fit, oldest first; of an empty ledger none, which the server need not be asked for. */
export async function* fitting(client: ApiClient, filter: Readonly<Record<string, string>>): AsyncIterable<ExportedRecord> {
  for (let after: number | undefined = filter.last === '0' ? undefined : 0; after !== undefined; ) {
    const page: Awaited<ReturnType<ApiClient['audit']['records']>> = await client.audit.records({
      ...filter,
      after: String(after),
      limit: String(PAGE),
    });
    yield* page.records;
    after = page.next;
  }
}

/** The same as a table, or as events. Each line with its end. */
export async function* filtered(
  client: ApiClient,
  filter: Readonly<Record<string, string>>,
  version: string,
  format: 'csv' | 'cef',
): AsyncIterable<string> {
  if (format === 'csv') yield CSV_HEADER;
  for await (const record of fitting(client, filter)) yield format === 'csv' ? csvLine(record) : cefLine(record, version);
}
