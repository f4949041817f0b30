import { canonicalJson } from '../canonical.ts';
import type { LedgerRecord } from './record.ts';
import { hasExactly, isLedgerRecord } from './record-form.ts';

/** The first line of an export. */
export interface ExportHeader {
  readonly format: typeof EXPORT_FORMAT;
  /** Of exactly the records that follow: a signed note. */
  readonly checkpoint: string;
  /** The public key (C2SP vkey) that the export says it is checked with. */
  readonly key: string;
  /** How many earlier checkpoints stand between the records. */
  readonly checkpoints: number;
}

export const EXPORT_FORMAT = 'tidegate-ledger/1';

/** A record with the hash of its leaf, in hexadecimal digits. */
export interface ExportedRecord extends LedgerRecord {
  readonly hash: string;
}

/** An earlier checkpoint, right after the last record that it covers. */
export interface ExportedCheckpoint {
  readonly checkpoint: string;
}

/** One line of an export, in canonical form: of two exports of the same records every byte is equal. */
export function printLine(line: ExportHeader | ExportedRecord | ExportedCheckpoint): string {
  return `${canonicalJson(line)}\n`;
}

export type ExportLine =
  | { readonly kind: 'header'; readonly header: ExportHeader }
  | { readonly kind: 'record'; readonly record: ExportedRecord }
  | { readonly kind: 'checkpoint'; readonly note: string };

/** What a line (without its end) says; undefined where it is not exactly what `printLine` wrote. */
export function parseLine(text: string): ExportLine | undefined {
  const value = parsed(text);
  if (value === undefined || canonicalJson(value) !== text) return undefined;
  if ('format' in value) return isHeader(value) ? { kind: 'header', header: value } : undefined;
  if ('sequence' in value) return isRecord(value) ? { kind: 'record', record: value } : undefined;
  return 'checkpoint' in value && typeof value.checkpoint === 'string' ? { kind: 'checkpoint', note: value.checkpoint } : undefined;
}

function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isHeader(value: object): value is ExportHeader {
  return (
    hasExactly(value, { checkpoint: 'string', checkpoints: 'number', format: 'string', key: 'string' }) &&
    'format' in value &&
    value.format === EXPORT_FORMAT
  );
}

function isRecord(value: object): value is ExportedRecord {
  const { hash, ...record } = value as { readonly hash?: unknown };
  return typeof hash === 'string' && isLedgerRecord(record);
}
