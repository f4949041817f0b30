import type { ExportedRecord } from './export-lines.ts';
import { entryOf } from './record.ts';

const COLUMNS = [
  'sequence',
  'at',
  'action',
  'actor',
  'authentication',
  'application',
  'release',
  'stage',
  'environment',
  'image',
  'planHash',
  'requestId',
  'reason',
  'hash',
] as const;

/** The first line of the table, with its end. */
export const CSV_HEADER = `${COLUMNS.join(',')}\r\n`;

/** A record as a line of a table (RFC 4180), with its end. */
export function csvLine(record: ExportedRecord): string {
  const values: Readonly<Record<string, unknown>> = { ...entryOf(record), sequence: record.sequence, hash: record.hash };
  return `${COLUMNS.map((column) => csvField(values[column])).join(',')}\r\n`;
}

/** A spreadsheet would run as a formula what begins so, or with white space before it. */
const FORMULA = /^[\s\u00a0\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20|%]/;

/** Always in quotes, and never a formula: an apostrophe before it makes it text. */
export function csvField(value: unknown): string {
  const text = value === undefined ? '' : String(value);
  const safe = typeof value === 'string' && (FORMULA.test(text) || /^[\t\r\n]/.test(text)) ? `'${text}` : text;
  return `"${safe.replaceAll('\0', '').replaceAll('"', '""')}"`;
}
