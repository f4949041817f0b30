import type { LedgerAction } from '../ledger.ts';
import type { ExportedRecord } from './export-lines.ts';
import { entryOf } from './record.ts';

/** Of 10; what is worth a look by itself. */
const SEVERE: Readonly<Partial<Record<LedgerAction, number>>> = {
  'stage-failed': 6,
  'deployment-failed': 7,
  'deployment-rolled-back': 7,
  'rollback-requested': 6,
  'alarm-raised': 7,
  'image-deletion': 5,
  'tag-deletion': 5,
  'personal-data-erased': 8,
};
const ORDINARY = 3;

/** A record as a line of ArcSight's Common Event Format (CEF:0), with its end. */
export function cefLine(record: ExportedRecord, version: string): string {
  const entry = entryOf(record);
  const { action } = entry;
  const header = ['Tidegate', 'Tidegate', version, action, action.replaceAll('-', ' '), String(SEVERE[action] ?? ORDINARY)];
  const extension: readonly (readonly [string, unknown])[] = [
    ['rt', Date.parse(entry.at)],
    ['externalId', record.sequence],
    ['suser', entry.actor],
    ['act', action],
    ['msg', entry.reason],
    ...labelled('cs1', 'application', entry.application),
    ...labelled('cs2', 'environment', entry.environment),
    ...labelled('cs3', 'stage', entry.stage),
    ...labelled('cs4', 'image', entry.image),
    ...labelled('cs5', 'planHash', entry.planHash),
    ...labelled('cs6', 'authentication', entry.authentication),
    ...labelled('cn1', 'release', entry.release),
    ...labelled('flexString1', 'requestId', entry.requestId),
    ['fileHash', record.hash],
  ];
  const members = extension.map(([key, value]) => `${key}=${cefValue(String(value))}`);
  return `CEF:0|${header.map(cefHeader).join('|')}|${members.join(' ')}\n`;
}

function labelled(key: string, label: string, value: unknown): (readonly [string, unknown])[] {
  return value === undefined
    ? []
    : [
        [key, value],
        [`${key}Label`, label],
      ];
}

/** In the header a backslash and a pipe are escaped, and there are no line breaks. */
export function cefHeader(text: string): string {
  return text.replaceAll(/[\\|]/g, '\\$&').replaceAll(/[\r\n]+/g, ' ');
}

/** In the extension a backslash, an equals sign and line breaks are escaped; a pipe is not. */
export function cefValue(text: string): string {
  return text.replaceAll(/[\\=]/g, '\\$&').replaceAll('\r\n', '\\n').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
}
