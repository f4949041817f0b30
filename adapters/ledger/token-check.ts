import { creationOf, type KeptToken } from '../../domain/people/token.ts';
import type { Row } from './database.ts';
import { NOT_YET } from './people-statements.ts';
import type { FoundToken } from './people-store.ts';
import { RECORD_STATEMENTS } from './record-statements.ts';
import type { Reader } from './tree-rows.ts';
import { contentOf, saysTheSame, unvouchingEntries, vouchedOf } from './vouching.ts';

export function contentOfToken(body: string, hash: string): string {
  return contentOf(body, hash);
}

/** Tokens with what speaks against each: one that no record vouches for, or that is revoked by its record and not by its row. */
export async function checkTokens(reader: Reader, rows: readonly Row[]): Promise<readonly FoundToken[]> {
  // At once, for each request with a token comes through here.
  const [vouched, revoked] = await Promise.all([
    vouchedOf(reader, rows.map(contentOfRow)),
    keysOf(
      reader,
      rows.map((row) => revocationKey(readToken(row))),
    ),
  ]);
  const keys = rows.filter((row) => !vouched.has(contentOfRow(row))).map((row) => `token/${readToken(row).id}/created`);
  const before = await unvouchingEntries(reader, keys);
  return rows.map((row) => {
    const token = readToken(row);
    const isKept = vouched.has(contentOfRow(row)) || saysTheSame(before.get(`token/${token.id}/created`), recordedOf(token));
    const doubt = isKept ? doubtOf(token, revoked.has(revocationKey(token))) : 'no record tells of it as it is now';
    return { token, hash: String(row.hash), ...(doubt !== undefined && { doubt }) };
  });
}

function doubtOf(token: KeptToken, isRevoked: boolean): string | undefined {
  return isRevoked && token.revokedAt === undefined ? 'its record says that it was revoked, and its row does not' : undefined;
}

/** What a record of before said of it. */
function recordedOf({ revokedAt: _, revokedBy: _by, usedAt: _at, ...token }: KeptToken) {
  return creationOf(token, { person: token.createdBy, authentication: '', requestId: '' });
}

async function keysOf(reader: Reader, keys: readonly string[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const statement of RECORD_STATEMENTS.keys(keys)) for (const row of await reader.read(statement)) found.add(String(row.key));
  return found;
}

function revocationKey({ id }: KeptToken): string {
  return `token/${id}/revoked`;
}

function contentOfRow(row: Row): string {
  return contentOfToken(String(row.body), String(row.hash));
}

export function readToken({ body, revoked_at, revoked_by, used_at }: Row): KeptToken {
  return {
    ...(JSON.parse(String(body)) as KeptToken),
    ...(revoked_at !== NOT_YET && { revokedAt: String(revoked_at), revokedBy: String(revoked_by) }),
    ...(used_at !== NOT_YET && { usedAt: String(used_at) }),
  };
}
