import { printRole } from '../../domain/people/person.ts';
import { printScope } from '../../domain/people/token.ts';
import { printPlace } from '../../domain/people/words.ts';
import { type CommonOptions, type Context, connect, printJson } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { printTable } from '../rendering/table.ts';

/** Whose credential is used, and what it may. */
export async function whoami(context: Context, options: CommonOptions): Promise<ExitCode> {
  const client = await connect(context, options);
  const who = await client.people.whoami();
  const { out } = context.terminal;
  if (options.json) {
    printJson(context, { ...who, server: client.url });
    return EXIT.done;
  }
  const roles = who.roles.map((grant) => `${printRole(grant.role)}${printPlace(grant)}`);
  const rows = [
    ['person', out.style('strong', who.person)],
    ['server', client.url],
    ['by', `${who.authentication}${who.expiresAt === undefined ? '' : `, until ${who.expiresAt}`}`],
    ['groups', who.groups.join(', ') || 'none'],
    ['roles', roles.join('\n') || 'none'],
    ...(who.scope === undefined ? [] : [['scope', printScope(who.scope)]]),
  ];
  out.line(printTable(rows, { columns: out.columns }));
  return EXIT.done;
}
