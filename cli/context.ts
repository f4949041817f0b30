import { ApiClient } from './client/api-client.ts';
import { type ConnectionOptions, findConnection } from './client/connection.ts';
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
  return new ApiClient(await findConnection(options, context.environment, context.directory), context.interrupted);
}

/** Where progress goes: beside the result when that is JSON. */
export function progressOutput(context: Context, options: CommonOptions): Output {
  return options.json ? context.terminal.err : context.terminal.out;
}

/** Writes the one JSON document of a command. */
export function printJson(context: Context, value: unknown): void {
  context.terminal.out.line(JSON.stringify(value, null, 2));
}
