import { checkedUrl } from '../client/connection.ts';
import { CredentialsFile } from '../client/credentials-file.ts';
import { credentialsFolder } from '../client/credentials-folder.ts';
import { type Context, printJson } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';

export interface LogoutOptions {
  readonly server?: string;
  readonly json?: boolean;
}

/** Forgets a sign-in. A token that was kept stays good elsewhere until it is revoked. */
export async function logout(context: Context, options: LogoutOptions): Promise<ExitCode> {
  const file = new CredentialsFile(credentialsFolder());
  const given = options.server ?? context.environment.url;
  const url = given === undefined ? (await file.read()).current : checkedUrl(given);
  const forgotten = url !== undefined && (await file.forget(url));
  if (options.json) printJson(context, { server: url ?? null, forgotten });
  else context.terminal.out.line(forgotten ? `Signed out of ${url}` : 'Nobody was signed in');
  return EXIT.done;
}
