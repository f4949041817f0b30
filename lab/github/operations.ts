import { type Answer, invalid, type PageQuery, page, refusal } from './answers.ts';
import { combinedState, type Shapes } from './shapes.ts';
import type { RecordedDeployment, RecordedStatus, RepositoryName, Store } from './store.ts';

/** A request that the description allows. */
export interface Call {
  readonly name: RepositoryName;
  readonly path: Readonly<Record<string, string | undefined>>;
  readonly query: PageQuery & Readonly<Record<string, string | undefined>>;
  readonly body: unknown;
  /** The request's address without its query. */
  readonly url: string;
}

export interface World {
  readonly store: Store;
  readonly shapes: Shapes;
}

type Play = (call: Call, world: World) => Answer;

interface StatusBody {
  readonly state: RecordedStatus['state'];
  readonly context?: string;
  readonly description?: string | null;
  readonly target_url?: string | null;
}

interface DeploymentBody {
  readonly ref: string;
  readonly task?: string;
  readonly environment?: string;
  readonly description?: string | null;
  readonly payload?: unknown;
  readonly required_contexts?: readonly string[];
}

interface DeploymentStatusBody {
  readonly state: string;
  readonly description?: string;
  readonly environment?: string;
  readonly target_url?: string;
  readonly log_url?: string;
  readonly environment_url?: string;
}

/** https://docs.github.com/rest/commits/statuses#create-a-commit-status */
const STATUS_LIMIT = 1000;
const DESCRIPTION_LIMIT = 140;

/** The operations that the endpoint plays: method and path of the description. */
export const OPERATIONS: Readonly<Record<string, Play>> = {
  'get /repos/{owner}/{repo}': ({ name }, { shapes }) => ({ status: 200, body: shapes.repository(name) }),
  'post /repos/{owner}/{repo}/statuses/{sha}': createStatus,
  'get /repos/{owner}/{repo}/commits/{ref}/statuses': listStatuses,
  'get /repos/{owner}/{repo}/commits/{ref}/status': combineStatuses,
  'post /repos/{owner}/{repo}/deployments': createDeployment,
  'get /repos/{owner}/{repo}/deployments': listDeployments,
  'post /repos/{owner}/{repo}/deployments/{deployment_id}/statuses': createDeploymentStatus,
  'get /repos/{owner}/{repo}/deployments/{deployment_id}/statuses': listDeploymentStatuses,
};

function createStatus(call: Call, world: World): Answer {
  const sha = call.path.sha ?? '';
  const body = call.body as StatusBody;
  const context = body.context ?? 'default';
  const refused = refuseStatus(sha, body, sameContext(statusesOf(sha, call, world), context));
  if (refused !== undefined) return refused;
  const { state, description = null, target_url: targetUrl = null } = body;
  const record = world.store.add({ kind: 'status', ...call.name, sha, context, state, description, targetUrl });
  return { status: 201, body: world.shapes.status(record) };
}

/** GitHub's rules beyond its description. */
function refuseStatus(sha: string, body: StatusBody, earlier: readonly RecordedStatus[]): Answer | undefined {
  const custom = (message: string, field?: string) =>
    invalid({ resource: 'Status', code: 'custom', ...(field === undefined ? {} : { field }), message });
  if (!/^[0-9a-f]{40}$/.test(sha)) return refusal(422, `No commit found for SHA: ${sha}`);
  if ([...(body.description ?? '')].length > DESCRIPTION_LIMIT)
    return custom(`description is too long (maximum is ${DESCRIPTION_LIMIT} characters)`, 'description');
  if (body.target_url && !/^https?:\/\//.test(body.target_url)) return custom('target_url must use http(s) scheme', 'target_url');
  if (earlier.length >= STATUS_LIMIT) return custom('This SHA and context has reached the maximum number of statuses.');
  return undefined;
}

function listStatuses(call: Call, world: World): Answer {
  const shown = page(newestFirst(statusesOf(call.path.ref ?? '', call, world)), call.query, call.url);
  return { status: 200, body: shown.items.map((record) => world.shapes.status(record)), headers: shown.headers };
}

function combineStatuses(call: Call, world: World): Answer {
  const ref = call.path.ref ?? '';
  const newest = newestOfEachContext(statusesOf(ref, call, world));
  const shown = page(newest, call.query, call.url);
  return { status: 200, body: world.shapes.combinedStatus(call.name, ref, newest, shown.items), headers: shown.headers };
}

function createDeployment(call: Call, world: World): Answer {
  const body = call.body as DeploymentBody;
  const newest = newestOfEachContext(statusesOf(body.ref, call, world));
  const demanded = newest.filter((status) => body.required_contexts?.includes(status.context) ?? true);
  // Without required_contexts GitHub demands every context, also the one that announces this very deployment.
  if (demanded.length > 0 && combinedState(demanded) !== 'success')
    return refusal(409, `Conflict: Commit status checks failed for ${body.ref}.`);
  const { ref, task = 'deploy', environment = 'production', description = null, payload = {} } = body;
  const record = world.store.add({ kind: 'deployment', ...call.name, ref, task, environment, description, payload });
  return { status: 201, body: world.shapes.deployment(record) };
}

function listDeployments(call: Call, world: World): Answer {
  const { environment, ref, sha, task } = call.query;
  const wanted = (record: RecordedDeployment) =>
    (environment ?? record.environment) === record.environment &&
    (sha ?? ref ?? record.ref) === record.ref &&
    (task ?? record.task) === record.task;
  const shown = page(newestFirst(world.store.of('deployment', call.name).filter(wanted)), call.query, call.url);
  return { status: 200, body: shown.items.map((record) => world.shapes.deployment(record)), headers: shown.headers };
}

function createDeploymentStatus(call: Call, world: World): Answer {
  const deployment = deploymentOf(call, world);
  if (deployment === undefined) return refusal(404, 'Not Found');
  const body = call.body as DeploymentStatusBody;
  if ([...(body.description ?? '')].length > DESCRIPTION_LIMIT)
    return invalid({
      resource: 'DeploymentStatus',
      code: 'custom',
      field: 'description',
      message: `description is too long (maximum is ${DESCRIPTION_LIMIT} characters)`,
    });
  const { state, description = '', environment = deployment.environment, environment_url: environmentUrl = '' } = body;
  const logUrl = body.log_url ?? body.target_url ?? '';
  const record = world.store.add({
    kind: 'deployment-status',
    ...call.name,
    deployment: deployment.id,
    state,
    description,
    environment,
    logUrl,
    environmentUrl,
  });
  return { status: 201, body: world.shapes.deploymentStatus(record) };
}

function listDeploymentStatuses(call: Call, world: World): Answer {
  const deployment = deploymentOf(call, world);
  if (deployment === undefined) return refusal(404, 'Not Found');
  const records = world.store.of('deployment-status', call.name).filter((record) => record.deployment === deployment.id);
  const shown = page(newestFirst(records), call.query, call.url);
  return { status: 200, body: shown.items.map((record) => world.shapes.deploymentStatus(record)), headers: shown.headers };
}

function deploymentOf(call: Call, world: World): RecordedDeployment | undefined {
  return world.store.of('deployment', call.name).find((record) => String(record.id) === call.path.deployment_id);
}

function statusesOf(sha: string, call: Call, world: World): readonly RecordedStatus[] {
  return world.store.of('status', call.name).filter((record) => record.sha === sha);
}

/** GitHub's contexts are not case-sensitive. */
function sameContext(records: readonly RecordedStatus[], context: string): readonly RecordedStatus[] {
  return records.filter((record) => record.context.toLowerCase() === context.toLowerCase());
}

function newestOfEachContext(records: readonly RecordedStatus[]): readonly RecordedStatus[] {
  return [...new Map(records.map((record) => [record.context.toLowerCase(), record])).values()];
}

function newestFirst<Item>(items: readonly Item[]): readonly Item[] {
  return [...items].reverse();
}
