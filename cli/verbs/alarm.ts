import { type CommonOptions, type Context, connect, printJson } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { findReleaseReference } from '../reference.ts';

export interface AlarmOptions extends CommonOptions {
  readonly environment: string;
  readonly name: string;
  readonly reason: string;
}

/** Raises an alarm over a release that bakes: it goes back to what served before. */
export async function alarm(context: Context, words: readonly string[], options: AlarmOptions): Promise<ExitCode> {
  const client = await connect(context, options);
  const { application, number } = await findReleaseReference(words, client);
  const { environment, name, reason } = options;
  const answer = await client.raiseAlarm({ application, environment, alarm: name }, { release: number, reason });
  if (options.json) printJson(context, answer);
  else context.terminal.out.line(`Alarm ${name}: ${application} in ${environment} returns from #${answer.from} to #${answer.to}`);
  return EXIT.done;
}
