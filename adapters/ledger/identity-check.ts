import { bindingOf, type Identity } from '../../domain/people/identity.ts';
import { skeletonOf } from '../../domain/people/person-name.ts';
import type { Row } from './database.ts';
import { PEOPLE_STATEMENTS } from './people-statements.ts';
import type { FoundIdentity } from './people-store.ts';
import { RECORD_STATEMENTS } from './record-statements.ts';
import { readRecord } from './rows.ts';
import type { Reader } from './tree-rows.ts';
import { contentOf, type Difference, saysTheSame, unvouchingEntries, vouchedOf } from './vouching.ts';

/** What a row says beside the name: digits that nobody can guess, so that a record's leaf, which stays for good, tells nothing of whose name it is. */
interface KeptIdentity extends Identity {
  readonly salt?: string;
}

/** Names with what speaks against each: a row that no record vouches for, or that is found where it was not written. */
export async function checkIdentities(reader: Reader, rows: readonly Row[]): Promise<readonly FoundIdentity[]> {
  const vouched = await vouchedOf(reader, rows.map(contentOfRow));
  const doubtful = rows.filter((row) => !vouched.has(contentOfRow(row))).map(readIdentity);
  const before = await unvouchingEntries(
    reader,
    doubtful.map((identity) => bindingOf(identity).key),
  );
  return rows.map((row) => {
    const identity = readIdentity(row);
    const derived = bindingOf(identity);
    const isKept = vouched.has(contentOfRow(row)) || saysTheSame(before.get(derived.key), derived);
    if (!isKept) return { ...identity, doubt: 'no record tells of it as it is now' };
    return isInPlace(row, identity) ? identity : { ...identity, doubt: 'it is found under what it does not say' };
  });
}

/** Whether the records know this name, or one that looks like it: a row that is gone makes it nobody else's. */
export async function isRecordedName(reader: Reader, skeleton: string): Promise<boolean> {
  return (await recordedNames(reader)).some((name) => skeletonOf(name) === skeleton);
}

/** Rows that are not as they were recorded, and names whose row is gone. */
export async function identityDifferences(reader: Reader): Promise<readonly Difference[]> {
  // Records first: a name that is bound meanwhile has its row by then.
  const recorded = await recordedNames(reader);
  const found = await checkIdentities(reader, await reader.read(PEOPLE_STATEMENTS.identities));
  const changed = found.flatMap(({ name, doubt }) =>
    doubt === undefined ? [] : [{ what: `name ${name}`, reason: `${doubt}, so nobody has it` }],
  );
  const names = new Set(found.map(({ name }) => name));
  const missing = recorded.filter((name) => !names.has(name));
  const reason = 'its row is missing, so nobody has it';
  return [...changed, ...missing.map((name) => ({ what: `name ${name}`, reason }))];
}

/** What was erased is not among them: who it was is to be forgotten. */
async function recordedNames(reader: Reader): Promise<readonly string[]> {
  const rows = await reader.read(RECORD_STATEMENTS.page({ action: 'person-bound', limit: Number.MAX_SAFE_INTEGER }));
  return rows.flatMap((row) => readRecord(row).personal?.actor ?? []);
}

/** Columns are only where to look. */
function isInPlace({ issuer, subject, name }: Row, identity: Identity): boolean {
  return issuer === identity.issuer && subject === identity.subject && name === identity.name;
}

export function contentOfIdentity(body: string): string {
  return contentOf(body);
}

function contentOfRow({ body }: Row): string {
  return contentOfIdentity(String(body));
}

function readIdentity({ body }: Row): Identity {
  const { salt: _, ...identity } = JSON.parse(String(body)) as KeptIdentity;
  return identity;
}
