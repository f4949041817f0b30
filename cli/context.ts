import { Secret } from '../domain/secret.ts';
import { ApiClient } from './client/api-client.ts';
import { type ConnectionOptions, findConnection, type Logins } from './client/connection.ts';
import { CredentialsFile, isStale } from './client/credentials-file.ts';
import { credentialsFolder } from './client/credentials-folder.ts';
import type { Environment } from './environment.ts';
import type { Output, Terminal } from './terminal.ts';

/** What every verb is handed. */
export interface Context {
  readonly terminal: Terminal;
  readonly environment: Environment;
  readonly directory: string;
  /** Aborted by Ctrl-C. */
  readonly interrupted: AbortSignal;
  readonly version: string;
}

/** Options that the verbs around a server share. */
export interface CommonOptions extends ConnectionOptions {
  readonly json?: boolean;
}

/** The server's API, as options and environment name it. */
export async function connect(context: Context, options: ConnectionOptions): Promise<ApiClient> {
  const connection = await findConnection(options, context.environment, context.directory, loginsOf(context));
  return new ApiClient(connection, context.interrupted);
}

/** This user's sign-ins; what renews one is loaded where one has to be. */
export function loginsOf({ interrupted }: Context): Logins {
  const file = new CredentialsFile(credentialsFolder());
  return {
    current: async () => (await file.read()).current,
    token: async (url) => {
      const { servers } = await file.read();
      const login = Object.hasOwn(servers, url) ? servers[url] : undefined;
      if (login?.kind !== 'oidc') return login && new Secret(login.token);
      const fresh = isStale(login) ? await (await import('./client/device-sign-in.ts')).refreshed(file, url, interrupted) : login;
      return fresh?.kind === 'oidc' ? new Secret(fresh.idToken) : undefined;
    },
  };
}

/** Where progress goes: beside the result when that is JSON. */
export function progressOutput(context: Context, options: CommonOptions): Output {
  return options.json ? context.terminal.err : context.terminal.out;
}

/** Writes the one JSON document of a command. */
export function printJson(context: Context, value: unknown): void {
  context.terminal.out.line(JSON.stringify(value, null, 2));
}
