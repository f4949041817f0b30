import type { Row } from '@libsql/client/sqlite3';
import { parseDigest } from '../../domain/digest.ts';
import type { Images } from '../../domain/image.ts';
import type { LedgerEntry, StagePass } from '../../domain/ledger.ts';
import type { ReleaseRecord } from '../../domain/release.ts';
import type { NumberedEntry } from './ledger-store.ts';

/** Reads back what `statements.ts` wrote; digests are looked at again. */
export function readRelease(row: Row): ReleaseRecord {
  const record = JSON.parse(textOf(row, 'body')) as ReleaseRecord;
  return { ...record, images: readImages(record.images) };
}

export function readEntry(row: Row): NumberedEntry {
  return { sequence: Number(row.sequence), entry: JSON.parse(textOf(row, 'body')) as LedgerEntry };
}

export function readPass(row: Row): StagePass {
  return {
    stage: textOf(row, 'stage'),
    pipelineRevision: textOf(row, 'pipeline_revision'),
    images: JSON.parse(textOf(row, 'images')) as Record<string, string>,
    at: textOf(row, 'at'),
  };
}

function readImages(images: Images): Images {
  const entries = Object.entries(images).map(([component, image]) => [component, { ...image, digest: parseDigest(image.digest) }]);
  return Object.fromEntries(entries);
}

function textOf(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw new TypeError(`Expected text in the ledger's column ${column} and saw ${typeof value}`);
  return value;
}
