import { canonicalJson } from '../../domain/canonical.ts';
import type { Identity } from '../../domain/people/identity.ts';
import type { KeptToken } from '../../domain/people/token.ts';
import type { Statement } from './database.ts';

/** What has not happened. */
export const NOT_YET = '';

const READ_IDENTITY = 'SELECT issuer, subject, name, body FROM identities';
const READ = 'SELECT hash, body, revoked_at, revoked_by, used_at FROM tokens';

export const PEOPLE_STATEMENTS = {
  keepToken: (token: KeptToken, hash: string): Statement => ({
    sql: 'INSERT INTO tokens (id, hash, person, body, created_at, revoked_at, revoked_by, used_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    args: [token.id, hash, token.person, canonicalJson(token), token.createdAt, NOT_YET, NOT_YET, NOT_YET],
  }),

  token: (id: string): Statement => ({ sql: `${READ} WHERE id = ?`, args: [id] }),

  tokens: (person: string | undefined): Statement =>
    person === undefined
      ? { sql: `${READ} ORDER BY created_at DESC`, args: [] }
      : { sql: `${READ} WHERE person = ? ORDER BY created_at DESC`, args: [person] },

  revokeToken: (id: string, by: string, at: string): Statement => ({
    sql: 'UPDATE tokens SET revoked_at = ?, revoked_by = ? WHERE id = ? AND revoked_at = ?',
    args: [at, by, id, NOT_YET],
  }),

  tokenUsed: (id: string, at: string): Statement => ({
    sql: 'UPDATE tokens SET used_at = ? WHERE id = ? AND used_at < ?',
    args: [at, id, at],
  }),

  identity: (issuer: string, subject: string): Statement => ({
    sql: `${READ_IDENTITY} WHERE issuer = ? AND subject = ?`,
    args: [issuer, subject],
  }),

  identityNamed: (name: string): Statement => ({ sql: `${READ_IDENTITY} WHERE name = ?`, args: [name] }),

  identities: { sql: `${READ_IDENTITY} ORDER BY name`, args: [] },

  bindIdentity: (identity: Identity, skeleton: string, body: string): Statement => ({
    sql: 'INSERT INTO identities (issuer, subject, name, skeleton, body) VALUES (?, ?, ?, ?, ?)',
    args: [identity.issuer, identity.subject, identity.name, skeleton, body],
  }),
} as const;
