import { type CommonOptions, type Context, connect, printJson } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';

/** Ends a token; the next request with it is refused. */
export async function revokeToken(context: Context, id: string, options: CommonOptions): Promise<ExitCode> {
  const client = await connect(context, options);
  const token = await client.people.revokeToken(id);
  if (options.json) printJson(context, token);
  else context.terminal.out.line(`Token ${token.id} of ${token.person} was revoked by ${token.revokedBy}`);
  return EXIT.done;
}
