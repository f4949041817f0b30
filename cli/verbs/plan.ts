import type { ReleaseStatus, StageState } from '../../domain/release.ts';
import type { ApiClient } from '../client/api-client.ts';
import { type CommonOptions, type Context, connect, printJson } from '../context.ts';
import { CommandFailed, ServerRefused, UsageError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { findApplication, parseReleaseReference, type ReleaseReference } from '../reference.ts';
import { pageOf } from '../rendering/page.ts';
import { planPage, unbuiltText } from '../rendering/plan-page.ts';
import { rollbackPlanPage } from '../rendering/rollback-plan-page.ts';

export interface PlanOptions extends CommonOptions {
  readonly stage?: string;
  readonly environment?: string;
  /** The release to return to, instead of one to be brought in. */
  readonly rollbackTo?: number;
}

/** What taking a release through a deploy stage would do now: of the release named, or the newest of the application. Changes nothing. */
export async function plan(context: Context, words: readonly string[], options: PlanOptions): Promise<ExitCode> {
  const client = await connect(context, options);
  if (options.rollbackTo !== undefined) return planBack(context, words, options, client);
  const reference = await releaseOf(words, client);
  const stage = options.stage ?? (await onlyDeployStage(client, reference));
  const answer = await client.plan(reference.application, reference.number, stage);
  const waits = await waitingPlan(client, reference, stage);
  const { out } = context.terminal;
  if (options.json) printJson(context, { ...reference, ...answer, ...(waits !== undefined && { waitingPlanHash: waits }) });
  else if (answer.kind === 'planned') out.line(planPage(reference, answer, waits, pageOf(out)));
  else out.line(unbuiltText(reference, answer, pageOf(out)));
  return answer.kind === 'planned' ? EXIT.done : EXIT.waiting;
}

/** What a rollback of an environment would do now. */
async function planBack(context: Context, [name]: readonly string[], options: PlanOptions, client: ApiClient): Promise<ExitCode> {
  const { environment, rollbackTo } = options;
  if (environment === undefined)
    throw new UsageError('Which environment is meant?', "name it: 'tidegate plan shop --environment production --rollback-to 1'");
  const application = await findApplication(name, client);
  const answer = await client.planRollback(application, environment, rollbackTo);
  const { out } = context.terminal;
  if (options.json) printJson(context, { application, environment, ...answer });
  else out.line(rollbackPlanPage(`${application} in ${environment}`, answer, pageOf(out)));
  return EXIT.done;
}

/** `shop#2`, `shop 2`, `2`, or `shop` for its newest release. */
async function releaseOf(words: readonly string[], client: ApiClient): Promise<ReleaseReference> {
  const [only, ...more] = words;
  const isRelease = more.length > 0 || (only !== undefined && /[#\d]\d*$/.test(only) && (only.includes('#') || /^\d+$/.test(only)));
  if (isRelease) {
    const { application, number } = parseReleaseReference(words);
    return { application: await findApplication(application, client), number };
  }
  const application = await findApplication(only, client);
  const [newest] = (await client.listReleases({ application, limit: 1 })).releases;
  if (newest === undefined)
    throw new CommandFailed(`${application} has no release yet`, `make one with 'tidegate release create ${application}'`);
  return { application, number: newest.number };
}

/** Throws UsageError where it could be one of several, or none. */
async function onlyDeployStage(client: ApiClient, { application, number }: ReleaseReference): Promise<string> {
  const { stages } = await client.release(application, number);
  const names = stages.filter(({ stageKind }) => stageKind === 'deploy').map(({ name }) => name);
  const [only, ...others] = names;
  if (only !== undefined && others.length === 0) return only;
  throw new UsageError(
    only === undefined ? 'This release has no deploy stage' : 'Which stage is meant?',
    `name one with --stage: ${names.join(', ') || 'there is none'}`,
  );
}

/** The hash of the plan that waits for a yes at this stage; a release whose workflow is gone waits for nothing. */
async function waitingPlan(client: ApiClient, { application, number }: ReleaseReference, stage: string): Promise<string | undefined> {
  try {
    const state = stateOf(await client.release(application, number), stage);
    return state?.kind === 'waiting' ? state.plan.hash : undefined;
  } catch (error) {
    if (error instanceof ServerRefused && error.status === 404) return undefined;
    throw error;
  }
}

function stateOf({ stages }: ReleaseStatus, name: string): StageState | undefined {
  return stages.find((stage) => stage.name === name)?.state;
}
