import type { LabApp, Permissions } from './app.ts';
import slim from './contract/slim.json' with { type: 'json' };
import type { RecordedRun } from './repository-records.ts';
import type { CheckRun, RecordedDeployment, RecordedDeploymentStatus, RecordedStatus, RepositoryName } from './store.ts';

export type Shape = { readonly [key: string]: unknown };

/** Of whoever asks, in the repository. */
const MAY_WRITE = { admin: false, maintain: false, push: true, triage: true, pull: true };

/** Who owns the App. */
const TIDEGATE: RepositoryName = { owner: 'tidegate', repo: 'tidegate' };

const examples: Readonly<Record<string, { readonly value: unknown }>> = slim.components.examples;

/** GitHub's JSON of what the endpoint keeps: the examples of the description, with our values in their places. */
export class Shapes {
  /** The API's own address. */
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  repository(name: RepositoryName): Shape {
    // The description's example lacks a member that the description demands.
    return {
      ...this.#example('full-repository-default-response', name),
      language: null,
      default_branch: 'main',
      source: undefined,
      parent: undefined,
      permissions: MAY_WRITE,
    };
  }

  status(record: RecordedStatus): Shape {
    return {
      ...this.#example('status', record),
      ...times(record),
      url: this.#below(record, `statuses/${record.sha}`),
      id: record.id,
      node_id: nodeId('Status', record.id),
      state: record.state,
      description: record.description,
      target_url: record.targetUrl,
      context: record.context,
    };
  }

  /** `newest` holds one status for each context. */
  combinedStatus(name: RepositoryName, sha: string, newest: readonly RecordedStatus[], shown: readonly RecordedStatus[]): Shape {
    return {
      ...this.#example('combined-commit-status', name),
      state: combinedState(newest),
      statuses: shown.map((record) => withoutCreator(this.status(record))),
      sha,
      total_count: newest.length,
      commit_url: this.#below(name, `commits/${sha}`),
      url: this.#below(name, `commits/${sha}/status`),
    };
  }

  deployment(record: RecordedDeployment): Shape {
    return {
      ...this.#example('deployment-simple-example', record),
      ...times(record),
      url: this.#below(record, `deployments/${record.id}`),
      id: record.id,
      node_id: nodeId('Deployment', record.id),
      sha: record.ref,
      ref: record.ref,
      task: record.task,
      payload: record.payload,
      original_environment: record.environment,
      environment: record.environment,
      description: record.description,
      statuses_url: this.#below(record, `deployments/${record.id}/statuses`),
      repository_url: this.#below(record, ''),
    };
  }

  deploymentStatus(record: RecordedDeploymentStatus): Shape {
    return {
      ...this.#example('deployment-status', record),
      ...times(record),
      url: this.#below(record, `deployments/${record.deployment}/statuses/${record.id}`),
      id: record.id,
      node_id: nodeId('DeploymentStatus', record.id),
      state: record.state,
      description: record.description,
      environment: record.environment,
      target_url: record.logUrl,
      log_url: record.logUrl,
      environment_url: record.environmentUrl,
      deployment_url: this.#below(record, `deployments/${record.deployment}`),
      repository_url: this.#below(record, ''),
    };
  }

  checkRun(run: CheckRun, app: LabApp | undefined): Shape {
    const isOver = run.status === 'completed';
    const at = run.createdAt.replace(/\.\d+Z$/, 'Z');
    return {
      ...this.#example('check-run', run),
      id: run.id,
      node_id: nodeId('CheckRun', run.id),
      name: run.name,
      head_sha: run.sha,
      external_id: run.externalId,
      url: this.#below(run, `check-runs/${run.id}`),
      html_url: `${this.#url}/${run.owner}/${run.repo}/runs/${run.id}`,
      details_url: run.detailsUrl,
      status: run.status,
      conclusion: run.conclusion,
      started_at: at,
      completed_at: isOver ? at : null,
      output: {
        title: run.title,
        summary: run.summary,
        text: null,
        annotations_count: 0,
        annotations_url: this.#below(run, `check-runs/${run.id}/annotations`),
      },
      app: app === undefined ? null : this.app(app),
      pull_requests: [],
    };
  }

  workflowRun(record: RecordedRun): Shape {
    const example = this.#example('workflow-run', record);
    return {
      ...example,
      id: record.run,
      event: record.event,
      head_branch: record.branch,
      head_sha: record.sha,
      status: record.waitsFor.length > 0 ? 'waiting' : 'completed',
      head_repository: { ...(example.head_repository as Shape), id: record.headRepository },
    };
  }

  /** An environment that a run waits for. */
  pendingDeployment(environment: string): Shape {
    const [example = {}] = (examples['pending-deployment-items']?.value ?? []) as readonly Shape[];
    return { ...example, environment: { ...(example.environment as Shape), name: environment }, reviewers: [] };
  }

  app({ id, permissions }: LabApp): Shape {
    return { ...this.#example('integration', TIDEGATE), id, slug: 'tidegate', name: 'tidegate', permissions };
  }

  /** With everything that GitHub tells once. */
  convertedApp(app: LabApp): Shape {
    const own = { id: app.id, slug: 'tidegate', name: 'tidegate', permissions: app.permissions };
    return {
      ...this.#example('integration-from-manifest', TIDEGATE),
      ...own,
      pem: app.privateKey,
      webhook_secret: 'a-secret-of-the-local-github',
    };
  }

  installation({ id, installation, permissions, suspendedAt, events }: LabApp): Shape {
    const example = { ...this.#example('installation', TIDEGATE), ...(events !== undefined && { events }) };
    return { ...example, id: installation, app_id: id, permissions, suspended_at: suspendedAt };
  }

  installationToken({ token, expiresAt }: { readonly token: string; readonly expiresAt: string }, permissions: Permissions): Shape {
    return { token, expires_at: expiresAt, permissions, repository_selection: 'all' };
  }

  rateLimit(): Shape {
    return this.#example('rate-limit-overview', TIDEGATE);
  }

  #example(example: string, name: RepositoryName): Shape {
    return exampleOf(example, this.#url, name);
  }

  #below({ owner, repo }: RepositoryName, path: string): string {
    return `${this.#url}/repos/${owner}/${repo}${path === '' ? '' : `/${path}`}`;
  }
}

/** An example of the description, with our address and our repository in their places. */
export function exampleOf(example: string, url: string, { owner, repo }: RepositoryName): Shape {
  const text = JSON.stringify(examples[example]?.value)
    .replaceAll('https://api.github.com', url)
    .replaceAll('octocat/Hello-World', `${owner}/${repo}`)
    .replaceAll('"Hello-World"', JSON.stringify(repo))
    .replaceAll('octocat', owner);
  return JSON.parse(text) as Shape;
}

/** https://docs.github.com/rest/commits/statuses#get-the-combined-status-for-a-specific-reference */
export function combinedState(newest: readonly RecordedStatus[]): 'failure' | 'pending' | 'success' {
  if (newest.some((status) => status.state === 'error' || status.state === 'failure')) return 'failure';
  return newest.length === 0 || newest.some((status) => status.state === 'pending') ? 'pending' : 'success';
}

function withoutCreator({ creator: _, ...status }: Shape): Shape {
  return status;
}

/** GitHub tells times to the second. */
function times(record: { readonly createdAt: string }): Shape {
  const at = record.createdAt.replace(/\.\d+Z$/, 'Z');
  return { created_at: at, updated_at: at };
}

function nodeId(type: string, id: number): string {
  return Buffer.from(`${type}${id}`).toString('base64');
}
