import { type Answer, invalid, refusal } from '../answers.ts';
import type { RecordedRun } from '../repository-records.ts';
import type { RepositoryName, Store } from '../store.ts';
import type { Call, Plays, World } from './call.ts';

const MISSING = refusal(404, 'Not Found');

/** Runs of GitHub Actions: https://docs.github.com/rest/actions/workflow-runs */
export const RUNS: Plays = {
  'get /repos/{owner}/{repo}/actions/runs/{run_id}': ({ name, path }, { store, shapes }) => {
    const run = runOf(store, name, Number(path.run_id));
    return run === undefined ? MISSING : { status: 200, body: shapes.workflowRun(run) };
  },
  'get /repos/{owner}/{repo}/actions/runs/{run_id}/pending_deployments': ({ name, path }, { store, shapes }) =>
    runOf(store, name, Number(path.run_id)) === undefined
      ? MISSING
      : { status: 200, body: awaitedBy(store, name, Number(path.run_id)).map((environment) => shapes.pendingDeployment(environment)) },
  'post /repos/{owner}/{repo}/actions/runs/{run_id}/deployment_protection_rule': review,
};

/** A run as it stands. */
export function runOf(store: Store, name: RepositoryName, run: number): RecordedRun | undefined {
  return store.of('run', name).findLast((record) => record.run === run);
}

/** The environments that nobody has answered for since a job came to them. */
export function awaitedBy(store: Store, name: RepositoryName, run: number): readonly string[] {
  const record = runOf(store, name, run);
  if (record === undefined) return [];
  const answers = store.of('review', name).filter((one) => one.run === run && one.state !== null && one.id > record.id);
  return record.waitsFor.filter((environment) => !answers.some((answer) => answer.environment === environment));
}

/** https://docs.github.com/rest/actions/workflow-runs#review-custom-deployment-protection-rules-for-a-workflow-run */
function review({ name, path, body }: Call, { store }: World): Answer {
  const { environment_name: environment = '', state = null, comment = '' } = body as Readonly<Record<string, string | undefined>>;
  const run = Number(path.run_id);
  if (runOf(store, name, run) === undefined) return MISSING;
  if (!awaitedBy(store, name, run).includes(environment))
    return invalid({
      resource: 'WorkflowRun',
      code: 'custom',
      field: 'environment_name',
      message: `${environment} is not waiting for a rule`,
    });
  store.add({ kind: 'review', ...name, run, environment, state, comment });
  return { status: 204, body: undefined };
}
