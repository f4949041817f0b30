import { entryOf, type Facts, type LedgerRecord, type PersonalPart } from '../../domain/audit/record.ts';
import { parseDigest } from '../../domain/digest.ts';
import type { Images } from '../../domain/image.ts';
import type { StagePass } from '../../domain/ledger.ts';
import type { ReleaseRecord } from '../../domain/release.ts';
import type { Row } from './database.ts';
import type { NumberedEntry } from './ledger-store.ts';
import type { StageTurn } from './turn-statements.ts';

/** Reads back what `statements.ts` wrote; digests are looked at again. */
export function readRelease(row: Row): ReleaseRecord {
  const record = JSON.parse(textOf(row, 'body')) as ReleaseRecord;
  return { ...record, images: readImages(record.images) };
}

/** A record as it was written; its personal part is undefined once that was erased. */
export function readRecord(row: Row): LedgerRecord {
  const personal = textOf(row, 'personal');
  return {
    sequence: Number(row.sequence),
    facts: JSON.parse(textOf(row, 'facts')) as Facts,
    commitment: textOf(row, 'commitment'),
    ...(personal !== '' && { personal: JSON.parse(personal) as PersonalPart }),
  };
}

export function readEntry(row: Row): NumberedEntry {
  const record = readRecord(row);
  return { sequence: record.sequence, entry: entryOf(record) };
}

export function readPass(row: Row): StagePass {
  return {
    stage: textOf(row, 'stage'),
    pipelineRevision: textOf(row, 'pipeline_revision'),
    images: JSON.parse(textOf(row, 'images')) as Record<string, string>,
    at: textOf(row, 'at'),
  };
}

/** A stage and what became last of its passes. */
export function readTurn(row: Row): [string, StageTurn] {
  return [textOf(row, 'stage'), JSON.parse(textOf(row, 'body')) as StageTurn];
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
