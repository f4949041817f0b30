import { type Answer, invalid, page, refusal } from '../answers.ts';
import { combinedState } from '../shapes.ts';
import type { RecordedDeployment } from '../store.ts';
import { type Call, newestFirst, type Plays, type World } from './call.ts';
import { DESCRIPTION_LIMIT, newestOfEachContext, statusesOf } from './statuses.ts';

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

export const DEPLOYMENTS: Plays = {
  'post /repos/{owner}/{repo}/deployments': createDeployment,
  'get /repos/{owner}/{repo}/deployments': listDeployments,
  'get /repos/{owner}/{repo}/deployments/{deployment_id}': readDeployment,
  'post /repos/{owner}/{repo}/deployments/{deployment_id}/statuses': createDeploymentStatus,
  'get /repos/{owner}/{repo}/deployments/{deployment_id}/statuses': listDeploymentStatuses,
};

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

function readDeployment(call: Call, world: World): Answer {
  const deployment = deploymentOf(call, world);
  return deployment === undefined ? refusal(404, 'Not Found') : { status: 200, body: world.shapes.deployment(deployment) };
}
