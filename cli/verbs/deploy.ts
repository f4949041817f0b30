import { type CommonOptions, type Context, connect, printJson, progressOutput } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { findApplication } from '../reference.ts';
import { pageOf } from '../rendering/page.ts';
import { hostPlanPage } from '../rendering/plan-page.ts';
import { followEnvironment } from '../watching/follow-environment.ts';
import { hostEnd } from '../watching/host-end.ts';

export interface DeployOptions extends CommonOptions {
  readonly environment: string;
  readonly host: string;
  readonly reason: string;
  readonly planOnly?: boolean;
  /** False with --no-wait. */
  readonly wait: boolean;
}

/** Brings one host to what its environment runs: shows the plan, waits for the host's turn, and follows it to its end. */
export async function deploy(context: Context, name: string | undefined, options: DeployOptions): Promise<ExitCode> {
  const client = await connect(context, options);
  const application = await findApplication(name, client);
  const { environment, host, reason } = options;
  const place = { application, environment, host };
  const output = progressOutput(context, options);
  const planned = await client.planHost(place);
  output.line(hostPlanPage(place, planned, pageOf(output)));
  if (options.planOnly === true) return leave(context, options, { ...place, ...planned });
  const answer = await client.deployHost(place, { planHash: planned.plan.hash, reason });
  output.line(`${host} is brought to #${answer.release}${waitingText(answer.behind)}`);
  if (!options.wait) return leave(context, options, { ...place, ...answer });
  const followed = {
    application,
    environment,
    what: 'deployment',
    end: (seen: Parameters<typeof hostEnd>[0]) => hostEnd(seen, answer, host),
  };
  const end = await followEnvironment(context, client, followed, output);
  output.line(output.style(end.succeeded ? 'good' : 'bad', end.sentence));
  if (options.json) printJson(context, { ...place, ...answer, succeeded: end.succeeded, detail: end.sentence, hosts: end.hosts });
  return end.succeeded ? EXIT.done : EXIT.failed;
}

function waitingText(behind: readonly number[]): string {
  return behind.length === 0 ? '' : `, after ${behind.map((release) => `#${release}`).join(', ')}`;
}

function leave(context: Context, options: DeployOptions, seen: object): ExitCode {
  if (options.json) printJson(context, seen);
  return EXIT.done;
}
