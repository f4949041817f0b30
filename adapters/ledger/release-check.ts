import type { Row } from './database.ts';
import { RECORD_STATEMENTS } from './record-statements.ts';
import { readRecord, readRelease } from './rows.ts';
import type { Reader } from './tree-rows.ts';
import { contentOf, vouchedOf } from './vouching.ts';

/** Whether a release is what it was when it was created. One that was created before records vouched for anything is taken as it is. */
export async function isAsCreated(reader: Reader, row: Row): Promise<boolean> {
  const content = contentOf(String(row.body));
  if ((await vouchedOf(reader, [content])).has(content)) return true;
  const { application, number } = readRelease(row);
  const [statement] = RECORD_STATEMENTS.withKeys([`release/${application}/${number}/created`]);
  const [record] = statement === undefined ? [] : await reader.read(statement);
  return record !== undefined && readRecord(record).facts.content === undefined;
}
