import { type KeptToken, objectionToToken, printScope } from '../../domain/people/token.ts';
import { type CommonOptions, type Context, connect, printJson } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { printSince } from '../rendering/durations.ts';
import { type Page, pageOf } from '../rendering/page.ts';
import { oneLine } from '../rendering/plain.ts';
import { printTable } from '../rendering/table.ts';

export interface TokenListOptions extends CommonOptions {
  readonly all?: boolean;
}

/** Tokens, newest first. */
export async function listTokens(context: Context, options: TokenListOptions): Promise<ExitCode> {
  const client = await connect(context, options);
  const page = await client.people.tokens(options.all ? 'everybody' : 'self');
  const { out } = context.terminal;
  if (options.json) printJson(context, page);
  else if (page.tokens.length === 0) out.line("There is no token; 'tidegate token create' makes one");
  else out.line(tokenListPage(page.tokens, pageOf(out)));
  return EXIT.done;
}

function tokenListPage(tokens: readonly KeptToken[], { style, columns, now }: Page): string {
  const rows = tokens.map((token) => [
    style('strong', token.id),
    token.person,
    standing(token, now),
    token.usedAt === undefined ? 'never used' : `used ${printSince(token.usedAt, now)} ago`,
    oneLine([token.note, printScope(token.scope)].filter((text) => text !== '').join('; ')),
  ]);
  return printTable(rows, { columns });
}

function standing(token: KeptToken, now: number): string {
  if (token.revokedAt !== undefined) return `revoked by ${token.revokedBy}`;
  return objectionToToken(token, now) === undefined ? `until ${token.expiresAt.slice(0, 16)}Z` : 'expired';
}
