import { type CommonOptions, type Context, connect, printJson } from '../context.ts';
import { UsageError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { pageOf } from '../rendering/page.ts';
import { queuePage } from '../rendering/queue-page.ts';

export interface QueueOptions extends CommonOptions {
  readonly application?: string;
}

/** Shows what waits for an environment. */
export async function queue(context: Context, environment: string, options: QueueOptions): Promise<ExitCode> {
  const client = await connect(context, options);
  const { environments } = await client.environments();
  const named = environments.filter((one) => one.environment === environment);
  if (named.length === 0) throw new UsageError(`There is no environment ${environment}`, "'tidegate status' lists what there is");
  const shown = named.filter(({ application }) => options.application === undefined || application === options.application);
  const { out } = context.terminal;
  if (options.json)
    printJson(context, {
      queues: shown.map(({ application, running, queue, atGates = [] }) => ({ application, environment, running, queue, atGates })),
    });
  else out.line(queuePage(environment, shown, pageOf(out)));
  return EXIT.done;
}
