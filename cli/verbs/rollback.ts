import type { RollbackAnswer } from '../../domain/rollback-request.ts';
import { type CommonOptions, type Context, connect, printJson, progressOutput } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { findApplication } from '../reference.ts';
import { followEnvironment } from '../watching/follow-environment.ts';
import { rollbackEnd } from '../watching/rollback-end.ts';

export interface RollbackOptions extends CommonOptions {
  readonly environment: string;
  readonly to?: number;
  readonly reason: string;
  readonly pastForwardOnly?: boolean;
  readonly pastBlock?: boolean;
  /** False with --no-wait. */
  readonly wait: boolean;
}

/** Returns an environment to a release that was good there, and waits until it serves. */
export async function rollback(context: Context, name: string | undefined, options: RollbackOptions): Promise<ExitCode> {
  const client = await connect(context, options);
  const application = await findApplication(name, client);
  const answer = await client.rollback(application, options.environment, {
    reason: options.reason,
    ...(options.to !== undefined && { to: options.to }),
    ...(options.pastForwardOnly === true && { pastForwardOnly: true }),
    ...(options.pastBlock === true && { pastBlock: true }),
  });
  const { environment } = options;
  const output = progressOutput(context, options);
  output.line(`${application} in ${options.environment} returns from #${answer.from} to #${answer.to}`);
  if (!options.wait) return leave(context, options, answer, application);
  const followed = {
    application,
    environment,
    what: 'rollback',
    end: (seen: Parameters<typeof rollbackEnd>[0]) => rollbackEnd(seen, answer),
  };
  const end = await followEnvironment(context, client, followed, output);
  output.line(output.style(end.succeeded ? 'good' : 'bad', end.sentence));
  if (options.json) printJson(context, { ...answer, succeeded: end.succeeded, detail: end.sentence, hosts: end.hosts });
  return end.succeeded ? EXIT.done : EXIT.failed;
}

function leave(context: Context, options: RollbackOptions, answer: RollbackAnswer, application: string): ExitCode {
  if (options.json) printJson(context, answer);
  else context.terminal.out.line(`'tidegate status ${application}' shows how it goes`);
  return EXIT.done;
}
